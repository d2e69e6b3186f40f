#include "rewards/tasks/zebra_puzzles.h"

#include <algorithm>
#include <array>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/tasks/words.h"
#include "rewards/tasks/zebra_solver.h"

namespace hone::rewards {
namespace {

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

constexpr std::string_view kZebraPuzzlesPhrasings[] = {
    "There are {houses} houses in a row, numbered from left to right. In each lives one person, "
    "and "
    "everyone differs from the others in each of the following: {lists}. {clues} Who lives in "
    "which "
    "house? Answer with the names from the first house to the last, separated by commas.",
    "{houses} people live side by side in a row of houses, numbered from left to right. No two of "
    "them have the same {kinds}. "
    "What there is: {lists}. These clues are known: {clues} List the people from left to right, "
    "separated by commas.",
    "Solve this zebra puzzle. Houses 1 to {houses} stand in a row from left to right, with one "
    "person in each. Every house differs from the others in each of these: {lists}. {clues} Give "
    "only the names in the order of the houses, separated by commas.",
    "Find out who lives where. A street has {houses} houses in a row, counted from the left. These "
    "are the people and what they have, each in exactly one house: {lists}. {clues} Reply with the "
    "people's names in order from the first house on, with commas between them."};

/// A category by the name that a list of its values has, and a person by a value.
struct CategoryWords {
  std::string_view list, before, after;
};
constexpr CategoryWords kCategoryWords[] = {
    {"name", "", ""},
    {"drink", "the person who drinks ", ""},
    {"pet", "the owner of the ", ""},
    {"house color", "the person in the ", " house"},
    {"food", "the person who eats ", ""},
    {"hobby", "the person whose hobby is ", ""},
};

/// The category of a value that no other category has too.
std::string person_in_words(std::string_view value, const std::vector<std::string>& lists) {
  for (std::size_t category = 0; category < lists.size(); ++category) {
    const auto values = split_list(lists[category], ',');
    if (std::find(values.begin(), values.end(), value) == values.end()) continue;
    const CategoryWords& words = kCategoryWords[category];
    return concat(words.before, value, words.after);
  }
  return std::string(value);
}

std::string clue_in_words(std::string_view clue, const std::vector<std::string>& lists) {
  const std::size_t at = clue.find_first_of("=@-<");
  std::string first = person_in_words(clue.substr(0, at), lists);
  if (first[0] == 't') first[0] = 'T';
  const std::string_view second = clue.substr(at + 1);
  switch (clue[at]) {
    case '=':
      return concat(first, " is ", person_in_words(second, lists), ".");
    case '@':
      return concat(first, " lives in house ", second, ".");
    case '-':
      return concat(first, " lives next to ", person_in_words(second, lists), ".");
    default:
      return concat(first, " lives directly to the left of ", person_in_words(second, lists), ".");
  }
}

class ZebraPuzzles final : public Task {
 public:
  explicit ZebraPuzzles(const ZebraPuzzlesConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({",-:;=<@|", digits_between(1, config.max_houses),
                                 all_values(static_cast<std::size_t>(config.max_categories)),
                                 ZebraPuzzlesConfig::kType})) {
    require_range("houses", config.min_houses, config.max_houses);
    require_range("categories", config.min_categories, config.max_categories);
  }

  std::string_view name() const override { return ZebraPuzzlesConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

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
    return {concat(ZebraPuzzlesConfig::kType, ":", join(lists, "|"), ":", join(said, ";"), "="),
            answer, metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_list(sample, ','); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const std::string question = question_of(*this, problem);
    const std::size_t colon = question.find(':');
    std::vector<std::string> lists, shown, kinds, clues;
    for (const std::string_view list :
         split_list(std::string_view(question).substr(0, colon), '|')) {
      const std::string_view kind = kCategoryWords[lists.size()].list;
      lists.emplace_back(list);
      shown.push_back(concat(kind, " (", replaced(list, ",", ", "), ")"));
      kinds.emplace_back(kind);
    }
    for (const std::string_view clue :
         split_list(std::string_view(question).substr(colon + 1), ';'))
      clues.push_back(clue_in_words(clue, lists));
    return phrased(kZebraPuzzlesPhrasings, number,
                   {{"houses", std::to_string(metadata_of<std::int64_t>(*this, problem, "houses"))},
                    {"lists", join(shown, "; ")},
                    {"kinds", join(kinds, " or ")},
                    {"clues", join(clues, " ")}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, ",", ", ");
  }

  ZebraPuzzlesConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ZebraPuzzlesConfig& config) {
  return std::make_unique<ZebraPuzzles>(config);
}

}  // namespace hone::rewards
