#pragma once

#include <string_view>

namespace hone::rewards::code {

/// The program that a completion gives, or why there is none.
struct Program {
  std::string_view text;     // a view into the completion
  std::string_view problem;  // one line; empty where a program was found
};

/// The last fenced block (```) after the reasoning, whatever language it names. The last fence
/// counts: if it is never closed, an earlier block does not stand in for it.
Program last_program(std::string_view completion, bool opened_reasoning);

}  // namespace hone::rewards::code
