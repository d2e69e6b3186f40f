#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "recipes/bind.h"
#include "recipes/error.h"
#include "recipes/nearest.h"
#include "recipes/read.h"
#include "recipes/write.h"

namespace {

using namespace hone::recipes;
using hone::RecipeError;

enum class Shade { kLight, kDark };
constexpr std::array<std::string_view, 2> enum_names(Shade) { return {"light", "dark"}; }

struct Circle {
  static constexpr std::string_view kType = "circle";
  double radius = 1.5;
  template <class V>
  void fields(V& v) {
    v("radius", radius, "its radius", 0.0, 10.0);
  }
};

struct Box {
  static constexpr std::string_view kType = "box";
  std::int64_t width = 2;
  std::optional<Shade> shade;
  template <class V>
  void fields(V& v) {
    v("width", width, "its width", 1, 1 << 20);
    v("shade", shade, "its shade");
  }
};

struct Item {
  std::variant<Circle, Box> config;
  double weight = 1;
  std::string name;
  template <class V>
  void fields(V& v) {
    v("weight", weight, "its weight", -5, 5);
    v("name", name, "its name");
  }
};

struct Inner {
  bool on = false;
  std::vector<std::string> words = {"a"};
  template <class V>
  void fields(V& v) {
    v("on", on, "switch");
    v("words", words, "some words");
  }
};

struct Outer {
  std::uint64_t seed = 7;
  std::string title = "plain";
  Shade shade = Shade::kLight;
  double share = 0.1;
  Inner inner;
  std::optional<Inner> extra;
  std::optional<double> limit;
  std::optional<std::variant<Circle, Box>> figure;
  std::vector<Item> item;
  template <class V>
  void fields(V& v) {
    v("seed", seed, "seed");
    v("title", title, "title");
    v("shade", shade, "shade");
    v("share", share, "share", 0.0, 1.0);
    v("inner", inner, "inner");
    v("extra", extra, "extra");
    v("limit", limit, "limit", 0.0, 100.0);
    v("figure", figure, "figure");
    v("item", item, "items");
  }
};

Outer read(const std::string& text) {
  Outer outer;
  Places places;
  read_toml(text, "x.toml", view(outer), places);
  return outer;
}

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "no error";
}

std::string set_error(Outer& outer, const std::string& path, const std::string& value) {
  Places places;
  try {
    set_value(view(outer), path, value, "", "--set", places);
  } catch (const RecipeError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every kind of value is read") {
  const Outer outer = read(R"(
seed = 12
title = "t"
shade = "dark"
share = 1
limit = 2.5
inner.on = true
extra = {words = ["x", "y"]}
figure = {type = "box", width = 9, shade = "dark"}
[[item]]
type = "circle"
radius = 3
weight = -2
[[item]]
type = "box"
name = "b"
)");
  CHECK(outer.seed == 12);
  CHECK(outer.title == "t");
  CHECK(outer.shade == Shade::kDark);
  CHECK(outer.share == 1.0);
  CHECK(outer.limit == 2.5);
  CHECK(outer.inner.on);
  CHECK(outer.extra.value().words == std::vector<std::string>{"x", "y"});
  const Box& box = std::get<Box>(outer.figure.value());
  CHECK(box.width == 9);
  CHECK(box.shade == Shade::kDark);
  REQUIRE(outer.item.size() == 2);
  CHECK(std::get<Circle>(outer.item[0].config).radius == 3.0);
  CHECK(outer.item[0].weight == -2.0);
  CHECK(std::get<Box>(outer.item[1].config).width == 2);
  CHECK(outer.item[1].name == "b");
}

TEST_CASE("what is not mentioned keeps its default") {
  const Outer outer = read("");
  CHECK(outer.seed == 7);
  CHECK_FALSE(outer.extra.has_value());
  CHECK_FALSE(outer.limit.has_value());
  CHECK_FALSE(outer.figure.has_value());
}

TEST_CASE("errors name place, key, what was expected and what was got") {
  CHECK(error_of("sed = 1") ==
        "x.toml:1:1: sed: unknown key; known here: seed, title, shade, share, inner, extra, limit, "
        "figure, item; did you mean seed?");
  CHECK(error_of("\n\n  [inner]\n  onn = true") ==
        "x.toml:4:3: inner.onn: unknown key; known here: on, words; did you mean on?");
  CHECK(error_of("seed = 1.5") == "x.toml:1:8: seed: expected an integer, got the number 1.5");
  CHECK(error_of("seed = -1") ==
        "x.toml:1:8: seed: out of range: expected 0 or more, got the integer -1");
  CHECK(error_of("title = 3") == "x.toml:1:9: title: expected a string, got the integer 3");
  CHECK(error_of("share = \"1\"") == "x.toml:1:9: share: expected a number, got the string \"1\"");
  CHECK(error_of("share = 1.25") ==
        "x.toml:1:9: share: out of range: expected 0 to 1, got the number 1.25");
  CHECK(error_of("share = nan") ==
        "x.toml:1:9: share: out of range: expected 0 to 1, got the number nan");
  CHECK(error_of("inner.on = 1") ==
        "x.toml:1:12: inner.on: expected true or false, got the integer 1");
  CHECK(error_of("inner = 1") == "x.toml:1:9: inner: expected a table, got the integer 1");
  CHECK(error_of("inner.words = [\"a\", 2]") ==
        "x.toml:1:21: inner.words: expected an array of strings, got the integer 2");
  CHECK(error_of("shade = \"darc\"") ==
        "x.toml:1:9: shade: got \"darc\", expected one of: light, dark; did you mean dark?");
  CHECK(error_of("figure = {radius = 1}") ==
        "x.toml:1:10: figure.type: missing; expected one of: circle, box");
  CHECK(error_of("figure.type = \"bix\"") ==
        "x.toml:1:15: figure.type: got \"bix\", expected one of: circle, box; did you mean box?");
  CHECK(error_of("[figure]\ntype = \"box\"\nradius = 1") ==
        "x.toml:3:1: figure.radius: unknown key; known here: type, width, shade");
  CHECK(error_of("[item]\ntype = \"box\"") ==
        "x.toml:1:1: item: expected an array of tables ([[item]]), got a table");
  CHECK(error_of("[[item]]\ntype = \"box\"\n[[item]]\ntype = \"circle\"\nradius = 11") ==
        "x.toml:5:10: item.1.radius: out of range: expected 0 to 10, got the integer 11");
  CHECK_THAT(error_of("seed = "), Catch::StartsWith("x.toml:1:"));
  CHECK_THAT(error_of("seed = 1\nseed = 2"), Catch::StartsWith("x.toml:2:"));
}

TEST_CASE("a dump reads back as the same struct, and dumps the same again") {
  Outer outer = read(R"(
title = "quote \" back \\ tab \t bell \u0007 Z\u00fcrich"
share = 0.1
limit = 1e-9
[extra]
words = []
[figure]
type = "box"
shade = "light"
[[item]]
type = "circle"
radius = 0.30000000000000004
[[item]]
type = "box"
width = 1
)");
  const std::string dump = dump_toml(fields_of(outer));
  Outer again = read(dump);
  CHECK(dump_toml(fields_of(again)) == dump);
  CHECK(again.title == outer.title);
  CHECK(again.limit == outer.limit);
  CHECK(again.extra.value().words.empty());
  CHECK(std::get<Circle>(again.item.at(0).config).radius == 0.30000000000000004);
  CHECK(differences(flatten(view(outer), ""), flatten(view(again), "")).empty());

  Outer plain;
  CHECK_THAT(dump_toml(fields_of(plain)), Catch::Contains("item = []"));
}

TEST_CASE("numbers of every size survive a dump") {
  for (const double value : {0.0, 1.0, -3.0, 1e-300, 0.1, 1.0 / 3, 4.9e-324}) {
    Item item;
    item.weight = value;
    Outer outer;
    outer.item.push_back(item);
    CHECK(read(dump_toml(fields_of(outer))).item.at(0).weight == value);
  }
}

TEST_CASE("set finds every key and reads bare words as strings") {
  Outer outer = read("[[item]]\ntype = \"circle\"\n[[item]]\ntype = \"box\"\nname = \"b\"");
  CHECK(set_error(outer, "seed", "3").empty());
  CHECK(set_error(outer, "title", "runs/a b/c").empty());
  CHECK(outer.title == "runs/a b/c");
  CHECK(set_error(outer, "title", "12").empty());
  CHECK(outer.title == "12");
  CHECK(set_error(outer, "title", "\"quoted\"").empty());
  CHECK(outer.title == "quoted");
  CHECK(set_error(outer, "shade", "dark").empty());
  CHECK(outer.shade == Shade::kDark);
  CHECK(set_error(outer, "limit", "4").empty());
  CHECK(outer.limit == 4.0);
  CHECK(set_error(outer, "extra.words", "[\"x\"]").empty());
  CHECK(outer.extra.value().words.at(0) == "x");
  CHECK(set_error(outer, "item.0.radius", "2").empty());
  CHECK(set_error(outer, "item.b.width", "5").empty());
  CHECK(std::get<Box>(outer.item.at(1).config).width == 5);
  CHECK(set_error(outer, "item.0.type", "box").empty());
  CHECK(std::get<Box>(outer.item.at(0).config).width == 2);
  CHECK(set_error(outer, "figure.type", "circle").empty());
  CHECK(set_error(outer, "figure.radius", "2").empty());
  CHECK(std::get<Circle>(outer.figure.value()).radius == 2.0);
  CHECK(set_error(outer, "figure", "{type = \"box\", width = 8}").empty());
  CHECK(std::get<Box>(outer.figure.value()).width == 8);
}

TEST_CASE("set has the same errors, with its own place") {
  Outer outer;
  CHECK_THAT(set_error(outer, "sede", "1"), Catch::StartsWith("--set: sede: unknown key"));
  CHECK_THAT(set_error(outer, "inner.o", "1"), Catch::Contains("did you mean on?"));
  CHECK(set_error(outer, "seed", "many") ==
        "--set: seed: expected an integer, got the string \"many\"");
  CHECK_THAT(set_error(outer, "share", "2"), Catch::Contains("out of range"));
  CHECK_THAT(set_error(outer, "shade", "grey"), Catch::Contains("expected one of: light, dark"));
  CHECK_THAT(set_error(outer, "figure.radius", "2"), Catch::Contains("set figure.type first"));
  CHECK_THAT(set_error(outer, "item.0.weight", "2"), Catch::Contains("there are 0"));
  CHECK_THAT(set_error(outer, "seed.more", "2"), Catch::Contains("has no keys of its own"));
  CHECK_THAT(set_error(outer, "seed", "1\nshare = 3"), Catch::Contains("expected an integer"));
  CHECK_FALSE(set_error(outer, "", "2").empty());
}

TEST_CASE("differences are listed by key") {
  Outer before;
  Outer after = read("share = 0.5\nlimit = 2\n[figure]\ntype = \"circle\"");
  CHECK(differences(flatten(view(before), ""), flatten(view(after), "")) ==
        std::vector<std::string>{"share: 0.1 -> 0.5", "limit: nothing -> 2.0",
                                 "figure.type: nothing -> \"circle\"",
                                 "figure.radius: nothing -> 1.5"});
}

TEST_CASE("the table of keys has every key with its range") {
  Outer outer;
  const std::string text = describe_keys(view(outer), "");
  for (const char* part : {"seed", "inner.words", "extra.on", "limit", "figure.radius",
                           "figure.width", "item.N.weight", "(0 to 1)", "(light, dark)"}) {
    CHECK_THAT(text, Catch::Contains(part));
  }
}

TEST_CASE("the nearest name is one that could be meant") {
  CHECK(nearest("groupsize", {"group_size", "steps"}) == "group_size");
  CHECK(nearest("STEPS", {"group_size", "steps"}) == "steps");
  CHECK(nearest("zebra", {"group_size", "steps"}).empty());
  CHECK(nearest("x", {}).empty());
}
