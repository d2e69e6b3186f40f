#include "model/safetensors.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>

#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + rest;
}

/// A file of this header and that many bytes of data.
std::string file_of(const std::string& header, std::size_t data) {
  return with_length(header.size(), header + std::string(data, 'x'));
}

const char* const kGood = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

/// What reading the file says.
std::string reading(const std::string& contents) {
  const TempFolder folder;
  const auto path = folder.path() / "model.safetensors";
  put(path, contents);
  const auto message = data_error([&] { SafetensorsFile file(path); });
  if (!message.empty()) CHECK_THAT(message, Contains(path.string()));  // it names the file
  return message;
}

/// What reading a file with these tensors says.
std::string reading(const json& header, std::size_t data) {
  return reading(file_of(header.dump(), data));
}

json tensor(const std::string& dtype, const json& shape, const json& offsets) {
  return {{"dtype", dtype}, {"shape", shape}, {"data_offsets", offsets}};
}

TensorEntry entry(const std::string& name, std::vector<std::int64_t> shape,
                  const std::vector<float>& values) {
  return {name, DType::kF32, std::move(shape), std::as_bytes(std::span(values))};
}

}  // namespace

TEST_CASE("safetensors: what is written reads back, data at a multiple of 8") {
  const TempFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, b = {7}, none;
  write_safetensors(path, std::vector{entry("z", {2, 3}, a), entry("a \"b\"\n", {}, b),
                                      entry("empty", {0, 4}, none)});
  const std::string raw = text_of(path);
  std::uint64_t length = 0;
  std::memcpy(&length, raw.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(raw[8] == '{');

  SafetensorsFile file(path);
  CHECK(file.metadata() == std::map<std::string, std::string>{{"format", "pt"}});
  REQUIRE(file.tensors().size() == 3);
  const auto& z = file.tensors().at("z");
  CHECK(z.dtype == DType::kF32);
  CHECK(z.shape == std::vector<std::int64_t>{2, 3});
  REQUIRE(z.bytes.size() == 24);
  CHECK(std::memcmp(z.bytes.data(), a.data(), 24) == 0);
  CHECK(file.tensors().at("a \"b\"\n").shape.empty());
  CHECK(file.tensors().at("empty").bytes.empty());

  const SafetensorsFile moved = std::move(file);
  CHECK(moved.tensors().size() == 3);
}

TEST_CASE("safetensors: every dtype has its name and size") {
  for (const auto& [dtype, name, size] :
       std::vector<std::tuple<DType, std::string, std::size_t>>{{DType::kBool, "BOOL", 1},
                                                                {DType::kI16, "I16", 2},
                                                                {DType::kBF16, "BF16", 2},
                                                                {DType::kF16, "F16", 2},
                                                                {DType::kF64, "F64", 8},
                                                                {DType::kF8E4M3, "F8_E4M3", 1},
                                                                {DType::kF8E5M2, "F8_E5M2", 1}}) {
    CHECK(dtype_name(dtype) == name);
    CHECK(dtype_size(dtype) == size);
    CHECK(reading(json{{"a", tensor(name, {3}, {0, 3 * size})}}, 3 * size).empty());
  }
}

TEST_CASE("safetensors: a good file, and one without tensors") {
  CHECK(reading(file_of(kGood, 8)).empty());
  CHECK(reading(file_of("{}", 0)).empty());
  CHECK(reading(file_of(std::string(kGood) + "   ", 8)).empty());
}

TEST_CASE("safetensors: no file, a folder, too short for a length") {
  const TempFolder folder;
  CHECK_THAT(data_error([&] { SafetensorsFile file(folder.path() / "none"); }), Contains("none"));
  CHECK_THAT(data_error([&] { SafetensorsFile file(folder.path()); }), Contains("regular file"));
  CHECK_THAT(reading(""), Contains("8 bytes"));
  CHECK_THAT(reading("1234567"), Contains("8 bytes"));
}

TEST_CASE("safetensors: a header longer than 100 MB") {
  CHECK_THAT(reading(with_length(100'000'001, "{}")), Contains("100 MB"));
  CHECK_THAT(reading(with_length(~std::uint64_t{0}, "{}")), Contains("100 MB"));
}

TEST_CASE("safetensors: a header longer than the file") {
  CHECK_THAT(reading(with_length(3, "{}")), Contains("cut short"));
}

TEST_CASE("safetensors: a header that does not begin with {") {
  CHECK_THAT(reading(file_of("", 0)), Contains("begins with {"));
  CHECK_THAT(reading(file_of(" {}", 0)), Contains("begins with {"));
  CHECK_THAT(reading(file_of("\xef\xbb\xbf{}", 0)), Contains("begins with {"));
  CHECK_THAT(reading(file_of("[]", 0)), Contains("begins with {"));
}

TEST_CASE("safetensors: anything but spaces after the header") {
  CHECK_THAT(reading(file_of("{}\n", 0)), Contains("ends with }"));
  CHECK_THAT(reading(file_of("{}x", 0)), Contains("ends with }"));
  CHECK_THAT(reading(file_of("{}{}", 0)), Contains("JSON"));
  CHECK_THAT(reading(file_of(std::string("{}\0{}", 5), 0)), Contains("NUL"));
}

TEST_CASE("safetensors: a header that is no JSON, or not in UTF-8") {
  CHECK_THAT(reading(file_of("{\"a\":}", 0)), Contains("JSON"));
  CHECK_THAT(reading(file_of("{\"\xff\":{}}", 0)), Contains("JSON"));
}

TEST_CASE("safetensors: a key given twice, at any level") {
  const std::string one = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK_THAT(reading(file_of("{" + one + "," + one + "}", 8)), Contains("\"a\" stands twice"));
  CHECK_THAT(reading(file_of(
                 R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8)),
             Contains("\"dtype\" stands twice"));
  CHECK_THAT(reading(file_of(R"({"__metadata__":{"k":"1","k":"2"}})", 0)),
             Contains("\"k\" stands twice"));
  // The same key in two tensors is none of these.
  CHECK(
      reading(json{{"a", tensor("U8", {1}, {0, 1})}, {"b", tensor("U8", {1}, {1, 2})}}, 2).empty());
}

TEST_CASE("safetensors: nesting without end") {
  std::string deep = "{\"a\":";  // appended to, not added up: GCC 12 warns of the sum wrongly
  deep.append(100000, '[').append("}");
  CHECK_THAT(reading(file_of(deep, 0)), Contains("nested"));
}

TEST_CASE("safetensors: metadata other than strings") {
  CHECK_THAT(reading(json{{"__metadata__", {{"k", 1}}}}, 0), Contains("a string"));
  CHECK_THAT(reading(json{{"__metadata__", "k"}}, 0), Contains("an object"));
  CHECK(reading(json{{"__metadata__", {{"k", "v"}}}}, 0).empty());
}

TEST_CASE("safetensors: an unknown dtype") {
  CHECK_THAT(reading(json{{"a", tensor("F31", {2}, {0, 8})}}, 8), Contains("F31"));
  CHECK_THAT(reading(json{{"a", {{"dtype", 1}, {"shape", {1}}, {"data_offsets", {0, 1}}}}}, 1),
             Contains("dtype"));
}

TEST_CASE("safetensors: missing and unknown fields, wrong types") {
  CHECK_THAT(reading(json{{"a", {{"dtype", "F32"}, {"shape", {2}}}}}, 8),
             Contains("data_offsets is missing"));
  CHECK_THAT(reading(json{{"a", 1}}, 0), Contains("an object"));
  CHECK_THAT(reading(json{{"a", tensor("F32", 2, {0, 8})}}, 8), Contains("a list"));
  for (const json& bad : {json(-1), json(1.5), json("2"), json(nullptr)}) {
    CHECK_THAT(reading(json{{"a", tensor("F32", json::array({bad}), {0, 8})}}, 8),
               Contains("whole numbers"));
  }
  auto extra = tensor("F32", {2}, {0, 8});
  extra["more"] = 1;
  CHECK_THAT(reading(json{{"a", extra}}, 8), Contains("more"));
}

TEST_CASE("safetensors: a shape whose size overflows") {
  const std::uint64_t half = std::uint64_t{1} << 32;
  CHECK_THAT(reading(json{{"a", tensor("U8", {half, half}, {0, 0})}}, 0), Contains("too large"));
  CHECK_THAT(reading(json{{"a", tensor("F32", {half, half / 4}, {0, 0})}}, 0),
             Contains("too large"));
  CHECK_THAT(reading(json{{"a", tensor("U8", {~std::uint64_t{0}}, {0, 8})}}, 8),
             Contains("too large"));
  CHECK_THAT(reading(json{{"a", tensor("U8", {half, half, 0}, {0, 0})}}, 0), Contains("too large"));
}

TEST_CASE("safetensors: offsets that contradict the shape or themselves") {
  CHECK_THAT(reading(json{{"a", tensor("F32", {2}, {0, 4})}}, 4), Contains("8 bytes by dtype"));
  CHECK_THAT(reading(json{{"a", tensor("F32", {2}, {8, 0})}}, 8), Contains("begin <= end"));
  CHECK_THAT(reading(json{{"a", tensor("F32", {2}, {0, 8, 16})}}, 8), Contains("begin <= end"));
}

TEST_CASE("safetensors: a hole, an overlap, a start past 0") {
  const auto a = tensor("U8", {4}, {0, 4});
  CHECK_THAT(reading(json{{"a", a}, {"b", tensor("U8", {4}, {5, 9})}}, 9), Contains("hole"));
  CHECK_THAT(reading(json{{"a", a}, {"b", tensor("U8", {4}, {3, 7})}}, 7), Contains("overlap"));
  CHECK_THAT(reading(json{{"a", a}, {"b", a}}, 4), Contains("overlap"));
  CHECK_THAT(reading(json{{"a", tensor("U8", {4}, {4, 8})}}, 8), Contains("hole"));
}

TEST_CASE("safetensors: data that ends before or after the last tensor") {
  CHECK_THAT(reading(file_of(kGood, 7)), Contains("cut short"));
  CHECK_THAT(reading(file_of(kGood, 9)), Contains("8 bytes of tensor data"));
  CHECK_THAT(reading(file_of("{}", 1)), Contains("0 bytes of tensor data"));
}

TEST_CASE("safetensors: every truncation of a file is refused") {
  const std::string whole = file_of(kGood, 8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(reading(whole.substr(0, size)).empty());
  }
}

TEST_CASE("safetensors: a full disk is an error, and so is no permission") {
  const std::vector<float> values(1000, 1.0f);
  CHECK_THAT(
      data_error([&] { write_safetensors("/dev/full", std::vector{entry("a", {1000}, values)}); }),
      Contains("/dev/full"));
  CHECK_FALSE(data_error([&] { write_safetensors("/none/a", {}); }).empty());
}

TEST_CASE("safetensors: a file that stops growing half-way is an error") {
  const TempFolder folder;
  const std::vector<float> values(10000, 1.0f);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // the limit stays with the process that sets it
    const rlimit limit = {4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    const auto message = data_error(
        [&] { write_safetensors(folder.path() / "a", std::vector{entry("a", {10000}, values)}); });
    ::_exit(message.empty() ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}
