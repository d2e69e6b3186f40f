#include "tools/terminal_text.h"

#include <catch2/catch.hpp>

using hone::tools::terminal_line;
using hone::tools::terminal_text;

TEST_CASE("nothing that a terminal would obey is left in a text") {
  CHECK(terminal_text("a\x1b[31mb\rc\x7f") == "a\\x1b[31mb\\x0dc\\x7f");
  CHECK(terminal_text("\xC2\x9B"
                      "31m") == "\\x9b31m");  // CSI in one character
  CHECK(terminal_text("a\xE2\x80\xAE"
                      "b") == "a\\u202eb");  // right to left
  CHECK(terminal_text("a\xFF"
                      "b") == "a\\xffb");  // no UTF-8
  CHECK(terminal_text(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(terminal_text("a\n\tb \xC3\xA9 \xE4\xBD\xA0") == "a\n\tb \xC3\xA9 \xE4\xBD\xA0");
}

TEST_CASE("a line is quoted, and cut between characters") {
  CHECK(terminal_line("a\nb", 10) == "\"a\\nb\"");
  CHECK(terminal_line("\xC3\xA9\xC3\xA9\xC3\xA9", 2) == "\"\xC3\xA9\xC3\xA9...\"");
  CHECK(terminal_line("abc", 3) == "\"abc\"");
  CHECK(terminal_line("", 3) == "\"\"");
}
