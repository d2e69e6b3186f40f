// Each family's answers, found again from the prompt alone in another way.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <regex>
#include <set>

#include "rewards/tasks/common.h"
#include "rewards/tasks/zebra_solver.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

std::vector<std::string> pieces(const std::string& text, char separator) {
  std::vector<std::string> all;
  for (const auto piece : split_list(text, separator)) all.emplace_back(piece);
  return all;
}

template <class Config, class Check>
void each(const Config& config, Check check, std::uint64_t count = 500) {
  const auto task = make_task(config);
  for (std::uint64_t i = 0; i < count; ++i) {
    Random random{64, i};
    const TaskProblem problem = task->generate(random);
    const auto colon = problem.prompt.find(':');
    INFO(problem.prompt);
    check(*task, problem, problem.prompt.substr(colon + 1, problem.prompt.size() - colon - 2));
  }
}

/// Truth of a formula in ~, &, | and ->, with parentheses where two operations meet.
bool truth(const std::string& text, const std::map<char, bool>& world) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth > 0 || i == 0) continue;
    if (text[i] == '&') return truth(text.substr(0, i), world) && truth(text.substr(i + 1), world);
    if (text[i] == '|') return truth(text.substr(0, i), world) || truth(text.substr(i + 1), world);
    if (text[i] == '-') return !truth(text.substr(0, i), world) || truth(text.substr(i + 2), world);
  }
  if (text[0] == '~') return !truth(text.substr(1), world);
  if (text[0] == '(') return truth(text.substr(1, text.size() - 2), world);
  REQUIRE(text.size() == 1);
  return world.at(text[0]);
}

/// In all worlds in which the premises are true?
bool entails(const std::vector<std::string>& premises, const std::string& conclusion,
             const std::set<char>& variables) {
  for (unsigned bits = 0; bits < 1U << variables.size(); ++bits) {
    std::map<char, bool> world;
    unsigned left = bits;
    for (const char variable : variables) {
      world[variable] = left % 2 == 1;
      left /= 2;
    }
    const bool holds =
        std::all_of(premises.begin(), premises.end(),
                    [&](const std::string& premise) { return truth(premise, world); });
    if (holds && (conclusion.empty() || !truth(conclusion, world))) return false;
  }
  return true;
}

std::vector<std::vector<std::size_t>> all_orders(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<std::vector<std::size_t>> orders;
  do {
    orders.push_back(order);
  } while (std::next_permutation(order.begin(), order.end()));
  return orders;
}

}  // namespace

TEST_CASE("knights and knaves: one answer fits what is said") {
  static const std::regex single("(\\w+) is a (knight|knave)"),
      double_form("(?:if )?(\\w+) is a (knight|knave) (and|or|then) (\\w+) is a (knight|knave)"),
      alike("(\\w+) and (\\w+) are (the same|different)");
  each(KnightsKnavesConfig{}, [](const Task& task, const TaskProblem& problem,
                                 const std::string& question) {
    std::vector<std::string> persons, claims;
    for (const std::string& said : pieces(question, ';')) {
      persons.push_back(said.substr(0, said.find(':')));
      claims.push_back(said.substr(said.find(':') + 1));
    }
    std::vector<std::string> answers;
    for (unsigned bits = 0; bits < 1U << persons.size(); ++bits) {
      std::map<std::string, bool> knight;
      std::string answer;
      for (std::size_t i = 0; i < persons.size(); ++i) {
        knight[persons[i]] = (bits >> i) % 2 == 1;
        answer += (i > 0 ? "," : "") + persons[i] + (knight[persons[i]] ? " knight" : " knave");
      }
      bool fits = true;
      for (std::size_t i = 0; i < persons.size(); ++i) {
        std::smatch m;
        bool claim = false;
        if (std::regex_match(claims[i], m, alike)) {
          claim = (knight.at(m[1]) == knight.at(m[2])) == (m[3] == "the same");
        } else if (std::regex_match(claims[i], m, double_form)) {
          const bool a = knight.at(m[1]) == (m[2] == "knight"),
                     b = knight.at(m[4]) == (m[5] == "knight");
          claim = m[3] == "and" ? a && b : m[3] == "or" ? a || b : !a || b;
        } else {
          REQUIRE(std::regex_match(claims[i], m, single));
          claim = knight.at(m[1]) == (m[2] == "knight");
        }
        fits = fits && claim == knight[persons[i]];
      }
      if (fits) answers.push_back(answer);
      REQUIRE(task.verify(sample_of(problem, answer)).value == fits);
    }
    REQUIRE(answers == std::vector<std::string>{problem.answer});
    auto items = pieces(problem.answer, ',');
    std::reverse(items.begin(), items.end());
    REQUIRE(task.verify(sample_of(problem, join(items, " , "))).value == 1);
  });
}

TEST_CASE("propositional logic: what follows from all premises and no less") {
  int right = 0, judged_clauses = 0;
  each(
      PropositionalLogicConfig{},
      [&](const Task& task, const TaskProblem& problem, const std::string& question) {
        const auto premises = pieces(question, ';');
        std::set<char> variables;
        const auto metadata = nlohmann::json::parse(problem.metadata);
        for (const char c : metadata.at("variables").get<std::string>()) variables.insert(c);
        REQUIRE(!entails(premises, "", variables));  // the premises can be true
        std::vector<std::string> literals, clauses;
        for (const char variable : variables) {
          literals.emplace_back(1, variable);
          literals.push_back("~" + literals.back());
        }
        clauses = literals;
        for (const auto& a : literals) {
          for (const auto& b : literals) {
            if (a.back() != b.back()) clauses.push_back(a + "|" + b);
          }
        }
        for (const std::string& clause : clauses) {
          bool good = entails(premises, clause, variables);
          for (const std::string& premise : premises)
            good = good && !entails({premise}, clause, variables);
          if (clause.find('|') != std::string::npos) {
            for (const std::string& part : pieces(clause, '|'))
              good = good && !entails(premises, part, variables);
          }
          INFO(clause);
          REQUIRE(task.verify(sample_of(problem, clause)).value == good);
          right += good;
          ++judged_clauses;
        }
        for (const std::string& premise : premises)
          REQUIRE(task.verify(sample_of(problem, premise)).value == 0);
        const std::string v(1, *variables.begin());
        for (const std::string& wrong :
             {v + "|~" + v, v + "|" + v, v + "&" + v, "(" + v + ")", v + "|", "|" + v, "~~" + v}) {
          REQUIRE(task.verify(sample_of(problem, wrong)).value == 0);
        }
      },
      300);
  CHECK(right >= 300);
  CHECK(right < judged_clauses / 5);
}

TEST_CASE("syllogisms: the 24 valid moods") {
  // By figure, with the premise of the predicate first; the last ones of each need that no term is
  // empty.
  const std::vector<std::set<std::string>> valid = {{"AAA", "EAE", "AII", "EIO", "AAI", "EAO"},
                                                    {"EAE", "AEE", "EIO", "AOO", "EAO", "AEO"},
                                                    {"IAI", "AII", "OAO", "EIO", "AAI", "EAO"},
                                                    {"AEE", "IAI", "EIO", "AAI", "EAO", "AEO"}};
  static const std::regex form("(all|no|some) (\\w+) are (not )?(\\w+)");
  std::set<std::string> seen;
  int yes = 0;
  each(
      SyllogismConfig{},
      [&](const Task&, const TaskProblem& problem, const std::string& question) {
        std::string mood;
        std::vector<std::pair<std::string, std::string>> terms;
        for (const std::string& statement : pieces(question, ';')) {
          std::smatch m;
          REQUIRE(std::regex_match(statement, m, form));
          mood += m[1] == "all" ? 'A' : m[1] == "no" ? 'E' : m[3].length() > 0 ? 'O' : 'I';
          terms.emplace_back(m[2], m[4]);
        }
        const std::string predicate = terms[2].second, subject = terms[2].first;
        const bool major_first = terms[0].second == predicate,
                   minor_first = terms[1].first == subject;
        REQUIRE((major_first || terms[0].first == predicate));
        const std::size_t figure = major_first ? (minor_first ? 0 : 2) : (minor_first ? 1 : 3);
        const bool expected = valid[figure].count(mood) == 1;
        REQUIRE(problem.answer == (expected ? "yes" : "no"));
        if (expected) seen.insert(std::to_string(figure) + mood);
        yes += expected;
      },
      2000);
  CHECK(seen.size() == 24);
  CHECK(yes == Approx(1000).margin(5 * 23));
}

TEST_CASE("zebra puzzles: one solution, found by trying all, and no clue too many") {
  each(
      ZebraPuzzlesConfig{
          .min_houses = 3, .max_houses = 3, .min_categories = 3, .max_categories = 3},
      [](const Task&, const TaskProblem& problem, const std::string& question) {
        std::vector<std::vector<std::string>> lists;
        for (const std::string& list : pieces(question.substr(0, question.find(':')), '|'))
          lists.push_back(pieces(list, ','));
        const auto clues = pieces(question.substr(question.find(':') + 1), ';');
        REQUIRE(lists.size() == 3);
        static const std::regex form("(\\w+)([=@<-])(\\w+)");
        std::set<std::string> answers;
        std::vector<int> without(clues.size());  // worlds in which only this clue is false
        int worlds = 0;
        const auto orders = all_orders(3);
        for (int code = 0; code < 216; ++code) {
          std::map<std::string, std::size_t> house;
          std::string answer;
          const std::vector<int> chosen = {code % 6, code / 6 % 6, code / 36};
          std::vector<std::string> living(3);
          for (std::size_t list = 0; list < 3; ++list) {
            for (std::size_t value = 0; value < 3; ++value) {
              const std::size_t at = orders[std::size_t(chosen[list])][value];
              house[lists[list][value]] = at;
              if (list == 0) living[at] = lists[0][value];
            }
          }
          std::vector<std::size_t> false_ones;
          for (std::size_t i = 0; i < clues.size(); ++i) {
            std::smatch m;
            REQUIRE(std::regex_match(clues[i], m, form));
            const std::size_t a = house.at(m[1]),
                              b = m[2] == "@" ? std::stoul(m[3]) - 1 : house.at(m[3]);
            const bool holds = m[2] == "<"   ? a + 1 == b
                               : m[2] == "-" ? a + 1 == b || b + 1 == a
                                             : a == b;
            if (!holds) false_ones.push_back(i);
          }
          if (false_ones.empty()) {
            ++worlds;
            answers.insert(join(living, ","));
          }
          if (false_ones.size() == 1) ++without[false_ones[0]];
        }
        REQUIRE(worlds == 1);
        REQUIRE(answers == std::set<std::string>{problem.answer});
        for (const int count : without) REQUIRE(count > 0);
      },
      200);
}

TEST_CASE("zebra puzzles: solutions are counted as by trying all") {
  Random random{5};
  for (int i = 0; i < 300; ++i) {
    const std::size_t houses = 3 + random.below(2);
    std::vector<ZebraClue> clues;
    for (std::uint64_t k = random.below(6); k > 0; --k) {
      const char relation = pick(std::string("=@-<"), random);
      const auto value = [&] { return ZebraValue{random.below(3), random.below(houses)}; };
      clues.push_back({relation, value(), value()});
    }
    const auto orders = all_orders(houses);  // all ways to place a category
    int expected = 0;
    for (const auto& a : orders) {
      for (const auto& b : orders) {
        for (const auto& c : orders) {
          const std::vector<std::size_t> places[] = {a, b, c};
          expected += std::all_of(clues.begin(), clues.end(), [&](const ZebraClue& clue) {
            const std::size_t x = places[clue.first.category][clue.first.value];
            const std::size_t y = clue.relation == '@'
                                      ? clue.second.value
                                      : places[clue.second.category][clue.second.value];
            return clue.relation == '<'   ? x + 1 == y
                   : clue.relation == '-' ? x + 1 == y || y + 1 == x
                                          : x == y;
          });
        }
      }
    }
    REQUIRE(count_zebra_solutions(clues, 3, houses, 1'000'000) == expected);
    REQUIRE(count_zebra_solutions(clues, 3, houses, 2) == std::min(expected, 2));
  }
}
