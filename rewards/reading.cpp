#include "rewards/reading.h"

#include <algorithm>
#include <vector>

#include "rewards/math/verify.h"
#include "rewards/text.h"
#include "rewards/unicode.h"

namespace hone::rewards {
namespace {

using Kind = Extracted::Kind;

constexpr std::size_t kReadingTail = std::size_t{1} << 16;  // what `math` looks at
constexpr std::string_view kHashes = "#### ";
constexpr auto kNoHash = std::string_view::npos;

FoundAnswer found_text(std::string text) { return {Kind::kFound, std::move(text), {}}; }
FoundAnswer nothing_found(std::string why) { return {Kind::kMissing, {}, std::move(why)}; }

FoundAnswer of_extracted(const Extracted& extracted) {
  return {extracted.kind, std::string(extracted.text), std::string(extracted.problem)};
}

FoundAnswer find_math(std::string_view completion, bool opened) {
  const Extracted tagged = extract_tagged(completion, opened);
  if (tagged.kind == Kind::kBroken) return of_extracted(tagged);
  std::string_view text =
      tagged.kind == Kind::kFound ? tagged.text : final_part(completion, opened);
  if (text.size() > kReadingTail) text.remove_prefix(text.size() - kReadingTail);
  math::Prediction prediction =
      math::read_prediction(text, math::LocateOptions{}, math::GoldType::kLatex);
  if (prediction.problem.empty()) return found_text(std::move(prediction.text));
  return nothing_found(std::move(prediction.problem));
}

bool in_number(char c) { return is_digit(c) || c == '.' || c == ',' || c == '$'; }

/// A run of digits, dots, commas and dollar signs as a number is written.
std::string plain(std::string_view run) {
  std::string number;
  for (const char c : run) {
    if (c != ',' && c != '$') number += c;
  }
  while (number.ends_with('.')) number.pop_back();
  const std::size_t dots = std::min(number.find_first_not_of('.'), number.size());
  if (dots > 1) number.erase(0, dots);
  return number;
}

FoundAnswer find_last_number(std::string_view text) {
  const auto last = std::find_if(text.rbegin(), text.rend(), is_digit);
  if (last == text.rend()) return nothing_found("no number after the reasoning");
  std::size_t end = static_cast<std::size_t>(last.base() - text.begin());
  std::size_t begin = end;
  while (begin > 0 && in_number(text[begin - 1])) --begin;
  while (end < text.size() && in_number(text[end])) ++end;
  const bool negative = begin > 0 && text[begin - 1] == '-';
  return found_text((negative ? "-" : "") + plain(text.substr(begin, end - begin)));
}

FoundAnswer find_hash(std::string_view text) {
  for (std::size_t at = text.find(kHashes); at != kNoHash; at = text.find(kHashes, at + 1)) {
    std::string_view rest = text.substr(at + kHashes.size());
    const bool negative = rest.starts_with('-');
    if (negative) rest.remove_prefix(1);
    const std::string_view run = rest.substr(0, rest.find_first_not_of("0123456789.,"));
    if (std::any_of(run.begin(), run.end(), is_digit)) {
      return found_text((negative ? "-" : "") + plain(run));
    }
  }
  return nothing_found("no \"#### \" with a number after the reasoning");
}

/// Takes a text apart into words in lower case. A dot between digits is part of a number, a comma
/// between digits says nothing; of scripts that put no space between words, each letter is one.
std::vector<std::string> spoken_words(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;  // the last word may go on
  const auto digit_at = [&](std::size_t i) { return i < text.size() && is_digit(text[i]); };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const CodePoint c = next_code_point(text, at);
    const bool between = open && from > 0 && digit_at(from - 1) && digit_at(at);
    if (between && c == ',') continue;
    const Script script = c == kBroken ? kNoScript : script_of(c);
    const bool letter =
        script != kNoScript || (c != kBroken && is_mark(c)) || (between && c == '.');
    if (!letter) {
      open = false;
      continue;
    }
    if (!open || stands_alone(script)) words.emplace_back();
    open = !stands_alone(script);
    const CodePoint lower = lower_case(c);
    // A number of its own for each letter: words are compared, never shown.
    for (int shift = 0; shift < 24; shift += 8) {
      words.back() += static_cast<char>((lower >> shift) & 0xFF);
    }
  }
  return words;
}

FoundAnswer find_mentioned(std::string_view text, std::string_view reference) {
  if (mentions(text, reference)) return found_text(std::string(trim(reference)));
  return nothing_found("the reference answer is not mentioned");
}

class ReadingReward final : public Reward {
 public:
  ReadingReward(std::unique_ptr<Reward> judge, Reading reading)
      : judge_(std::move(judge)), reading_(reading) {}

  Score score(const Sample& sample) const override {
    const bool mentioned = reading_ == Reading::kMentioned;
    if (mentioned && spoken_words(sample.answer).empty()) {
      return {0, Status::kAbstain, "the problem has no reference answer with a word in it"};
    }
    const FoundAnswer answer =
        find_answer(reading_, sample.completion, sample.answer, opens_reasoning(sample.prompt));
    if (answer.kind != Kind::kFound) {
      const bool wrong = mentioned && answer.kind == Kind::kMissing;
      return {0, wrong ? Status::kWrong : Status::kMalformed, answer.problem};
    }
    const std::string tagged = std::string(kTags[2]) + answer.text + std::string(kTags[3]);
    Sample read = sample;
    read.prompt = {};  // its reasoning is over
    read.completion = tagged;
    return judge_->score(read);
  }

  bool runs_programs() const override { return judge_->runs_programs(); }

 private:
  std::unique_ptr<Reward> judge_;
  Reading reading_;
};

}  // namespace

std::string_view reading_name(Reading reading) {
  return enum_names(reading)[static_cast<std::size_t>(reading)];
}

std::optional<Reading> reading_by_name(std::string_view name) {
  constexpr auto kNames = enum_names(Reading{});
  const auto* const at = std::find(kNames.begin(), kNames.end(), name);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<Reading>(at - kNames.begin());
}

std::string reading_names() {
  std::string names;
  for (const std::string_view name : enum_names(Reading{})) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names;
}

FoundAnswer find_answer(Reading reading, std::string_view completion, std::string_view reference,
                        bool opened) {
  switch (reading) {
    case Reading::kAuto:
      break;
    case Reading::kTagged:
      return of_extracted(extract_tagged(completion, opened));
    case Reading::kBoxed:
      return of_extracted(extract_boxed(completion, opened));
    case Reading::kMath:
      return find_math(completion, opened);
    case Reading::kLastNumber:
      return find_last_number(final_part(completion, opened));
    case Reading::kHash:
      return find_hash(final_part(completion, opened));
    case Reading::kMentioned:
      return find_mentioned(final_part(completion, opened), reference);
  }
  return of_extracted(extract_answer(completion, opened));
}

bool mentions(std::string_view text, std::string_view words) {
  const std::vector<std::string> wanted = spoken_words(words);
  if (wanted.empty()) return false;
  const std::vector<std::string> there = spoken_words(text);
  return std::search(there.begin(), there.end(), wanted.begin(), wanted.end()) != there.end();
}

std::unique_ptr<Reward> with_reading(std::unique_ptr<Reward> judge, Reading reading) {
  if (reading == Reading::kAuto) return judge;
  return std::make_unique<ReadingReward>(std::move(judge), reading);
}

}  // namespace hone::rewards
