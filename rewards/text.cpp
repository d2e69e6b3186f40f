#include "rewards/text.h"

#include <nlohmann/json.hpp>

namespace hone::rewards {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string shown(std::string_view text, std::size_t limit) {
  std::string kept(text.substr(0, limit));
  if (text.size() > limit) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    // Not inside a character: what was cut off must not have been the rest of the last one.
    if (continues(text[limit])) {
      while (!kept.empty() && continues(kept.back())) kept.pop_back();
      if (!kept.empty()) kept.pop_back();
    }
    kept += "...";
  }
  using json = nlohmann::json;
  return json(kept).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hone::rewards
