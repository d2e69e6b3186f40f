#include "rewards/math/locate.h"

#include <algorithm>

#include "rewards/math/boxes.h"
#include "rewards/math/environment.h"
#include "rewards/math/parser.h"
#include "rewards/math/plain_number.h"
#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

constexpr auto kNoAnchor = std::string_view::npos;
constexpr int kMaxAttempts = 32;  // at what cannot be read, before a text is given up

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// What is after the last of more than two equal signs, unless it is a list.
std::string_view last_side(std::string_view text) {
  if (text.find_first_of(",;") != kNoAnchor) return text;
  std::size_t count = 0, last = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '=' || std::string_view("\\<!>").find(text[i - 1]) != kNoAnchor) continue;
    ++count;
    last = i + 1;
  }
  return count >= 2 ? text.substr(last) : text;
}

class Locator {
 public:
  Locator(std::string_view text, const LocateOptions& options, Budget& budget)
      : text_(text), options_(options), budget_(budget) {}

  std::optional<Located> run(std::string_view& problem) {
    if (options_.boxed_match_priority >= 0 && (options_.latex || options_.string)) {
      boxes_ = find_boxes(text_);
      if (boxes_ && !boxes_->closed) {
        problem = "the last \\boxed{ is never closed";
        return std::nullopt;
      }
    }
    const bool box_first = boxes_ && options_.boxed_match_priority == 0;
    if (box_first && text_.find("hope", boxes_->end) == kNoAnchor) return box();
    lower_ = lower_case(text_);
    if (try_hopeful()) return result_;
    if (box_first) return box();
    if (try_anchors("final answer", true)) return result_;
    if (boxes_) return box();
    if (try_anchors("answer:", false) || try_anchors("answer", false)) return result_;
    if (try_start() || try_anywhere()) return result_;
    if (first_) return first_;
    problem = "nothing that could be an answer";
    return std::nullopt;
  }

 private:
  struct Candidate {
    std::size_t begin = 0, end = 0;
    const std::vector<Environment>* formulas = nullptr;
    const PlainNumber* number = nullptr;
    char choice = 0;
  };

  void prepare() {
    if (prepared_) return;
    prepared_ = true;
    if (options_.latex) environments_ = find_environments(text_);
    if (options_.expr) numbers_ = find_numbers(text_);
    for (const auto& group : environments_)
      candidates_.push_back({group.front().begin, group.back().end, &group, nullptr, 0});
    for (const PlainNumber& number : numbers_)
      candidates_.push_back({number.begin, number.end, nullptr, &number, 0});
    if (options_.string) find_choices();
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.begin < b.begin; });
  }

  /// A letter from A to D by itself.
  void find_choices() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] < 'A' || text_[i] > 'D') continue;
      std::size_t before = i, after = i + 1;
      while (before > 0 && (text_[before - 1] == '*' || text_[before - 1] == '(')) --before;
      while (after < text_.size() && (text_[after] == '*' || text_[after] == ')')) ++after;
      const bool starts = before == 0 || is_space(text_[before - 1]);
      const bool ends = after == text_.size() || is_space(text_[after]) ||
                        std::string_view(".,:").find(text_[after]) != kNoAnchor;
      if (starts && ends) candidates_.push_back({i, i + 1, nullptr, nullptr, text_[i]});
    }
  }

  void remember(Located&& found) {
    if (!first_) first_ = std::move(found);
  }

  bool accept(Located&& found) {
    if (found.expr) {
      result_ = std::move(found);
      return true;
    }
    remember(std::move(found));
    return false;
  }

  /// The box is the answer, also where it cannot be read: nothing else stands in for it.
  Located box() {
    Located found = read_formula(boxes_->content, budget_);
    if (found.expr && boxes_->percent) found.expr = make(Kind::kPercent, {found.expr});
    return found;
  }

  Located read_number(const PlainNumber& number) {
    Located found = read_formula(number.text, budget_);
    if (found.expr && number.percent) found.expr = make(Kind::kPercent, {found.expr});
    return found;
  }

  /// "5 or 7" is no way to say 5: numbers that an "or" joins are a list.
  Located with_alternatives(const PlainNumber* number, Located found) {
    const PlainNumber* const first = numbers_.data();
    const PlainNumber* const last = first + numbers_.size();
    const auto joined = [&](const PlainNumber& a, const PlainNumber& b) {
      if (b.begin < a.end) return false;
      std::string_view between = trim(std::string_view(lower_).substr(a.end, b.begin - a.end));
      if (between.starts_with(",")) between = trim(between.substr(1));
      return between == "or";
    };
    std::vector<Expr> all{found.expr};
    for (const PlainNumber* at = number; at != first && joined(at[-1], *at) && all.size() < 8;
         --at) {
      if (const Expr other = read_number(at[-1]).expr) all.push_back(other);
    }
    for (const PlainNumber* at = number; at + 1 != last && joined(*at, at[1]) && all.size() < 8;
         ++at) {
      if (const Expr other = read_number(at[1]).expr) all.push_back(other);
    }
    if (all.size() > 1) found.expr = make(Kind::kList, std::move(all), {}, kOr);
    return found;
  }

  bool attempt(const Candidate& candidate) {
    budget_.spend(20);
    if (candidate.choice != 0)
      return accept(
          {std::string(1, candidate.choice), symbol(std::string_view(&candidate.choice, 1)), ""});
    if (candidate.number != nullptr) {
      Located found = read_number(*candidate.number);
      if (found.expr) found = with_alternatives(candidate.number, std::move(found));
      return accept(std::move(found));
    }
    std::vector<Expr> parts;
    std::string text;
    for (const Environment& formula : *candidate.formulas) {
      Located found = read_formula(formula.inside, budget_);
      text += (text.empty() ? "" : ", ") + found.text;
      if (!found.expr) {
        if (candidate.formulas->size() > 1) continue;
        remember(std::move(found));
        return false;
      }
      parts.push_back(formula.percent ? make(Kind::kPercent, {found.expr}) : found.expr);
    }
    if (parts.size() == 1) return accept({text, parts[0], ""});
    if (parts.size() != candidate.formulas->size()) return false;
    std::vector<Expr> flat;
    for (const Expr& part : parts) {
      const bool list = part->is(Kind::kList) || part->is(Kind::kSet);
      if (list) {
        flat.insert(flat.end(), part->args.begin(), part->args.end());
      } else {
        flat.push_back(part);
      }
    }
    return accept({text, make(Kind::kList, std::move(flat)), ""});
  }

  /// The first candidate that begins in the window, and those that begin at the same place.
  bool try_window(std::size_t from, std::size_t reach, std::vector<const Candidate*>& out) const {
    const auto first =
        std::lower_bound(candidates_.begin(), candidates_.end(), from,
                         [](const Candidate& c, std::size_t at) { return c.begin < at; });
    for (auto at = first; at != candidates_.end() && at->begin <= from + reach; ++at) {
      if (at->number == nullptr || at == first || at->begin == first->begin) out.push_back(&*at);
      if (at->number == nullptr) break;
    }
    return !out.empty();
  }

  bool try_anchors(std::string_view anchor, bool final) {
    prepare();
    std::vector<const Candidate*> found;
    const std::string_view all(lower_);
    int anchors = 0;
    for (std::size_t at = all.rfind(anchor); at != kNoAnchor && ++anchors <= kMaxAttempts;
         at = at == 0 ? kNoAnchor : all.rfind(anchor, at - 1)) {
      std::size_t from = at + anchor.size();
      std::size_t reach = 50;
      std::string_view window = all.substr(from, 100);
      if (final) {
        const std::size_t is = std::min(window.find(" is"), window.find("\nis"));
        if (is == kNoAnchor) continue;
        from += is + 3;
        reach = 3;
      } else if (options_.expr) {
        // The value behind the last equal sign, as long as it is in the same line.
        window = window.substr(0, window.find('\n'));
        const std::size_t equals = window.rfind('=');
        std::vector<const Candidate*> behind;
        if (equals != kNoAnchor && try_window(from + equals + 1, 2, behind) &&
            behind.front()->number != nullptr) {
          found.insert(found.end(), behind.begin(), behind.end());
        }
      }
      try_window(from, reach, found);
    }
    return try_all(found);
  }

  /// "The final answer is X. I hope it is correct.", as prompts with examples ask for: it counts as
  /// a box does, so that the later one is the answer.
  bool try_hopeful() {
    const std::size_t hope = lower_.rfind("i hope");
    if (hope == kNoAnchor || (boxes_ && boxes_->end > hope)) return false;
    const std::size_t is = lower_.rfind("final answer is", hope);
    if (is == kNoAnchor) return false;
    prepare();
    std::vector<const Candidate*> found;
    try_window(is + 15, 4, found);
    std::erase_if(found, [&](const Candidate* candidate) {
      return candidate->end > hope || hope - candidate->end > 3;
    });
    return try_all(found);
  }

  bool try_all(std::vector<const Candidate*>& found) {
    std::stable_sort(found.begin(), found.end(), [](const Candidate* a, const Candidate* b) {
      return a->end != b->end ? a->end > b->end : a->begin < b->begin;
    });
    for (const Candidate* candidate : found) {
      if (++attempts_ > kMaxAttempts) return false;
      if (attempt(*candidate)) return true;
    }
    return false;
  }

  /// A letter at the very start: "A. Because B is wrong".
  bool try_start() {
    const bool letter = !candidates_.empty() && candidates_[0].choice != 0;
    return letter && trim(text_.substr(0, candidates_[0].begin)).size() <= 2 &&
           attempt(candidates_[0]);
  }

  bool try_anywhere() {
    std::vector<const Candidate*> found;
    for (const Candidate& candidate : candidates_) found.push_back(&candidate);
    return try_all(found);
  }

  std::string_view text_;
  std::string lower_;
  const LocateOptions& options_;
  Budget& budget_;
  bool prepared_ = false;
  int attempts_ = 0;
  std::optional<Boxes> boxes_;
  std::vector<std::vector<Environment>> environments_;
  std::vector<PlainNumber> numbers_;
  std::vector<Candidate> candidates_;
  std::optional<Located> result_, first_;
};

}  // namespace

Located read_formula(std::string_view text, Budget& budget) {
  Located found{std::string(trim(text)), nullptr, ""};
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      const std::string_view part =
          attempt == 0 ? std::string_view(found.text) : last_side(found.text);
      if (attempt == 1 && part.size() == found.text.size()) break;
      found.expr = parse(part, budget);
      break;
    } catch (const Unreadable& problem) {
      found.why = problem.why;
    }
  }
  return found;
}

std::optional<Located> locate(std::string_view text, const LocateOptions& options, Budget& budget,
                              std::string_view& problem) {
  return Locator(text, options, budget).run(problem);
}

}  // namespace hone::rewards::math
