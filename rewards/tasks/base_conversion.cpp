#include "rewards/tasks/base_conversion.h"

#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kBaseDigits = "0123456789abcdef";
constexpr std::int64_t kTen = 10;

std::string in_base(std::int64_t value, std::int64_t base) {
  std::string digits;
  do {
    digits.insert(digits.begin(), kBaseDigits[static_cast<std::size_t>(value % base)]);
    value /= base;
  } while (value > 0);
  return digits;
}

constexpr std::string_view kBaseConversionPhrasings[] = {
    "Convert {text} from base {from} to base {to}. Answer with the digits alone, using the letters "
    "a to f for digits above 9.",
    "The number {text} is written in base {from}. How is it written in base {to}? Give only its "
    "digits, with a to f for 10 to 15.",
    "Write the base-{from} number {text} in base {to}. Reply with just the digits; digits above 9 "
    "are the letters a to f.",
    "What is {text} (base {from}) in base {to}? The answer is the number alone, with the letters a "
    "to f as digits for 10 to 15."};

/// `f (15)`, and `7` as it is.
std::string digit_in_words(std::int64_t digit) {
  const char c = kBaseDigits[static_cast<std::size_t>(digit)];
  return digit < kTen ? std::string(1, c) : concat(c, " (", digit, ")");
}

class BaseConversion final : public Task {
 public:
  explicit BaseConversion(const BaseConversionConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"*+0123456789:;=abcdef", BaseConversionConfig::kType})) {
    require_range("base", config.min_base, config.max_base);
    require_range("value", config.min_value, config.max_value);
    if (config.min_base == config.max_base)
      throw std::invalid_argument("min_base: expected less than max_base");
  }

  std::string_view name() const override { return BaseConversionConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (;;) {
      const auto from = random.between(config_.min_base, config_.max_base);
      const auto to = random.between(config_.min_base, config_.max_base);
      const auto value = random.between(config_.min_value, config_.max_value);
      const std::string text = in_base(value, from), answer = in_base(value, to);
      if (text == answer) continue;
      const nlohmann::json metadata = {{"task", BaseConversionConfig::kType},
                                       {"value", value},
                                       {"text", text},
                                       {"from", from},
                                       {"to", to}};
      return {concat(BaseConversionConfig::kType, ":", text, ":", from, ":", to, "="), answer,
              metadata.dump()};
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto from = metadata_of<std::int64_t>(*this, problem, "from");
    const auto to = metadata_of<std::int64_t>(*this, problem, "to");
    std::string think;
    auto value = metadata_of<std::int64_t>(*this, problem, "value");
    if (from != kTen) {
      value = 0;
      for (const char c : metadata_of<std::string>(*this, problem, "text")) {
        const std::int64_t digit = static_cast<std::int64_t>(kBaseDigits.find(c)), before = value;
        value = slip(before * from + digit, options.wrong_steps, random, 0);
        add_step(think, before, "*", from, "+", digit, "=", value);
      }
    }
    if (to == kTen) return completion_text(think, std::to_string(value));
    std::string digits;
    do {
      const std::int64_t digit = digit_of(value, to, options, random);
      add_step(think, value, "=", to, "*", value / to, "+", digit);
      digits += kBaseDigits[static_cast<std::size_t>(digit)];
      value /= to;
    } while (value > 0);
    return completion_text(think, std::string(digits.rbegin(), digits.rend()));
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      std::string folded(found);
      for (char& c : folded) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      return judged(found, folded == trim(sample.answer), sample.answer);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kBaseConversionPhrasings, number,
                   {{"text", metadata_of<std::string>(*this, problem, "text")},
                    {"from", std::to_string(metadata_of<std::int64_t>(*this, problem, "from"))},
                    {"to", std::to_string(metadata_of<std::int64_t>(*this, problem, "to"))}});
  }

  /// `Digit 1: 0 * 16 + 1 = 1. Digit f (15): 1 * 16 + 15 = 31. 31 / 2 = 15 remainder 1. ...`
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string think;
    const std::int64_t value = read_in_words(think, problem, options, random);
    const auto to = metadata_of<std::int64_t>(*this, problem, "to");
    const std::string answer =
        to == kTen ? std::to_string(value) : write_in_words(think, value, to, options, random);
    say(think, "So the number is ", answer);
    return completion_text(think, answer);
  }

  std::int64_t read_in_words(std::string& think, const TaskProblem& problem,
                             const TraceOptions& options, Random& random) const {
    const auto from = metadata_of<std::int64_t>(*this, problem, "from");
    if (from == kTen) return metadata_of<std::int64_t>(*this, problem, "value");
    std::int64_t value = 0;
    for (const char c : metadata_of<std::string>(*this, problem, "text")) {
      const auto digit = static_cast<std::int64_t>(kBaseDigits.find(c));
      const std::int64_t before = value;
      value = slip(before * from + digit, options.wrong_steps, random, 0);
      say(think, "Digit ", digit_in_words(digit), ": ", before, " * ", from, " + ", digit, " = ",
          value);
    }
    return value;
  }

  static std::string write_in_words(std::string& think, std::int64_t value, std::int64_t to,
                                    const TraceOptions& options, Random& random) {
    std::string digits;
    do {
      const std::int64_t digit = digit_of(value, to, options, random);
      say(think, value, " / ", to, " = ", value / to, " remainder ", digit_in_words(digit));
      digits += kBaseDigits[static_cast<std::size_t>(digit)];
      value /= to;
    } while (value > 0);
    say(think, "Remainders from the last to the first: ",
        spelled(std::string(digits.rbegin(), digits.rend())));
    return {digits.rbegin(), digits.rend()};
  }

  /// The last one; a wrong one leaves what is still to be divided as it is, so that it ends.
  static std::int64_t digit_of(std::int64_t value, std::int64_t base, const TraceOptions& options,
                               Random& random) {
    const std::int64_t digit = value % base;
    return random.chance(options.wrong_steps) ? (digit + random.between(1, base - 1)) % base
                                              : digit;
  }

  BaseConversionConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const BaseConversionConfig& config) {
  return std::make_unique<BaseConversion>(config);
}

}  // namespace hone::rewards
