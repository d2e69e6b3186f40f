#include <algorithm>
#include <utility>

#include "model/jinja/parser.h"

namespace hone::model::jinja {
namespace {

using StatementKind = Statement::Kind;
using Made = std::unique_ptr<Statement>;

class StatementParser {
 public:
  StatementParser(std::string_view source, const std::string& place)
      : tokens_(tokenize(source, place), place), expressions_(tokens_, level_) {}

  Body run() { return body({}); }

 private:
  /// Up to a tag that is one of `ends`, whose name is left to be taken.
  Body body(std::initializer_list<std::string_view> ends) {
    const Level level(level_, tokens_);
    Body result;
    const int begun = tokens_.current().line;
    while (!tokens_.is(Token::Kind::kEnd)) {
      const int line = tokens_.current().line;
      if (tokens_.is(Token::Kind::kText)) {
        Made text = made(StatementKind::kText, line);
        text->text = tokens_.take().text;
        result.push_back(std::move(text));
      } else if (tokens_.is(Token::Kind::kOutputBegin)) {
        tokens_.take();
        Made output = made(StatementKind::kOutput, line);
        output->expressions.push_back(without_safe(expressions_.tuple()));
        tokens_.expect(Token::Kind::kOutputEnd, "}}");
        result.push_back(std::move(output));
      } else {
        tokens_.expect(Token::Kind::kBlockBegin, "a tag");
        const bool ended = std::any_of(ends.begin(), ends.end(),
                                       [&](std::string_view end) { return tokens_.is_name(end); });
        if (ended) return result;
        result.push_back(statement());
        tokens_.expect(Token::Kind::kBlockEnd, "%}");
      }
    }
    if (ends.size() > 0) {
      tokens_.fail(begun, "a block that is not closed by " + std::string(*(ends.end() - 1)));
    }
    return result;
  }

  /// The end of a block's first tag, its body, and the name of the tag that ends it.
  Body block(std::initializer_list<std::string_view> ends, std::string& end) {
    tokens_.skip_operator(":");
    tokens_.expect(Token::Kind::kBlockEnd, "%}");
    Body result = body(ends);
    end = tokens_.name();
    return result;
  }
  Body block(std::string_view end) {
    std::string ignored;
    return block({end}, ignored);
  }

  static Made made(StatementKind kind, int line) {
    Made result = std::make_unique<Statement>();
    result->kind = kind;
    result->line = line;
    return result;
  }

  /// Nothing is escaped, so that `safe` does nothing to what is printed.
  static ExpressionPtr without_safe(ExpressionPtr node) {
    const bool safe = node->kind == Expression::Kind::kFilter && node->text == "safe";
    return safe ? std::move(node->parts.front()) : std::move(node);
  }

  Made statement() {
    const int line = tokens_.current().line;
    const std::string name = tokens_.name();
    if (name == "if") return if_statement(line);
    if (name == "for") return for_statement(line);
    if (name == "set") return set_statement(line);
    if (name == "macro") return macro_statement(line);
    if (name == "with") return with_statement(line);
    if (name == "filter") return filter_statement(line);
    if (name == "print") tokens_.fail(line, "the tag \"print\" is not supported");
    if (name == "generation") {
      Made result = made(StatementKind::kScope, line);
      result->bodies.push_back(block("endgeneration"));
      return result;
    }
    if (name == "break" || name == "continue") {
      if (loops_ == 0) tokens_.fail(line, "\"" + name + "\" outside of a loop");
      return made(name == "break" ? StatementKind::kBreak : StatementKind::kContinue, line);
    }
    tokens_.fail(line, "the tag \"" + name + "\" is not supported");
  }

  Made if_statement(int line) {
    Made result = made(StatementKind::kIf, line);
    std::string end = "elif";
    while (end == "elif") {
      result->expressions.push_back(expressions_.tuple(false));
      result->bodies.push_back(block({"elif", "else", "endif"}, end));
    }
    if (end == "else") result->bodies.push_back(block("endif"));
    return result;
  }

  Made for_statement(int line) {
    Made result = made(StatementKind::kFor, line);
    result->expressions.push_back(expressions_.target("in"));
    tokens_.expect_name("in");
    result->expressions.push_back(expressions_.tuple(false, "recursive"));
    result->expressions.push_back(tokens_.skip_name("if") ? expressions_.expression() : nullptr);
    if (tokens_.is_name("recursive")) tokens_.fail(line, "a recursive loop is not supported");
    std::string end;
    ++loops_;
    result->bodies.push_back(block({"else", "endfor"}, end));
    --loops_;
    result->bodies.push_back(end == "else" ? block("endfor") : Body());
    return result;
  }

  Made set_statement(int line) {
    ExpressionPtr target = expressions_.target();
    const bool assigned = tokens_.skip_operator("=");
    Made result = made(assigned ? StatementKind::kSet : StatementKind::kSetBlock, line);
    result->expressions.push_back(std::move(target));
    result->expressions.push_back(assigned ? expressions_.tuple()
                                           : expressions_.block_filter(false));
    if (!assigned) result->bodies.push_back(own_loops([&] { return block("endset"); }));
    return result;
  }

  Made macro_statement(int line) {
    Made result = made(StatementKind::kMacro, line);
    result->text = tokens_.name();
    tokens_.expect_operator("(");
    while (!tokens_.is_operator(")")) {
      result->names.push_back(tokens_.name());
      if (tokens_.skip_operator("=")) {
        result->expressions.push_back(expressions_.expression());
      } else if (!result->expressions.empty()) {
        tokens_.fail_here("a default");
      }
      if (!tokens_.skip_operator(",")) break;
    }
    tokens_.expect_operator(")");
    result->bodies.push_back(own_loops([&] { return block("endmacro"); }));
    return result;
  }

  Made with_statement(int line) {
    Made result = made(StatementKind::kScope, line);
    while (!tokens_.is(Token::Kind::kBlockEnd)) {
      if (!result->names.empty()) tokens_.expect_operator(",");
      result->names.push_back(tokens_.name());
      tokens_.expect_operator("=");
      result->expressions.push_back(expressions_.expression());
    }
    result->bodies.push_back(block("endwith"));
    return result;
  }

  Made filter_statement(int line) {
    Made result = made(StatementKind::kFilter, line);
    result->expressions.push_back(expressions_.block_filter(true));
    result->bodies.push_back(own_loops([&] { return block("endfilter"); }));
    return result;
  }

  /// A loop outside cannot be left from here.
  template <class F>
  Body own_loops(F read) {
    const int outside = std::exchange(loops_, 0);
    Body result = read();
    loops_ = outside;
    return result;
  }

  int level_ = 0;
  int loops_ = 0;
  TokenStream tokens_;
  ExpressionParser expressions_;
};

}  // namespace

Body parse(std::string_view source, const std::string& place) {
  return StatementParser(source, place).run();
}

}  // namespace hone::model::jinja
