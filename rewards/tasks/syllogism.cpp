#include "rewards/tasks/syllogism.h"

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kKinds[] = {
    "actors",  "bakers",    "cats",     "dancers", "doctors", "farmers", "fish",
    "foxes",   "gardeners", "heroes",   "judges",  "kings",   "lions",   "musicians",
    "nurses",  "owls",      "painters", "pets",    "pilots",  "poets",   "rabbits",
    "sailors", "singers",   "teachers", "tigers",  "voters",  "wolves",  "writers"};
constexpr std::size_t kSubject = 0, kMiddle = 1, kPredicate = 2, kSets = 3;
enum class StatementForm { kAll, kNo, kSome, kSomeNot };

struct Statement {
  StatementForm form = StatementForm::kAll;
  std::size_t first = 0, second = 0;
};

Statement random_statement(std::size_t first, std::size_t second, Random& random) {
  constexpr StatementForm kForms[] = {StatementForm::kAll, StatementForm::kNo, StatementForm::kSome,
                                      StatementForm::kSomeNot};
  return {pick(kForms, random), first, second};
}

std::string statement_text(const Statement& statement, const std::vector<std::string_view>& words) {
  const std::string_view first = words[statement.first], second = words[statement.second];
  switch (statement.form) {
    case StatementForm::kAll:
      return concat("all ", first, " are ", second);
    case StatementForm::kNo:
      return concat("no ", first, " are ", second);
    case StatementForm::kSome:
      return concat("some ", first, " are ", second);
    case StatementForm::kSomeNot:
      break;
  }
  return concat("some ", first, " are not ", second);
}

/// A world says of each of the eight ways to be in the three sets or not if there is such a thing.
constexpr unsigned kWays = 1U << kSets, kWorlds = 1U << kWays;

/// Is there something in the first set that is in the second one, or that is not?
bool exists(unsigned world, std::size_t first, std::size_t second, bool inside) {
  for (unsigned way = 0; way < kWays; ++way) {
    const bool there = (world >> way & 1U) != 0;
    if (there && (way >> first & 1U) != 0 && ((way >> second & 1U) != 0) == inside) return true;
  }
  return false;
}

bool statement_is_true(const Statement& statement, unsigned world) {
  const bool inside =
      statement.form == StatementForm::kNo || statement.form == StatementForm::kSome;
  const bool found = exists(world, statement.first, statement.second, inside);
  return statement.form == StatementForm::kSome || statement.form == StatementForm::kSomeNot
             ? found
             : !found;
}

/// In every world in which no set is empty.
bool follows(const Statement& first, const Statement& second, const Statement& third) {
  for (unsigned world = 0; world < kWorlds; ++world) {
    bool peopled = true;
    for (std::size_t set = 0; set < kSets; ++set)
      peopled = peopled && exists(world, set, set, true);
    if (peopled && statement_is_true(first, world) && statement_is_true(second, world) &&
        !statement_is_true(third, world))
      return false;
  }
  return true;
}

std::string kinds() {
  std::string all;
  for (const std::string_view kind : kKinds) all += kind;
  return all;
}

constexpr std::string_view kSyllogismPhrasings[] = {
    "Suppose that {first} and that {second}. There is at least one of each kind. Does it follow "
    "that "
    "{third}? Answer yes or no.",
    "Assume that {first}, that {second}, and that there is at least one of each of them. Must it "
    "then "
    "be true that {third}? Reply with yes or no.",
    "First premise: {first}. Second premise: {second}. Conclusion: {third}. If each of the groups "
    "has at least one member, is the conclusion valid? Answer with just yes or no.",
    "Given that {first} and {second}, can we be sure that {third}? Each group has at least one "
    "member. The answer is yes or no."};

class Syllogism final : public Task {
 public:
  explicit Syllogism(const SyllogismConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({":;= all no some are not yes", kinds(), SyllogismConfig::kType})) {
  }

  std::string_view name() const override { return SyllogismConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const bool wanted = random.chance(0.5);
    for (;;) {
      const bool first_turned = random.chance(0.5), second_turned = random.chance(0.5);
      const Statement first = random_statement(first_turned ? kPredicate : kMiddle,
                                               first_turned ? kMiddle : kPredicate, random);
      const Statement second = random_statement(second_turned ? kMiddle : kSubject,
                                                second_turned ? kSubject : kMiddle, random);
      const Statement third = random_statement(kSubject, kPredicate, random);
      if (follows(first, second, third) != wanted) continue;
      std::vector<std::string_view> words(std::begin(kKinds), std::end(kKinds));
      shuffle(words, random);
      const nlohmann::json metadata = {{"task", SyllogismConfig::kType}, {"follows", wanted}};
      return {concat(SyllogismConfig::kType, ":", statement_text(first, words), ";",
                     statement_text(second, words), ";", statement_text(third, words), "="),
              wanted ? "yes" : "no", metadata.dump()};
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const std::string question = question_of(*this, problem);
    const auto statements = split_list(question, ';');
    if (statements.size() != kSets) not_a_problem_of(name(), problem.short_form());
    return phrased(kSyllogismPhrasings, number,
                   {{"first", std::string(statements[0])},
                    {"second", std::string(statements[1])},
                    {"third", std::string(statements[2])}});
  }

  SyllogismConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const SyllogismConfig& config) {
  return std::make_unique<Syllogism>(config);
}

}  // namespace hone::rewards
