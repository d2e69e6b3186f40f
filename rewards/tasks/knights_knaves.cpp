#include "rewards/tasks/knights_knaves.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/tasks/words.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

enum class ClaimForm { kIs, kAnd, kOr, kIf, kSame, kDifferent };

/// What a person says of one or two.
struct Claim {
  ClaimForm form = ClaimForm::kIs;
  std::size_t first = 0, second = 0;
  bool first_knight = false, second_knight = false;  // claimed, where the form claims it
};

bool is_knight(std::uint32_t knights, std::size_t person) { return (knights >> person & 1U) != 0; }

std::string_view kind_of(bool knight) { return knight ? "knight" : "knave"; }

Claim random_claim(std::size_t persons, Random& random) {
  constexpr ClaimForm kForms[] = {ClaimForm::kIs, ClaimForm::kAnd,  ClaimForm::kOr,
                                  ClaimForm::kIf, ClaimForm::kSame, ClaimForm::kDifferent};
  Claim claim{pick(kForms, random), random.below(persons), 0, random.chance(0.5),
              random.chance(0.5)};
  claim.second = (claim.first + 1 + random.below(persons - 1)) % persons;
  return claim;
}

bool claim_is_true(const Claim& claim, std::uint32_t knights) {
  const bool first = is_knight(knights, claim.first), second = is_knight(knights, claim.second);
  const bool a = first == claim.first_knight, b = second == claim.second_knight;
  switch (claim.form) {
    case ClaimForm::kIs:
      return a;
    case ClaimForm::kAnd:
      return a && b;
    case ClaimForm::kOr:
      return a || b;
    case ClaimForm::kIf:
      return !a || b;
    case ClaimForm::kSame:
      return first == second;
    case ClaimForm::kDifferent:
      break;
  }
  return first != second;
}

std::string claim_text(const Claim& claim, const std::vector<std::string>& persons) {
  const std::string &first = persons[claim.first], &second = persons[claim.second];
  const std::string a = concat(first, " is a ", kind_of(claim.first_knight));
  const std::string b = concat(second, " is a ", kind_of(claim.second_knight));
  switch (claim.form) {
    case ClaimForm::kIs:
      return a;
    case ClaimForm::kAnd:
      return concat(a, " and ", b);
    case ClaimForm::kOr:
      return concat(a, " or ", b);
    case ClaimForm::kIf:
      return concat("if ", a, " then ", b);
    case ClaimForm::kSame:
      return concat(first, " and ", second, " are the same");
    case ClaimForm::kDifferent:
      break;
  }
  return concat(first, " and ", second, " are different");
}

/// How many ways there are to be knights and knaves, so that all claims fit who says them.
int solutions(const std::vector<Claim>& claims) {
  int count = 0;
  for (std::uint32_t knights = 0; knights < 1U << claims.size(); ++knights) {
    bool fits = true;
    for (std::size_t i = 0; i < claims.size() && fits; ++i)
      fits = claim_is_true(claims[i], knights) == is_knight(knights, i);
    count += fits;
  }
  return count;
}

std::string names() {
  std::string all;
  for (const std::string_view name : first_names()) all += name;
  return all;
}

constexpr std::string_view kKnightsKnavesPhrasings[] = {
    "On an island, knights always tell the truth and knaves always lie. {claims} Who is a knight "
    "and "
    "who is a knave? Answer like this, with commas between the people: {form}",
    "Everyone here is either a knight, who only says what is true, or a knave, who only says what "
    "is "
    "false. {claims} What is each of them? Give one item for each person, separated by commas, in "
    "the form: {form}",
    "{claims} Each of these people is a knight or a knave. Knights never lie, and knaves never "
    "tell "
    "the truth. Decide what everyone is. Reply with a list separated by commas, of the form: "
    "{form}",
    "Knights tell only truths; knaves tell only lies. {claims} Find out who is what. Write your "
    "answer as a list with commas, of the form: {form}"};

/// `Ada says: "If Ben is a knave, then Ada is a knight."`
std::string claim_in_words(std::string_view name, std::string_view claim) {
  std::string text = replaced(claim, " are the same", " are of the same kind");
  text = replaced(text, " are different", " are of different kinds");
  if (text.starts_with("if ")) text = concat("If ", replaced(text.substr(3), " then ", ", then "));
  return concat(name, " says: \"", text, ".\"");
}

/// The words of an answer without those that only make it a sentence, in lower case.
std::vector<std::string> answer_words(std::string_view answer) {
  std::vector<std::string> words(1);
  for (const char c : plain_text(answer)) {
    if (!is_space(c) && std::string_view(",;:.").find(c) == std::string_view::npos) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  std::erase_if(words, [](const std::string& word) {
    return word.empty() || word == "is" || word == "a" || word == "and";
  });
  return words;
}

/// Each person with what the answer says of them, in order of the names.
std::vector<std::pair<std::string, std::string>> kinds_of(std::string_view answer) {
  const std::vector<std::string> words = answer_words(answer);
  std::vector<std::pair<std::string, std::string>> kinds;
  for (std::size_t i = 0; i < words.size(); i += 2)
    kinds.emplace_back(words[i], i + 1 < words.size() ? words[i + 1] : "");
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

class KnightsKnaves final : public Task {
 public:
  explicit KnightsKnaves(const KnightsKnavesConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({",:;= is a knight knave and or are the same different if then",
                                 names(), KnightsKnavesConfig::kType})) {
    require_range("persons", config.min_persons, config.max_persons);
  }

  std::string_view name() const override { return KnightsKnavesConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto count =
        static_cast<std::size_t>(random.between(config_.min_persons, config_.max_persons));
    const auto all = first_names();
    std::vector<std::string> persons(all.begin(), all.end());
    shuffle(persons, random);
    persons.resize(count);
    for (;;) {
      const std::uint32_t knights =
          static_cast<std::uint32_t>(random.below(std::uint64_t{1} << count));
      std::vector<Claim> claims;
      while (claims.size() < count) {
        const Claim claim = random_claim(count, random);
        if (claim_is_true(claim, knights) == is_knight(knights, claims.size()))
          claims.push_back(claim);
      }
      if (solutions(claims) != 1) continue;
      std::vector<std::string> said, answer;
      for (std::size_t i = 0; i < count; ++i) {
        said.push_back(concat(persons[i], ":", claim_text(claims[i], persons)));
        answer.push_back(concat(persons[i], " ", kind_of(is_knight(knights, i))));
      }
      const nlohmann::json metadata = {{"task", KnightsKnavesConfig::kType}, {"persons", count}};
      return {concat(KnightsKnavesConfig::kType, ":", join(said, ";"), "="), join(answer, ","),
              metadata.dump()};
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      return judged(found, kinds_of(found) == kinds_of(sample.answer), sample.answer);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const std::string question = question_of(*this, problem);
    std::vector<std::string> claims, forms;
    for (const std::string_view said : split_list(question, ';')) {
      const std::string_view person = said.substr(0, said.find(':'));
      claims.push_back(claim_in_words(person, said.substr(person.size() + 1)));
      forms.push_back(concat(person, " is a ..."));
    }
    return phrased(kKnightsKnavesPhrasings, number,
                   {{"claims", join(claims, " ")}, {"form", join(forms, ", ")}});
  }

  /// `Ada is a knave, Ben is a knight`.
  std::string words_answer(std::string answer) const override {
    return replaced(replaced(answer, ",", ", "), " k", " is a k");
  }

  KnightsKnavesConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const KnightsKnavesConfig& config) {
  return std::make_unique<KnightsKnaves>(config);
}

}  // namespace hone::rewards
