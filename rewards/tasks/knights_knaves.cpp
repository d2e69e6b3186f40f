#include "rewards/tasks/knights_knaves.h"

#include <algorithm>
#include <cstdint>

#include "rewards/tasks/common.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kKnightsKnavesExplanation =
    "Knights only say what is true, knaves only what is false. Each person says something. "
    "Who is what? Answer with each name and knight or knave, commas between them.";

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

class KnightsKnaves final : public Task {
 public:
  explicit KnightsKnaves(const KnightsKnavesConfig& config)
      : config_(config),
        explanation_(config.explain ? kKnightsKnavesExplanation : ""),
        alphabet_(characters_of({",:;= is a knight knave and or are the same different if then",
                                 names(), KnightsKnavesConfig::kType, explanation_})) {
    require_range("persons", config.min_persons, config.max_persons);
  }

  std::string_view name() const override { return KnightsKnavesConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
      return {asked(explanation_, KnightsKnavesConfig::kType, ":", join(said, ";"), "="),
              join(answer, ","), metadata.dump()};
    }
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      auto got = split_list(found, ','), expected = split_list(sample.answer, ',');
      std::sort(got.begin(), got.end());
      std::sort(expected.begin(), expected.end());
      return judged(found, got == expected, sample.answer);
    });
  }

 private:
  KnightsKnavesConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const KnightsKnavesConfig& config) {
  return std::make_unique<KnightsKnaves>(config);
}

}  // namespace hone::rewards
