#include "rewards/text.h"

#include <cstring>
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

std::size_t find_last(std::string_view text, std::string_view token) {
  std::size_t end = text.size();
  while (end > 0) {
    const void* const found = memrchr(text.data(), token.front(), end);
    if (found == nullptr) break;
    end = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    if (text.substr(end).starts_with(token)) return end;
  }
  return std::string_view::npos;
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
