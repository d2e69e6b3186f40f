#include "rewards/reflection.h"

#include <catch2/catch.hpp>
#include <string>

namespace hone::rewards {

TEST_CASE("words of self-correction are counted whole and in any case") {
  CHECK(count_reflection_words("") == 0);
  CHECK(count_reflection_words("3 + 4 = 7") == 0);
  CHECK(count_reflection_words("wait") == 1);
  CHECK(count_reflection_words("Wait, that is WRONG: wait!") == 3);
  CHECK(count_reflection_words("check,check;but.BUT\nHowever") == 5);
  CHECK(count_reflection_words("<think>error</think>retry verify evaluate mistake") == 5);
}

TEST_CASE("parts of words are none") {
  CHECK(count_reflection_words("waiter checked butter checksum unwrong") == 0);
  CHECK(count_reflection_words("check_sum check2 2check wait\xC3\xA9 \xC3\xA9wait") == 0);
  CHECK(count_reflection_words("re-check don't-but-do") == 2);
  CHECK(count_reflection_words(std::string_view("but\0but", 7)) == 2);
  CHECK(count_reflection_words(std::string(1 << 20, 'w')) == 0);
}

}  // namespace hone::rewards
