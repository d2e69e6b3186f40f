#include "model/tokenizers/regex_parser.h"

#include <algorithm>
#include <optional>

#include "model/error.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

using StepKind = RegexStep::Kind;

constexpr int kMaxGroupDepth = 50;
constexpr int kMaxCopies = 1000;
constexpr std::size_t kMaxSteps = 10000, kMaxSets = 100;

/// A part of a pattern.
struct Node {
  enum class Kind { kStep, kSequence, kChoice, kRepeat };
  Kind kind = Kind::kSequence;
  RegexStep step{};              // kStep
  std::vector<Node> children{};  // one of kRepeat
  int low = 0, high = 0;         // kRepeat; high -1: any number
  bool lazy = false, possessive = false;
};

class Parser {
 public:
  Parser(const std::string& pattern, const std::string& place)
      : pattern_(pattern), place_(place + ": pattern \"" + pattern + "\"") {
    if (!is_utf8(pattern)) fail("is not UTF-8");
  }

  RegexProgram program() {
    const Node root = alternatives(0);
    if (!done()) fail("has a ) too many");
    emit(root);
    push(StepKind::kMatch);
    return std::move(program_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const { throw DataError(place_, problem); }
  [[noreturn]] void unknown(const std::string& what) const {
    fail("is not supported because of " + what);
  }

  bool done() const { return at_ == pattern_.size(); }
  bool looking_at(std::string_view text) const {
    return std::string_view(pattern_).substr(at_).starts_with(text);
  }
  bool skip(std::string_view text) {
    if (!looking_at(text)) return false;
    at_ += text.size();
    return true;
  }
  char32_t next() {
    if (done()) fail("ends too early");
    return next_code_point(pattern_, at_);
  }

  // ---- sets

  std::int32_t keep_set(CodePointSet set) {
    const auto known = std::find(program_.sets.begin(), program_.sets.end(), set);
    if (known != program_.sets.end()) {
      return static_cast<std::int32_t>(known - program_.sets.begin());
    }
    if (program_.sets.size() == kMaxSets) fail("has too many sets of characters");
    program_.sets.push_back(std::move(set));
    return static_cast<std::int32_t>(program_.sets.size()) - 1;
  }

  /// The set of a single-letter class such as \s, or of \p{...}; none for other escapes. `c` stands
  /// behind the backslash.
  std::optional<CodePointSet> class_escape(char32_t c) {
    CodePointSet set;
    switch (c) {
      case 's':
      case 'S':
        set = white_space_set();
        break;
      case 'w':
      case 'W':
        set = word_set();
        break;
      case 'd':
      case 'D':
        set = property_set("Nd");
        break;
      case 'h':
      case 'H':
        set.add('0', '9').add('a', 'f').add('A', 'F');
        break;
      case 'p':
      case 'P':
        set = property();
        break;
      default:
        return std::nullopt;
    }
    if (c >= 'A' && c <= 'Z') set.invert();
    return set;
  }

  CodePointSet property() {
    if (!skip("{")) unknown("\\p without {}");
    const bool inverted = skip("^");
    const auto end = pattern_.find('}', at_);
    if (end == std::string::npos) fail("ends within \\p{");
    const std::string name = pattern_.substr(at_, end - at_);
    at_ = end + 1;
    CodePointSet set;
    // Oniguruma's own meaning of POSIX names ("Punct", "Word") is not Unicode's.
    const bool known = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    });
    if (known && name != "Punct" && name != "Word" && name != "Graph" && name != "Print") {
      set = property_set(name);
    }
    if (set.empty()) unknown("\\p{" + name + "}");
    return inverted ? set.invert() : set;
  }

  /// The character of an escape that is not a class.
  char32_t literal_escape(char32_t c) {
    switch (c) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'f':
        return '\f';
      case 'v':
        return '\v';
      case 'a':
        return '\a';
      case 'e':
        return 0x1b;
      case 'x':
        return hex(skip("{") ? -1 : 2);
      case 'u':
        return hex(4);
      default:
        break;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) unknown("\\" + std::string(1, static_cast<char>(c)));
    return c;
  }

  /// A code point in hexadecimal: so many digits, or with -1 up to a brace.
  char32_t hex(int digits) {
    char32_t value = 0;
    int read = 0;
    for (; read != digits && read < 7; ++read) {
      if (digits < 0 && skip("}")) break;
      const char32_t c = next();
      if (c >= '0' && c <= '9')
        value = value * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f')
        value = value * 16 + (c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        value = value * 16 + (c - 'A' + 10);
      else
        fail("has no number behind \\x or \\u");
    }
    if (read == 0 || read == 7 || value >= CodePointSet::kEnd) fail("has no character's number");
    return value;
  }

  /// [...], from behind the bracket to behind the closing one.
  CodePointSet bracket(int depth) {
    if (depth > kMaxGroupDepth) fail("is nested too deeply");
    const bool inverted = skip("^");
    CodePointSet set;
    std::optional<CodePointSet> left;  // of &&
    const auto finish_side = [&] {
      if (left) set.keep(*left);
    };
    for (bool first = true;; first = false) {
      if (!first && skip("]")) break;
      if (skip("&&")) {
        finish_side();
        left = std::exchange(set, CodePointSet());
        continue;
      }
      if (looking_at("[:")) unknown("[:");
      if (skip("[")) {
        set.add(bracket(depth + 1));
        continue;
      }
      char32_t c = next();
      if (c == '\\') {
        const char32_t escaped = next();
        if (const auto members = class_escape(escaped)) {
          set.add(*members);
          continue;
        }
        c = escaped == 'b' ? '\b' : literal_escape(escaped);
      }
      char32_t last = c;
      if (looking_at("-") && !looking_at("-]")) {
        ++at_;
        last = next();
        if (last == '[') unknown("a range up to [");
        if (last == '\\') {
          const char32_t escaped = next();
          if (class_escape(escaped)) unknown("a range up to a class");
          last = literal_escape(escaped);
        }
        if (last < c) fail("has an empty range");
      }
      set.add(c, last);
    }
    finish_side();
    if (ignore_case_) set.close_over_case();
    return inverted ? set.invert() : set;
  }

  // ---- structure

  Node alternatives(int depth) {
    if (depth > kMaxGroupDepth) fail("is nested too deeply");
    Node choice{.kind = Node::Kind::kChoice};
    choice.children.push_back(sequence(depth));
    while (skip("|")) choice.children.push_back(sequence(depth));
    return choice;
  }

  Node sequence(int depth) {
    Node out{.kind = Node::Kind::kSequence};
    while (!done() && !looking_at("|") && !looking_at(")")) {
      Node item = atom(depth);
      while (quantifier(item)) {
      }
      out.children.push_back(std::move(item));
    }
    return out;
  }

  Node step(StepKind kind, char32_t c = 0, std::int32_t set = -1) const {
    return {.kind = Node::Kind::kStep, .step = {.kind = kind, .code_point = c, .set = set}};
  }
  Node set_step(CodePointSet set) { return step(StepKind::kSet, 0, keep_set(std::move(set))); }

  Node atom(int depth) {
    const char32_t c = next();
    switch (c) {
      case '(':
        return group(depth);
      case '[':
        return set_step(bracket(0));
      case '.': {
        CodePointSet newline;
        return set_step(newline.add('\n', '\n').invert());
      }
      case '^':
        return step(StepKind::kLineStart);
      case '$':
        return step(StepKind::kLineEnd);
      case '*':
      case '+':
      case '?':
        fail("repeats nothing");
      case '\\': {
        const char32_t escaped = next();
        if (escaped == 'A') return step(StepKind::kTextStart);
        if (escaped == 'z') return step(StepKind::kTextEnd);
        if (auto set = class_escape(escaped)) return set_step(std::move(*set));
        return literal(literal_escape(escaped));
      }
      default:
        return literal(c);
    }
  }

  Node literal(char32_t c) {
    if (!ignore_case_) return step(StepKind::kChar, c);
    CodePointSet set;
    return set_step(set.add(c, c).close_over_case());
  }

  Node group(int depth) {
    const bool outer = ignore_case_;
    Node inner;
    if (skip("?="))
      inner = look(depth, StepKind::kAhead);
    else if (skip("?!"))
      inner = look(depth, StepKind::kNotAhead);
    else if (skip("?<="))
      inner = look(depth, StepKind::kBehind);
    else if (skip("?<!"))
      inner = look(depth, StepKind::kNotBehind);
    else {
      if (skip("?i:"))
        ignore_case_ = true;
      else if (!skip("?:") && looking_at("?"))
        unknown("(" + pattern_.substr(at_, 3));
      inner = alternatives(depth + 1);
    }
    ignore_case_ = outer;
    if (!skip(")")) fail("has a ( too many");
    return inner;
  }

  /// A look-around: of one character.
  Node look(int depth, StepKind kind) {
    Node body = alternatives(depth + 1);
    while (body.kind != Node::Kind::kStep && body.children.size() == 1 &&
           body.kind != Node::Kind::kRepeat) {
      Node child = std::move(body.children[0]);
      body = std::move(child);
    }
    if (body.kind == Node::Kind::kStep && body.step.kind == StepKind::kChar) {
      CodePointSet set;
      body = set_step(set.add(body.step.code_point, body.step.code_point));
    }
    if (body.kind != Node::Kind::kStep || body.step.kind != StepKind::kSet) {
      unknown("a look-around of more than one character");
    }
    return step(kind, 0, body.step.set);
  }

  bool quantifier(Node& item) {
    int low = 0, high = -1;
    const std::size_t before = at_;
    bool braces = false;
    if (skip("*")) {
    } else if (skip("+")) {
      low = 1;
    } else if (skip("?")) {
      high = 1;
    } else if (skip("{")) {
      braces = true;
      const auto first = number();
      const bool comma = skip(",");
      const auto second = comma ? number() : first;
      if (!skip("}") || (!first && !second)) {
        at_ = before;  // a plain brace
        return false;
      }
      low = first.value_or(0);
      high = second.value_or(-1);
      if (high >= 0 && high < low) unknown("{n,m} with n above m");
    } else {
      return false;
    }
    Node repeat{.kind = Node::Kind::kRepeat, .low = low, .high = high};
    if (skip("?")) {
      if (braces && low == high) unknown("{n}?");
      repeat.lazy = true;
    } else if (looking_at("+")) {
      if (braces) unknown("{}+");
      ++at_;
      repeat.possessive = true;
    }
    repeat.children.push_back(std::move(item));
    item = std::move(repeat);
    return true;
  }

  std::optional<int> number() {
    int value = 0;
    const std::size_t start = at_;
    while (!done() && pattern_[at_] >= '0' && pattern_[at_] <= '9') {
      value = value * 10 + (pattern_[at_++] - '0');
      if (value > kMaxCopies) fail("repeats more than " + std::to_string(kMaxCopies) + " times");
    }
    if (at_ == start) return std::nullopt;
    return value;
  }

  // ---- steps

  std::int32_t here() const { return static_cast<std::int32_t>(program_.steps.size()); }
  std::int32_t push(StepKind kind, char32_t c = 0, std::int32_t set = -1) {
    if (program_.steps.size() == kMaxSteps) fail("is too long");
    program_.steps.push_back({.kind = kind, .code_point = c, .set = set});
    return here() - 1;
  }

  void emit(const Node& node) {
    // Steps alone do not count copies of what is empty.
    if (++parts_ > kMaxSteps) fail("is too long");
    switch (node.kind) {
      case Node::Kind::kStep:
        push(node.step.kind, node.step.code_point, node.step.set);
        return;
      case Node::Kind::kSequence:
        for (const auto& child : node.children) emit(child);
        return;
      case Node::Kind::kChoice:
        emit_choice(node);
        return;
      case Node::Kind::kRepeat:
        emit_repeat(node);
        return;
    }
  }

  void emit_choice(const Node& node) {
    std::vector<std::int32_t> jumps;
    for (std::size_t i = 0; i + 1 < node.children.size(); ++i) {
      const auto split = push(StepKind::kSplit);
      emit(node.children[i]);
      jumps.push_back(push(StepKind::kJump));
      program_.steps[split].other = here();
    }
    emit(node.children.back());
    for (const auto jump : jumps) program_.steps[jump].other = here();
  }

  void emit_repeat(const Node& node) {
    const Node& body = node.children[0];
    for (int i = 0; i < node.low; ++i) emit(body);
    const bool one = body.kind == Node::Kind::kStep &&
                     (body.step.kind == StepKind::kSet || body.step.kind == StepKind::kChar);
    if (node.possessive && !one) unknown("a possessive group");
    if (node.possessive && node.high == 1) {
      emit_possessive_option(body);
    } else if (node.high < 0 && one && !node.lazy) {
      push(node.possessive ? StepKind::kWholeRun : StepKind::kRun, 0, set_of(body));
    } else if (node.high < 0) {
      emit_loop(body, node.lazy);
    } else {
      std::vector<std::int32_t> exits;
      for (int i = node.low; i < node.high; ++i) exits.push_back(emit_option(body, node.lazy));
      for (const auto way_out : exits) program_.steps[way_out].other = here();
    }
  }

  std::int32_t set_of(const Node& one) {
    if (one.step.kind == StepKind::kSet) return one.step.set;
    CodePointSet set;
    return keep_set(set.add(one.step.code_point, one.step.code_point));
  }

  /// Either the character, or where it does not come next, nothing: x?+.
  void emit_possessive_option(const Node& body) {
    const auto set = set_of(body);
    const auto split = push(StepKind::kSplit);
    push(StepKind::kSet, 0, set);
    const auto jump = push(StepKind::kJump);
    program_.steps[split].other = here();
    push(StepKind::kNotAhead, 0, set);
    program_.steps[jump].other = here();
  }

  /// A body that may be passed over; lazily that comes first. The way past it is still to be set.
  std::int32_t emit_option(const Node& body, bool lazy) {
    const auto split = push(StepKind::kSplit);
    if (lazy) {
      const auto jump = push(StepKind::kJump);
      program_.steps[split].other = here();
      emit(body);
      return jump;
    }
    emit(body);
    return split;
  }

  void emit_loop(const Node& body, bool lazy) {
    const auto start = here();
    const auto way_out = emit_option(body, lazy);
    const auto back = push(StepKind::kJump);
    program_.steps[back].other = start;
    program_.steps[way_out].other = here();
  }

  const std::string pattern_;
  const std::string place_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  std::size_t parts_ = 0;  // emitted
  RegexProgram program_;
};

}  // namespace

RegexProgram compile_regex(const std::string& pattern, const std::string& place) {
  return Parser(pattern, place).program();
}

}  // namespace hone::model
