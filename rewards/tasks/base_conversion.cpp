#include "rewards/tasks/base_conversion.h"

#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kBaseConversionExplanation =
    "A number, its base and another base: how is the number written in the other base? Use "
    "the digits 0 to 9 and a to f.";

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

class BaseConversion final : public Task {
 public:
  explicit BaseConversion(const BaseConversionConfig& config)
      : config_(config),
        explanation_(config.explain ? kBaseConversionExplanation : ""),
        alphabet_(
            characters_of({"*+0123456789:;=abcdef", BaseConversionConfig::kType, explanation_})) {
    require_range("base", config.min_base, config.max_base);
    require_range("value", config.min_value, config.max_value);
    if (config.min_base == config.max_base)
      throw std::invalid_argument("min_base: expected less than max_base");
  }

  std::string_view name() const override { return BaseConversionConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
      return {asked(explanation_, BaseConversionConfig::kType, ":", text, ":", from, ":", to, "="),
              answer, metadata.dump()};
    }
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
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
      std::int64_t digit = value % to;
      // Another digit: what is left to be divided stays as it is, so that it ends.
      if (random.chance(options.wrong_steps)) digit = (digit + random.between(1, to - 1)) % to;
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
  BaseConversionConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const BaseConversionConfig& config) {
  return std::make_unique<BaseConversion>(config);
}

}  // namespace hone::rewards
