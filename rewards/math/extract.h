#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace hone::rewards {

/// The tags of a completion, in their order.
constexpr std::array<std::string_view, 4> kTags = {"<think>", "</think>", "<answer>", "</answer>"};

/// Does the prompt end in `<think>`? Some chat templates open the reasoning so. Only the very end
/// counts: the tags that a prompt's instructions talk about are no tags of the answer.
bool opens_reasoning(std::string_view prompt);

/// The reasoning: from the first `<think>`, or from the start if the prompt `opened` it, to the
/// last
/// `</think>`; tags between them are left in it. Never opened or never closed: none.
std::optional<std::string_view> reasoning_part(std::string_view completion, bool opened);

/// What was found where an answer should be.
struct Extracted {
  enum class Kind { kFound, kMissing, kBroken };
  Kind kind = Kind::kMissing;
  std::string_view text;     // the answer, untrimmed; a view into the completion
  std::string_view problem;  // one line, where nothing was found
};

/// What a completion says after its reasoning: from the last `</think>` on, up to any `<think>`
/// that follows. A draft inside the reasoning is not an answer, nor is it where the prompt `opened`
/// the reasoning and nothing closes it.
std::string_view final_part(std::string_view completion, bool opened = false);

/// The last `<answer>..</answer>` of the final part. The last tag counts: if it is never closed, an
/// earlier answer does not stand in for it.
Extracted extract_tagged(std::string_view completion, bool opened = false);

/// The last `\boxed{..}` of the final part, with balanced braces. Never closed: broken.
Extracted extract_boxed(std::string_view completion, bool opened = false);

/// What the `answer` reward judges: the tagged answer, else, where there is no tag, the boxed one.
Extracted extract_answer(std::string_view completion, bool opened = false);

}  // namespace hone::rewards
