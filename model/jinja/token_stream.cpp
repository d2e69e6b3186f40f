#include "model/error.h"
#include "model/jinja/parser.h"

namespace hone::model::jinja {
namespace {

constexpr int kMaxLevels = 300;

}  // namespace

void TokenStream::expect_operator(std::string_view text) {
  if (!skip_operator(text)) fail_here(std::string(text));
}
void TokenStream::expect_name(std::string_view text) {
  if (!skip_name(text)) fail_here(std::string(text));
}
void TokenStream::expect(Token::Kind kind, const std::string& what) {
  if (!is(kind)) fail_here(what);
  take();
}
std::string TokenStream::name() {
  if (!is(Token::Kind::kName)) fail_here("a name");
  return take().text;
}
void TokenStream::fail(int line, const std::string& problem) const {
  throw DataError(place_ + ":" + std::to_string(line), problem);
}
void TokenStream::fail_here(const std::string& expected) const {
  const std::string& got = current().text;
  throw DataError(place_ + ":" + std::to_string(current().line), expected,
                  is(Token::Kind::kEnd) ? "the end" : (got.empty() ? "the tag's end" : got));
}

Level::Level(int& level, const TokenStream& tokens) : level_(level) {
  if (level >= kMaxLevels) {
    tokens.fail(tokens.current().line, "is nested too deeply");
  }
  ++level_;
}

}  // namespace hone::model::jinja
