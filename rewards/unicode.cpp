#include "rewards/unicode.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <set>

namespace hone::rewards {
namespace {

constexpr std::string_view kDigitsName = "digits";

/// Unicode also names mixtures of scripts ("Jpan"), signs and scripts to come: no letter is of
/// them, and a target without letters could never be met. ICU has no list, so it is asked about
/// every letter, once (some milliseconds).
bool has_letters(Script script) {
  static const std::set<Script> scripts = [] {
    std::set<Script> found;
    for (CodePoint c = 0; c <= UCHAR_MAX_VALUE; ++c) found.insert(script_of(c));
    found.erase(kNoScript);
    return found;
  }();
  return scripts.contains(script);
}

}  // namespace

CodePoint next_code_point(std::string_view text, std::size_t& at) {
  // ICU counts in 32 bits; no character has more than four bytes.
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data() + at);
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - at, 4));
  std::int32_t used = 0;
  UChar32 c = 0;
  U8_NEXT(bytes, used, size, c);
  at += static_cast<std::size_t>(used);
  return c < 0 ? kBroken : c;
}

CodePoint lower_case(CodePoint c) { return u_tolower(c); }
bool is_white_space(CodePoint c) { return u_isUWhiteSpace(c); }
bool is_mark(CodePoint c) { return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

Script script_of(CodePoint c) {
  if (u_isdigit(c)) return kDigits;
  if (!u_isalpha(c)) return kNoScript;
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &error);
  const bool shared = script == USCRIPT_COMMON || script == USCRIPT_INHERITED;
  return U_FAILURE(error) || shared ? kNoScript : static_cast<Script>(script);
}

bool stands_alone(Script script) {
  return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA;
}

std::optional<Script> script_by_name(const std::string& name) {
  if (name == kDigitsName) return kDigits;
  const Script script = u_getPropertyValueEnum(UCHAR_SCRIPT, name.c_str());
  if (!has_letters(script)) return std::nullopt;
  return script;
}

std::string script_name(Script script) {
  if (script == kDigits) return std::string(kDigitsName);
  const char* name = uscript_getName(static_cast<UScriptCode>(script));
  return name == nullptr ? "no script" : name;
}

}  // namespace hone::rewards
