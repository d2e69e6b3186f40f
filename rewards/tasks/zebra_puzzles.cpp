#include "rewards/tasks/zebra_puzzles.h"

#include <algorithm>
#include <array>

#include "rewards/tasks/common.h"
#include "rewards/tasks/words.h"
#include "rewards/tasks/zebra_solver.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kZebraPuzzlesExplanation =
    "Houses stand in a row. After the lists of what is in them, one of each list in each "
    "house, come clues. a=b: in one house; a@2: in the second house; a-b: in houses next to "
    "each other; a<b: a is directly left of b. Who lives where? Answer with the first list "
    "in the order of the houses.";

using Values = std::vector<std::string>;

/// The first category are the persons.
Values values_of(std::size_t category) {
  static const std::array<Values, kMaxZebraCategories - 1> kOthers = {{
      {"cocoa", "juice", "milk", "tea", "water"},
      {"cat", "dog", "fish", "horse", "zebra"},
      {"blue", "green", "red", "white", "yellow"},
      {"bread", "cake", "pizza", "rice", "soup"},
      {"chess", "football", "music", "tennis", "yoga"},
  }};
  if (category > 0) return kOthers.at(category - 1);
  const auto names = first_names();
  return {names.begin(), names.end()};
}

std::string all_values(std::size_t categories) {
  std::string all;
  for (std::size_t category = 0; category < categories; ++category)
    all += join(values_of(category), "");
  return all;
}

/// All clues there are about the solution in which each value is in the house of its number. None
/// says outright where a person lives.
std::vector<ZebraClue> true_clues(std::size_t categories, std::size_t houses) {
  std::vector<ZebraClue> clues;
  for (std::size_t a = 0; a < categories; ++a) {
    for (std::size_t house = 0; house < houses; ++house) {
      if (a > 0) clues.push_back({'@', {a, house}, {a, house}});
      for (std::size_t b = 0; b < categories; ++b) {
        if (a < b) clues.push_back({'=', {a, house}, {b, house}});
        if (house + 1 == houses) continue;
        clues.push_back({'<', {a, house}, {b, house + 1}});
        clues.push_back({'-', {a, house}, {b, house + 1}});
      }
    }
  }
  return clues;
}

std::string clue_text(const ZebraClue& clue, const std::vector<Values>& values) {
  const std::string& first = values[clue.first.category][clue.first.value];
  if (clue.relation == '@') return concat(first, "@", clue.second.value + 1);
  return concat(first, clue.relation, values[clue.second.category][clue.second.value]);
}

class ZebraPuzzles final : public Task {
 public:
  explicit ZebraPuzzles(const ZebraPuzzlesConfig& config)
      : config_(config),
        explanation_(config.explain ? kZebraPuzzlesExplanation : ""),
        alphabet_(characters_of({",-:;=<@|", digits_between(1, config.max_houses),
                                 all_values(static_cast<std::size_t>(config.max_categories)),
                                 ZebraPuzzlesConfig::kType, explanation_})) {
    require_range("houses", config.min_houses, config.max_houses);
    require_range("categories", config.min_categories, config.max_categories);
  }

  std::string_view name() const override { return ZebraPuzzlesConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto houses =
        static_cast<std::size_t>(random.between(config_.min_houses, config_.max_houses));
    const auto categories =
        static_cast<std::size_t>(random.between(config_.min_categories, config_.max_categories));
    // The solution: of each category the value in the first house, the second one, ...
    std::vector<Values> values;
    for (std::size_t category = 0; category < categories; ++category) {
      values.push_back(values_of(category));
      shuffle(values.back(), random);
      values.back().resize(houses);
    }
    std::vector<ZebraClue> clues = true_clues(categories, houses);
    shuffle(clues, random);
    for (ZebraClue& clue : clues) {
      // Or the first one named would always be the left one.
      if (clue.relation == '-' && random.chance(0.5)) std::swap(clue.first, clue.second);
    }
    std::vector<std::string> lists, said;
    for (const ZebraClue& clue : enough_zebra_clues(clues, categories, houses))
      said.push_back(clue_text(clue, values));
    const std::string answer = join(values[0], ",");
    for (Values& list : values) {
      std::sort(list.begin(), list.end());
      lists.push_back(join(list, ","));
    }
    const nlohmann::json metadata = {
        {"task", ZebraPuzzlesConfig::kType}, {"houses", houses}, {"categories", categories}};
    return {asked(explanation_, ZebraPuzzlesConfig::kType, ":", join(lists, "|"), ":",
                  join(said, ";"), "="),
            answer, metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_list(sample, ','); }

 private:
  ZebraPuzzlesConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ZebraPuzzlesConfig& config) {
  return std::make_unique<ZebraPuzzles>(config);
}

}  // namespace hone::rewards
