#include <algorithm>
#include <cstdint>
#include <string_view>

#include "rewards/math/gold.h"
#include "rewards/math_reward.h"

using namespace hone;

// The first byte chooses the settings, the first line is the reference answer, the rest what a
// model wrote. Judged, within the budget, and twice the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  rewards::MathConfig config;
  config.gold_type = static_cast<rewards::math::GoldType>(data[0] % 6);
  if ((data[0] & 8U) != 0) config.extract = {"latex", "expr", "string"};
  config.strict = (data[0] & 16U) == 0;
  config.allow_set_relation_comp = (data[0] & 32U) != 0;
  config.boxed_match_priority = (data[0] & 64U) != 0 ? 50 : 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto line = std::min(text.find('\n'), text.size());
  const std::string_view gold = text.substr(0, line);
  const std::string_view completion = text.substr(std::min(line + 1, text.size()));
  const auto reward = rewards::make_reward(config);
  const rewards::Sample sample{
      .prompt = "", .completion = completion, .answer = gold, .metadata = ""};
  const rewards::Score score = reward->score(sample), again = reward->score(sample);
  if (score.value != again.value || score.detail != again.detail) __builtin_trap();
  if ((score.value == 1) != (score.status == rewards::Status::kCorrect)) __builtin_trap();
  (void)rewards::math::lint_gold(gold, config.gold_type);
  return 0;
}
