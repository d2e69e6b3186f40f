#include "rl/tfevents.h"

#include <catch2/catch.hpp>
#include <cstdio>

using namespace hone::rl;

namespace {

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    out += digits;
  }
  return out;
}

}  // namespace

TEST_CASE("crc32c gives the published check values") {
  // RFC 3720, appendix B.4, and the usual "123456789".
  CHECK(crc32c("123456789") == 0xe3069283u);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
  CHECK(crc32c("") == 0);
}

TEST_CASE("event records are the bytes that TensorBoard's own writer makes") {
  // Made by tensorboard 2.21: RecordWriter over Event(...).SerializeToString().
  CHECK(hex(version_record(1.5)) ==
        "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c");
  CHECK(hex(scalars_record(2.25, 300, {{"reward", 0.5}, {"time/step", -3.0}})) ==
        "2f000000000000006d5d1d5009000000000000024010ac022a210a0d0a0672657761726415000000"
        "3f0a100a0974696d652f7374657015000040c081215f05");
  CHECK(hex(restart_record(3.0, 7)) ==
        "0f000000000000006d532b0909000000000000084010073a02080167edf0c3");
}
