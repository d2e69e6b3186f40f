#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `base_conversion:1f:16:2=`: a number of the first base in the second one, `11111`. The trace
/// reads digit by digit, then divides:
/// `0*16+1=1;1*16+15=31;31=2*15+1;15=2*7+1;7=2*3+1;3=2*1+1;1=2*0+1`. Source: the family of this
/// name in reasoning-gym. Differs: the two spellings are never the same; no leading zeros.
struct BaseConversionConfig {
  static constexpr std::string_view kType = "base_conversion";
  std::int64_t min_base = 2;
  std::int64_t max_base = 16;
  std::int64_t min_value = 16;
  std::int64_t max_value = 1000;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_base", min_base, "smallest base", 2, 16);
    v("max_base", max_base, "largest base", 2, 16);
    v("min_value", min_value, "smallest number", 0, 1000000000000);
    v("max_value", max_value, "largest number", 16, 1000000000000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const BaseConversionConfig& config);

}  // namespace hone::rewards
