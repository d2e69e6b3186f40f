#include "rewards/math/boxes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "rewards/math/braces.h"
#include "rewards/math/environment.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

constexpr auto kNoBox = std::string_view::npos;
constexpr std::array<std::string_view, 2> kCommands = {"\\boxed", "\\fbox"};

struct Box {
  std::size_t begin = 0, end = 0;  // of the command and its braces
  std::string_view content;
  bool closed = false;
};

/// The last box before `limit`.
std::optional<Box> last_box_before(std::string_view text, std::size_t limit) {
  std::size_t begin = kNoBox, size = 0;
  for (const std::string_view command : kCommands) {
    const std::size_t at = find_last(text.substr(0, limit), command);
    if (at != kNoBox && (begin == kNoBox || at > begin)) {
      begin = at;
      size = command.size();
    }
  }
  if (begin == kNoBox) return std::nullopt;
  std::size_t open = begin + size;
  while (open < text.size() && is_space(text[open])) ++open;
  if (open >= text.size() || text[open] != '{') return Box{begin, open, {}, false};
  const std::size_t close = closing_brace(text, open + 1);
  if (close == kNoBox) return Box{begin, open, {}, false};
  return Box{begin, close + 1, trim(text.substr(open + 1, close - open - 1)), true};
}

bool separates(std::string_view between) {
  if (between.find_first_of(",;") != kNoBox) return true;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (const std::string_view word : {"and", "or"}) {
    for (std::size_t at = between.find(word); at != kNoBox; at = between.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at == 0 || !letter(between[at - 1])) && (end == between.size() || !letter(between[end])))
        return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Boxes> find_boxes(std::string_view text) {
  const auto last = last_box_before(text, text.size());
  if (!last) return std::nullopt;
  if (!last->closed) return Boxes{{}, last->end, false, false};
  std::size_t behind = last->end;
  while (behind < text.size() && (text[behind] == '$' || text[behind] == ' ')) ++behind;
  Boxes result{{}, last->end, true, percent_sign(text.substr(behind)) > 0};
  std::vector<std::string_view> contents{last->content};
  std::size_t begin = last->begin;
  while (contents.size() < 32) {
    const auto box = last_box_before(text, begin);
    if (!box || !box->closed || box->end > begin) break;
    const std::string_view between = text.substr(box->end, begin - box->end);
    const bool joined =
        between.size() < 10 ||
        (between.size() < 70 && box->content != contents.back() && separates(between));
    if (!joined) break;
    if (box->content != contents.back()) contents.push_back(box->content);
    begin = box->begin;
  }
  for (auto content = contents.rbegin(); content != contents.rend(); ++content) {
    result.content += (result.content.empty() ? "" : ",") + std::string(*content);
  }
  return result;
}

}  // namespace hone::rewards::math
