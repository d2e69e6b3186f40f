#include "rewards/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace hone::rewards {
namespace {

// PCRE2's own limit of steps holds for each place where a match could begin, and so grows with the
// text. Callouts before every item of the pattern count all of them.
constexpr std::int64_t kSteps = 1'000'000;
constexpr std::uint32_t kHeapKilobytes = 16 << 10;
constexpr int kGaveUp = -1000;  // no code of PCRE2's own

int count_step(pcre2_callout_block*, void* steps) {
  return ++*static_cast<std::int64_t*>(steps) > kSteps ? kGaveUp : 0;
}

struct MatchFree {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

}  // namespace

Pattern::Pattern(const std::string& expression, bool whole) {
  constexpr std::uint32_t kLongestPattern = 1 << 16;
  if (expression.size() > kLongestPattern) {
    throw std::invalid_argument("expected a regular expression of at most " +
                                std::to_string(kLongestPattern) + " bytes");
  }
  const std::uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_AUTO_CALLOUT |
                                PCRE2_NEVER_BACKSLASH_C |
                                (whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0U);
  int error = 0;
  PCRE2_SIZE place = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()),
                                   expression.size(), options, &error, &place, nullptr);
  if (code == nullptr) {
    std::array<PCRE2_UCHAR, 256> message = {};
    pcre2_get_error_message(error, message.data(), message.size());
    throw std::invalid_argument("expected a regular expression, got an error at character " +
                                std::to_string(place) + ": " +
                                reinterpret_cast<const char*>(message.data()));
  }
  code_ = std::shared_ptr<const void>(
      code, [](void* p) { pcre2_code_free(static_cast<pcre2_code*>(p)); });
}

std::optional<Pattern::Match> Pattern::find(std::string_view text, std::size_t from) const {
  if (text.size() > kLongest) return std::nullopt;
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_context, MatchFree> context(
      pcre2_match_context_create(nullptr));
  const std::unique_ptr<pcre2_match_data, MatchFree> data(
      pcre2_match_data_create_from_pattern(code, nullptr));
  if (context == nullptr || data == nullptr) throw std::bad_alloc();
  std::int64_t steps = 0;
  pcre2_set_callout(context.get(), count_step, &steps);
  pcre2_set_heap_limit(context.get(), kHeapKilobytes);
  const int result = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                                 0, data.get(), context.get());
  if (result == PCRE2_ERROR_NOMATCH) return Match{};
  if (result < 0) return std::nullopt;
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data.get());
  return Match{offsets[0], offsets[1]};
}

}  // namespace hone::rewards
