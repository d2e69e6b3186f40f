#include "rewards/math/extract.h"

#include "rewards/math/braces.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kThinkOpen = kTags[0], kThinkClose = kTags[1];
constexpr std::string_view kAnswerOpen = kTags[2], kAnswerClose = kTags[3];
constexpr std::string_view kBoxed = "\\boxed";
constexpr auto kNotFound = std::string_view::npos;

/// Where the text's last `\boxed{` has its content, or npos.
std::size_t last_box_begin(std::string_view text) {
  for (auto at = text.rfind(kBoxed); at != kNotFound; at = text.rfind(kBoxed, at - 1)) {
    std::size_t brace = at + kBoxed.size();
    while (brace < text.size() && is_space(text[brace])) ++brace;
    if (brace < text.size() && text[brace] == '{') return brace + 1;
    if (at == 0) break;
  }
  return kNotFound;
}

Extracted found(std::string_view text) { return {Extracted::Kind::kFound, text, {}}; }
Extracted missing(std::string_view why) { return {Extracted::Kind::kMissing, {}, why}; }
Extracted broken(std::string_view why) { return {Extracted::Kind::kBroken, {}, why}; }

}  // namespace

bool opens_reasoning(std::string_view prompt) { return trim(prompt).ends_with(kThinkOpen); }

std::optional<std::string_view> reasoning_part(std::string_view completion, bool opened) {
  const auto close = find_last(completion, kThinkClose);
  if (close == kNotFound) return std::nullopt;
  const std::string_view before = completion.substr(0, close);
  if (opened) return before;
  const auto open = before.find(kThinkOpen);
  if (open == kNotFound) return std::nullopt;
  return before.substr(open + kThinkOpen.size());
}

std::string_view final_part(std::string_view completion, bool opened) {
  if (const auto close = find_last(completion, kThinkClose); close != kNotFound) {
    completion.remove_prefix(close + kThinkClose.size());
  } else if (opened) {
    return {};
  }
  return completion.substr(0, completion.find(kThinkOpen));
}

Extracted extract_tagged(std::string_view completion, bool opened) {
  const std::string_view text = final_part(completion, opened);
  const auto open = find_last(text, kAnswerOpen);
  if (open == kNotFound) return missing("no <answer> after the reasoning");
  const auto begin = open + kAnswerOpen.size();
  const auto close = text.find(kAnswerClose, begin);
  if (close == kNotFound) return broken("the last <answer> is never closed");
  return found(text.substr(begin, close - begin));
}

Extracted extract_boxed(std::string_view completion, bool opened) {
  const std::string_view text = final_part(completion, opened);
  const auto begin = last_box_begin(text);
  if (begin == kNotFound) return missing("no \\boxed{} after the reasoning");
  const auto close = closing_brace(text, begin);
  if (close == kNotFound) return broken("the last \\boxed{ is never closed");
  return found(text.substr(begin, close - begin));
}

Extracted extract_answer(std::string_view completion, bool opened) {
  const Extracted tagged = extract_tagged(completion, opened);
  if (tagged.kind != Extracted::Kind::kMissing) return tagged;
  const Extracted boxed = extract_boxed(completion, opened);
  if (boxed.kind != Extracted::Kind::kMissing) return boxed;
  return missing("no <answer> and no \\boxed{} after the reasoning");
}

}  // namespace hone::rewards
