#include "rewards/tasks/propositional_logic.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::size_t kMaxVariables = 4;

/// A bit for each way to make the variables true or false: is the formula true?
using Table = std::uint32_t;

Table everything(const std::string& variables) {
  return static_cast<Table>((std::uint64_t{1} << (1U << variables.size())) - 1);
}

Table table_of(std::size_t variable, const std::string& variables) {
  Table table = 0;
  for (std::size_t way = 0; way < std::size_t{1} << variables.size(); ++way) {
    if ((way >> variable & 1U) != 0) table |= Table{1} << way;
  }
  return table;
}

struct Formula {
  std::string text;
  Table table = 0;
};

Formula random_formula(const std::string& variables, std::int64_t depth, Random& random) {
  if (depth == 0 || random.chance(0.2)) {
    const std::size_t variable = random.below(variables.size());
    const Table table = table_of(variable, variables);
    if (random.chance(0.5)) return {std::string(1, variables[variable]), table};
    return {concat("~", variables[variable]), everything(variables) & ~table};
  }
  const auto operand = [&] {
    Formula formula = random_formula(variables, depth - 1, random);
    if (formula.text.size() > 2) formula.text = concat("(", formula.text, ")");
    return formula;
  };
  const Formula left = operand(), right = operand();
  switch (random.below(3)) {
    case 0:
      return {concat(left.text, "&", right.text), left.table & right.table};
    case 1:
      return {concat(left.text, "|", right.text), left.table | right.table};
    default:
      return {concat(left.text, "->", right.text),
              (everything(variables) & ~left.table) | right.table};
  }
}

struct Literal {
  std::size_t variable = 0;
  bool negated = false;
};
using Clause = std::vector<Literal>;

Table table_of(const Clause& clause, const std::string& variables) {
  Table table = 0;
  for (const auto& [variable, negated] : clause) {
    const Table positive = table_of(variable, variables);
    table |= negated ? everything(variables) & ~positive : positive;
  }
  return table;
}

/// Of different variables. Absence means: not such text.
std::optional<Clause> read_clause(std::string_view text, const std::string& variables) {
  Clause clause;
  for (std::string_view item : split_list(text, '|')) {
    const bool negated = item.starts_with('~');
    if (negated) item = trim(item.substr(1));
    const std::size_t variable = item.size() == 1 ? variables.find(item[0]) : std::string::npos;
    if (variable == std::string::npos) return std::nullopt;
    for (const Literal& other : clause) {
      if (other.variable == variable) return std::nullopt;
    }
    clause.push_back({variable, negated});
  }
  return clause;
}

bool is_conclusion(const Clause& clause, const std::vector<Table>& premises,
                   const std::string& variables) {
  const Table table = table_of(clause, variables);
  Table all = everything(variables);
  for (const Table premise : premises) {
    if ((premise & ~table) == 0) return false;
    all &= premise;
  }
  if (all == 0 || (all & ~table) != 0) return false;
  for (std::size_t i = 0; i < clause.size(); ++i) {
    Clause part = clause;
    part.erase(part.begin() + static_cast<std::ptrdiff_t>(i));
    if ((all & ~table_of(part, variables)) == 0) return false;
  }
  return true;
}

bool is_literal(const std::string& clause) { return clause.find('|') == std::string::npos; }

/// All of one literal or two.
std::vector<std::string> conclusions(const std::vector<Table>& premises,
                                     const std::string& variables) {
  std::vector<std::string> texts;
  const auto text_of = [&](const Literal& literal) {
    return concat(literal.negated ? "~" : "", variables[literal.variable]);
  };
  const std::size_t count = 2 * variables.size();
  const auto literal = [](std::size_t i) { return Literal{i / 2, i % 2 == 1}; };
  for (std::size_t i = 0; i < count; ++i) {
    if (is_conclusion({literal(i)}, premises, variables)) texts.push_back(text_of(literal(i)));
    for (std::size_t j = i / 2 * 2 + 2; j < count; ++j) {
      if (is_conclusion({literal(i), literal(j)}, premises, variables))
        texts.push_back(concat(text_of(literal(i)), "|", text_of(literal(j))));
    }
  }
  return texts;
}

constexpr std::string_view kPropositionalLogicPhrasings[] = {
    "Here ~ means not, & means and, | means or, and -> means implies. The premises are: "
    "{premises}. Find a clause, that is one or more different variables, each with ~ before it or "
    "not, joined by |, which follows from all premises together. It must not follow from a single "
    "premise, and nothing can be left out of it. Answer with the clause alone.",
    "From the premises {premises} (with ~ for not, & for and, | for or, -> for implies), derive a "
    "clause: variables or negated variables with | between them. All premises together must imply "
    "it, no premise alone may imply it, and no shorter part of it may follow. Give only the "
    "clause.",
    "Take these formulas as true: {premises}. The signs ~, &, | and -> stand for not, and, or and "
    "implies. Which disjunction of one or more variables or negated variables follows from them "
    "together, but not from one of them alone, and would no longer follow if a part were left out? "
    "Reply with just that disjunction, written with ~ and |.",
    "Given are the statements {premises}, where ~ is not, & is and, | is or, and -> is implies. "
    "State a conclusion of the form of a clause (literals joined by |, at least one) that needs "
    "more than one of the statements and that is as short as it can be, so that no part of it "
    "follows too. Write the clause and nothing else."};

class PropositionalLogic final : public Task {
 public:
  explicit PropositionalLogic(const PropositionalLogicConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of(
            {"&()->:;=|~abcdefghijklmnopqrstuvwxyz", PropositionalLogicConfig::kType})) {
    require_range("variables", config.min_variables, config.max_variables);
    require_range("premises", config.min_premises, config.max_premises);
  }

  std::string_view name() const override { return PropositionalLogicConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (;;) {
      std::string variables = "abcdefghijklmnopqrstuvwxyz";
      shuffle(variables, random);
      variables.resize(
          static_cast<std::size_t>(random.between(config_.min_variables, config_.max_variables)));
      std::sort(variables.begin(), variables.end());
      const auto count = random.between(config_.min_premises, config_.max_premises);
      std::vector<std::string> texts;
      std::vector<Table> premises;
      for (std::int64_t i = 0; i < count; ++i) {
        Formula formula;
        // Neither always true nor never.
        while (formula.table == 0 || formula.table == everything(variables)) {
          formula = random_formula(variables, config_.max_depth, random);
        }
        texts.push_back(formula.text);
        premises.push_back(formula.table);
      }
      const auto clauses = conclusions(premises, variables);
      if (clauses.empty()) continue;
      // Fewer where a guess at one literal may be right.
      const bool short_one = std::any_of(clauses.begin(), clauses.end(), is_literal);
      if (short_one && random.chance(0.8)) continue;
      const nlohmann::json metadata = {{"task", PropositionalLogicConfig::kType},
                                       {"variables", variables},
                                       {"premises", premises}};
      return {concat(PropositionalLogicConfig::kType, ":", join(texts, ";"), "="),
              pick(clauses, random), metadata.dump()};
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      const auto metadata = nlohmann::json::parse(sample.metadata);
      const auto variables = metadata.at("variables").get<std::string>();
      const auto premises = metadata.at("premises").get<std::vector<Table>>();
      if (variables.size() > kMaxVariables)
        return no_judgement("the problem has too many variables");
      const auto clause = read_clause(found, variables);
      if (!clause)
        return wrong_answer(found, "not different variables or negations with | between them");
      if (is_conclusion(*clause, premises, variables)) return right_answer(found);
      return wrong_answer(found,
                          "which does not follow, follows from one premise, or could be shorter");
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    std::string premises = replaced(question_of(*this, problem), ";", "; ");
    for (const std::string_view sign : {"&", "|", "->"})
      premises = replaced(premises, sign, concat(' ', sign, ' '));
    return phrased(kPropositionalLogicPhrasings, number, {{"premises", premises}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, "|", " | ");
  }

  PropositionalLogicConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PropositionalLogicConfig& config) {
  return std::make_unique<PropositionalLogic>(config);
}

}  // namespace hone::rewards
