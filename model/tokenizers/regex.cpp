#include "model/tokenizers/regex.h"

#include "model/tokenizers/regex_parser.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

using StepKind = RegexStep::Kind;

/// True the first time that it is asked about a step at a position.
bool first_time(std::vector<std::uint64_t>& marks, std::size_t bit) {
  auto& word = marks[bit >> 6];
  const auto mask = std::uint64_t{1} << (bit & 63);
  if ((word & mask) != 0) return false;
  word |= mask;
  return true;
}

char32_t code_point_at(std::string_view text, std::size_t at) { return next_code_point(text, at); }

}  // namespace

Regex::Regex(const std::string& pattern, const std::string& place) {
  RegexProgram program = compile_regex(pattern, place);
  steps_ = std::move(program.steps);
  sets_ = std::move(program.sets);
  for (auto& step : steps_) {
    const bool marked = step.kind == StepKind::kSplit || step.kind == StepKind::kRun ||
                        step.kind == StepKind::kWholeRun;
    if (marked) step.mark = static_cast<std::int32_t>(marks_++);
  }
}

bool Regex::match_at(std::string_view text, std::size_t start, Scratch& scratch,
                     std::size_t& end) const {
  auto& choices = scratch.choices;
  choices.clear();
  std::int32_t pc = 0;
  std::size_t at = start;
  const auto before = [&](const RegexStep& step) {
    return at > 0 && sets_[step.set].contains(code_point_at(text, previous_start(text, at)));
  };
  const auto after = [&](const RegexStep& step) {
    return at < text.size() && sets_[step.set].contains(code_point_at(text, at));
  };
  for (;;) {
    const RegexStep& step = steps_[pc];
    bool good = true;
    ++pc;
    switch (step.kind) {
      case StepKind::kChar:
        good = at < text.size() && next_code_point(text, at) == step.code_point;
        break;
      case StepKind::kSet:
        good = at < text.size() && sets_[step.set].contains(next_code_point(text, at));
        break;
      case StepKind::kSplit:
        if (!first_time(scratch.marks, at * marks_ + step.mark)) {
          good = false;
        } else if (steps_[pc].kind == StepKind::kChar &&
                   (at == text.size() || code_point_at(text, at) != steps_[pc].code_point)) {
          pc = step.other;
        } else {
          choices.push_back({step.other, at, at});
        }
        break;
      case StepKind::kRun:
      case StepKind::kWholeRun: {
        // The same as a loop of kSplit and kSet, whose marks it sets one by one: where one is set
        // already, the rest of the run is known to lead nowhere.
        const auto& set = sets_[step.set];
        const std::size_t low = at;
        std::size_t last = at;
        bool open = true;
        for (;;) {
          open = first_time(scratch.marks, at * marks_ + step.mark);
          if (!open) break;
          last = at;
          if (at == text.size()) break;
          std::size_t next = at;
          if (!set.contains(next_code_point(text, next))) break;
          at = next;
        }
        good = open || (at > low && step.kind == StepKind::kRun);
        at = last;
        if (good && at > low && step.kind == StepKind::kRun) choices.push_back({pc, at, low});
        break;
      }
      case StepKind::kJump:
        pc = step.other;
        break;
      case StepKind::kAhead:
        good = after(step);
        break;
      case StepKind::kNotAhead:
        good = !after(step);
        break;
      case StepKind::kBehind:
        good = before(step);
        break;
      case StepKind::kNotBehind:
        good = !before(step);
        break;
      case StepKind::kLineStart:
        good = at == 0 || (text[at - 1] == '\n' && at < text.size());
        break;
      case StepKind::kLineEnd:
        good = at == text.size() || text[at] == '\n';
        break;
      case StepKind::kTextStart:
        good = at == 0;
        break;
      case StepKind::kTextEnd:
        good = at == text.size();
        break;
      case StepKind::kMatch:
        end = at;
        return true;
    }
    if (good) continue;
    if (choices.empty()) return false;
    auto& choice = choices.back();
    pc = choice.step;
    if (choice.low == choice.at) {  // a split's other way
      at = choice.at;
      choices.pop_back();
    } else {  // a run, shorter by one
      choice.at = at = previous_start(text, choice.at);
      if (choice.at == choice.low) choices.pop_back();
    }
  }
}

void Regex::find_all(std::string_view text, Scratch& scratch, std::vector<RegexMatch>& out) const {
  out.clear();
  scratch.marks.assign(((text.size() + 1) * marks_ + 63) / 64, 0);
  bool matched = false;
  std::size_t previous_end = 0;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t end = 0;
    const bool found = match_at(text, at, scratch, end);
    if (found && !(end == at && matched && previous_end == end)) {
      out.emplace_back(at, end);
      matched = true;
      previous_end = end;
      // What was marked on the way to the match did not fail; all of it lies before its end, or at
      // it.
      for (std::size_t bit = end * marks_; bit < (end + 1) * marks_; ++bit) {
        scratch.marks[bit >> 6] &= ~(std::uint64_t{1} << (bit & 63));
      }
      at = end;
      if (end > out.back().first) continue;
      // After an empty match the search goes on from the same place, which gives it again.
    }
    if (at == text.size()) break;
    next_code_point(text, at);
  }
}

}  // namespace hone::model
