#include "model/kernels/adamw.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "model/kernels/dynamic_map.h"
#include "model/kernels/isa.h"
#include "tests/support/plain_adamw.h"

namespace {

using namespace hone::model::kernels;

std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(engine) * std::pow(10.0f, -4 * normal(engine));
  return values;
}

constexpr AdamwStep kStep{.gradient_scale = 0.37f,
                          .beta1_rest = 0.1f,
                          .beta2 = 0.95f,
                          .beta2_rest = 0.05f,
                          .correction2_sqrt = 0.3f,
                          .eps = 1e-8f,
                          .step_size = 0.01f,
                          .keep = 0.999f};

}  // namespace

TEST_CASE("the 8-bit data types are those of bitsandbytes") {
  const auto fixture = hone::tests::bitsandbytes_fixture();
  for (const std::string name : {"signed", "unsigned"}) {
    const auto expected = fixture.at("maps").at(name).get<std::vector<float>>();
    const DynamicMap& map =
        name == "signed" ? DynamicMap::signed_map() : DynamicMap::unsigned_map();
    for (std::size_t code = 0; code < 256; ++code) {
      CHECK(std::abs(map.values()[code] - expected[code]) <= 2e-7f * std::abs(expected[code]));
    }
  }
  const auto block = fixture.at("codes");
  const auto values = block.at("values").get<std::vector<float>>();
  const auto codes = block.at("codes").get<std::vector<int>>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float x = values[i] / block.at("absmax").get<float>();
    if (std::abs(x) < 1e-3f) continue;  // there bitsandbytes on a CPU is not exact
    CHECK(int{DynamicMap::signed_map().encode(x)} == codes[i]);
  }
}

TEST_CASE("each number gets the nearest 8-bit value") {
  for (const DynamicMap* map : {&DynamicMap::signed_map(), &DynamicMap::unsigned_map()}) {
    const bool is_signed = map->values()[0] < 0;
    const std::vector<double> values(map->values().begin(), map->values().end());
    std::vector<float> numbers = random_floats(3000, 1);
    // What lies halfway between two values, and the floats beside it.
    for (std::size_t code = 0; code + 1 < 256; ++code) {
      const float middle = (map->values()[code] + map->values()[code + 1]) / 2;
      numbers.push_back(std::nextafter(middle, -2.0f));
      numbers.push_back(middle);
      numbers.push_back(std::nextafter(middle, 2.0f));
      CHECK(map->encode(map->values()[code]) == code);
    }
    for (float x : numbers) {
      if (!is_signed) x = std::abs(x);
      const double got = map->values()[map->encode(x)];
      const double best = hone::tests::nearest(values, x);
      // 0 is not for what is above it: see below.
      if (!is_signed && best == 0) continue;
      CHECK(std::abs(got - x) <= std::abs(best - x));
    }
  }
}

TEST_CASE("rounding to 8 bits errs by at most half a cell") {
  for (const DynamicMap* map : {&DynamicMap::signed_map(), &DynamicMap::unsigned_map()}) {
    const bool is_signed = map->values()[0] < 0;
    for (int decade = 0; decade < 7; ++decade) {
      const double top = std::pow(10.0, decade - 6);
      // In the largest decade 0.9 in 64 cells: 0.7 % of the block's largest number.
      const double half = top * 0.45 / (1 << (is_signed ? decade : decade + 1));
      for (double share = 0.1; share <= 1.0; share += 0.003) {
        for (const double sign : {1.0, is_signed ? -1.0 : 1.0}) {
          const auto x = static_cast<float>(sign * top * share);
          CHECK(std::abs(map->values()[map->encode(x)] - x) <= half * (1 + 1e-5));
        }
      }
    }
  }
  CHECK(DynamicMap::signed_map().values()[DynamicMap::signed_map().encode(0.0f)] == 0.0f);
  CHECK(DynamicMap::signed_map().values()[DynamicMap::signed_map().encode(-0.0f)] == 0.0f);
}

TEST_CASE("a second moment above 0 does not become 0") {
  const DynamicMap& map = DynamicMap::unsigned_map();
  CHECK(map.encode(0.0f) == 0);
  CHECK(map.values()[0] == 0.0f);
  CHECK(map.encode(1e-40f) == 1);
  CHECK(map.encode(1e-12f) == 1);
}

TEST_CASE("optimizer steps have the same bits on each instruction set") {
  for (const std::int64_t n : {1, 15, 16, 255, 256, 257, 1000}) {
    const auto count = static_cast<std::size_t>(n);
    const std::vector<float> gradient = random_floats(count, 3);
    struct Outcome {
      std::vector<float> weights, m, v;
      std::vector<float> weights_8bit;
      std::vector<std::uint8_t> m_codes, v_codes;
      std::vector<float> m_absmax, v_absmax;
      double squares = 0;
      bool operator==(const Outcome&) const = default;
    };
    const auto run = [&] {
      Outcome out;
      out.weights = random_floats(count, 4);
      out.weights_8bit = out.weights;
      out.m.resize(count);
      out.v.resize(count);
      out.m_codes.resize(count);
      out.v_codes.resize(count);
      out.m_absmax.resize((count + 255) / 256);
      out.v_absmax.resize((count + 255) / 256);
      for (int step = 0; step < 4; ++step) {
        adamw(kStep, gradient.data(), n, out.weights.data(), out.m.data(), out.v.data());
        adamw_8bit(kStep, gradient.data(), n, out.weights_8bit.data(),
                   {out.m_codes.data(), out.m_absmax.data()},
                   {out.v_codes.data(), out.v_absmax.data()});
      }
      out.squares = sum_of_squares(gradient.data(), n);
      return out;
    };
    const Outcome best = run();
    for (const std::string& isa : available_isas()) {
      INFO(isa << ", " << n << " elements");
      REQUIRE(use_isa(isa));
      CHECK(run() == best);
    }
    REQUIRE(use_isa(""));
    double squares = 0;
    for (const float g : gradient) squares += double{g} * g;
    CHECK(std::abs(best.squares - squares) <= 1e-12 * squares);
  }
}

TEST_CASE("a block of zeros stays zero") {
  std::vector<float> weights(300, 1.5f);
  const std::vector<float> gradient(300, 0.0f);
  std::vector<std::uint8_t> m(300), v(300);
  std::vector<float> m_absmax(2), v_absmax(2);
  for (int step = 0; step < 3; ++step) {
    adamw_8bit({1, 0.1f, 0.95f, 0.05f, 0.3f, 1e-8f, 0.01f, 1.0f}, gradient.data(), 300,
               weights.data(), {m.data(), m_absmax.data()}, {v.data(), v_absmax.data()});
  }
  CHECK(weights == std::vector<float>(300, 1.5f));
}
