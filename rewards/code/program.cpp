#include "rewards/code/program.h"

#include <algorithm>

#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards::code {
namespace {

/// A line of three backticks or more, indented by three spaces at most.
struct Fence {
  std::size_t ticks = 0;  // 0: the line is no fence
  std::string_view info;  // what follows on it
};

Fence fence_of(std::string_view line) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  const std::string_view rest = line.substr(indent);
  const std::size_t ticks = std::min(rest.find_first_not_of('`'), rest.size());
  const std::string_view info = trim(rest.substr(ticks));
  if (indent > 3 || ticks < 3 || info.find('`') != std::string_view::npos) return {};
  return {ticks, info};
}

}  // namespace

Program last_program(std::string_view completion, bool opened_reasoning) {
  const std::string_view text = final_part(completion, opened_reasoning);
  Program found{{}, "no fenced block"};
  std::size_t open = 0, begin = 0;  // backticks of the block that is open, 0: none; its start
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const Fence fence = fence_of(text.substr(at, end - at));
    const std::size_t next = std::min(end + 1, text.size());
    if (open == 0 && fence.ticks > 0) {
      open = fence.ticks;
      begin = next;
    } else if (open > 0 && fence.ticks >= open && fence.info.empty()) {
      open = 0;
      found = {text.substr(begin, at - begin), {}};
    }
    at = next;
  }
  if (open > 0) return {{}, "the last fenced block is never closed"};
  if (found.problem.empty() && trim(found.text).empty()) {
    return {{}, "the last fenced block is empty"};
  }
  return found;
}

}  // namespace hone::rewards::code
