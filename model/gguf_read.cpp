#include "model/gguf_read.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <regex>

#include "model/error.h"
#include "model/gguf_format.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little endian");

constexpr std::string_view kMagic = "GGUF";
constexpr std::size_t kHeaderBytes = 24;
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::uint32_t kMaxDimensions = 4;

struct ValueType {
  const char* name;
  std::size_t bytes;  // 0: it varies
};
constexpr std::array<ValueType, 13> kValueTypes = {{{"uint8", 1},
                                                    {"int8", 1},
                                                    {"uint16", 2},
                                                    {"int16", 2},
                                                    {"uint32", 4},
                                                    {"int32", 4},
                                                    {"float32", 4},
                                                    {"bool", 1},
                                                    {"string", 0},
                                                    {"array", 0},
                                                    {"uint64", 8},
                                                    {"int64", 8},
                                                    {"float64", 8}}};

bool is_whole(std::uint32_t type) {
  return type != gguf_type::kFloat32 && type != gguf_type::kFloat64 && type != gguf_type::kBool &&
         kValueTypes[type].bytes > 0;
}

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Whole numbers as the widest type; one past its end counts as the end.
std::int64_t load_whole(std::uint32_t type, const std::byte* at) {
  switch (type) {
    case 0:
      return load<std::uint8_t>(at);
    case 1:
      return load<std::int8_t>(at);
    case 2:
      return load<std::uint16_t>(at);
    case 3:
      return load<std::int16_t>(at);
    case 4:
      return load<std::uint32_t>(at);
    case 5:
      return load<std::int32_t>(at);
    case 10:
      return static_cast<std::int64_t>(std::min(
          load<std::uint64_t>(at), std::uint64_t{std::numeric_limits<std::int64_t>::max()}));
    default:
      return load<std::int64_t>(at);
  }
}

/// The number with the fewest digits that this float stands for: 1e-5 instead of 9.99999975e-6.
double as_written(float value) {
  if (!std::isfinite(value)) return value;
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::strtod(std::string(digits.data(), end).c_str(), nullptr);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string shown = to_utf8(text.substr(0, kLongest));
  return "\"" + shown + (text.size() > kLongest ? "..." : "") + "\"";
}

/// One part of a model that llama.cpp has split over files is no model.
void refuse_part(const std::filesystem::path& path) {
  static const std::regex pattern("-[0-9]{5}-of-([0-9]{5})\\.gguf$");
  const std::string name = path.filename().string();
  std::smatch match;
  if (!std::regex_search(name, match, pattern) || match[1] == "00001") return;
  throw DataError(path.string(), "a model in one file",
                  "a part of one (llama-gguf-split --merge joins them)");
}

}  // namespace

/// A place in the file that only moves on over bytes that are there.
class GgufFile::Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::string place)
      : bytes_(bytes), place_(std::move(place)) {}

  std::size_t position() const { return position_; }
  std::size_t left() const { return bytes_.size() - position_; }
  /// What is being read, for messages.
  void about(const std::string& what) { what_ = what; }

  std::span<const std::byte> take(std::uint64_t size) {
    if (size > left()) {
      throw DataError(place_ + ": " + what_, std::to_string(size) + " bytes",
                      std::to_string(left()) + " (the file is cut short, or no GGUF file)");
    }
    const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(size));
    position_ += taken.size();
    return taken;
  }
  template <class T>
  T number() {
    return load<T>(take(sizeof(T)).data());
  }
  std::string_view string() {
    const auto taken = take(number<std::uint64_t>());
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::uint32_t value_type() {
    const auto type = number<std::uint32_t>();
    if (type >= kValueTypes.size()) {
      throw DataError(place_ + ": " + what_, "a type of values from 0 to 12", std::to_string(type));
    }
    return type;
  }

  /// A value of this type, or so many.
  std::span<const std::byte> values(std::uint32_t type, std::uint64_t count) {
    const std::size_t begin = position_;
    if (type == gguf_type::kString) {
      for (std::uint64_t i = 0; i < count; ++i) string();
    } else {
      const std::size_t size = kValueTypes[type].bytes;
      if (count > left() / size) {
        throw DataError(place_ + ": " + what_,
                        std::to_string(count) + " values of " + std::to_string(size) + " bytes",
                        std::to_string(left()) + " bytes (the file is cut short, or no GGUF file)");
      }
      take(count * size);
    }
    return bytes_.subspan(begin, position_ - begin);
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  std::string place_, what_ = "header";
};

GgufFile::GgufFile(const std::filesystem::path& path) : path_(path), file_(path, kHeaderBytes) {
  refuse_part(path);
  Reader in(file_.bytes(), path.string());
  const auto magic = in.take(kMagic.size());
  if (std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0) {
    throw DataError(path.string(), "a file that begins with GGUF",
                    quoted({reinterpret_cast<const char*>(magic.data()), magic.size()}));
  }
  const auto version = in.number<std::uint32_t>();
  if (version != 2 && version != 3) {
    throw DataError(
        place("version"), "2 or 3",
        (version & 0xffff) == 0 && version != 0 ? "a big-endian file" : std::to_string(version));
  }
  const auto tensors = in.number<std::uint64_t>();
  read_metadata(in, in.number<std::uint64_t>());
  if (integer("split.count", 0, 0, 65535) > 1) {
    throw DataError(place("split.count"), "a model in one file",
                    "a part of one (llama-gguf-split --merge joins them)");
  }
  read_tensors(in, tensors);
}

void GgufFile::read_metadata(Reader& in, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    in.about("metadata key " + std::to_string(i) + " of " + std::to_string(count));
    const std::string_view bytes = in.string();
    if (bytes.empty() || !is_utf8(bytes)) {
      throw DataError(path_.string(), "a key in UTF-8", quoted(bytes));
    }
    const std::string key(bytes);
    in.about(key);
    Field field{in.value_type(), std::nullopt, 1, {}};
    if (field.type == gguf_type::kArray) {
      field.element = in.value_type();
      if (*field.element == gguf_type::kArray) throw DataError(place(key), "is an array of arrays");
      field.count = in.number<std::uint64_t>();
    }
    field.bytes = in.values(field.element.value_or(field.type), field.count);
    if (!fields_.emplace(key, field).second) throw DataError(place(key), "stands twice");
  }
}

void GgufFile::read_tensors(Reader& in, std::uint64_t count) {
  const auto alignment = static_cast<std::uint64_t>(integer(
      "general.alignment", kDefaultAlignment, 0, std::numeric_limits<std::uint32_t>::max()));
  if (!std::has_single_bit(alignment)) {
    throw DataError(place("general.alignment"), "a power of two", std::to_string(alignment));
  }
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> ranges;  // in the data
  for (std::uint64_t i = 0; i < count; ++i) {
    in.about("tensor " + std::to_string(i) + " of " + std::to_string(count));
    const std::string_view bytes = in.string();
    if (bytes.empty() || !is_utf8(bytes)) {
      throw DataError(path_.string(), "a tensor's name in UTF-8", quoted(bytes));
    }
    const std::string name(bytes);
    const std::string at = tensor_place(name);
    in.about("tensor \"" + name + "\"");
    const auto dimensions = in.number<std::uint32_t>();
    if (dimensions < 1 || dimensions > kMaxDimensions) {
      throw DataError(at, "1 to 4 dimensions", std::to_string(dimensions));
    }
    std::vector<std::int64_t> shape(dimensions);
    std::uint64_t numbers = 1;
    for (auto size = shape.rbegin(); size != shape.rend(); ++size) {
      const auto value = in.number<std::uint64_t>();
      constexpr std::uint64_t kMost = std::uint64_t{1} << 60;
      if (value < 1 || value > kMost || __builtin_mul_overflow(numbers, value, &numbers) ||
          numbers > kMost) {
        throw DataError(at, "dimensions of at least 1 and less than 2^60 numbers",
                        std::to_string(value));
      }
      *size = static_cast<std::int64_t>(value);
    }
    const auto number = in.number<std::uint32_t>();
    const auto type = ggml_type(number);
    if (!type) {
      throw DataError(at, "one of the types " + type_names(),
                      "ggml's type number " + std::to_string(number));
    }
    if (shape.back() % block_size(*type) != 0) {
      throw DataError(at,
                      "rows of a multiple of " + std::to_string(block_size(*type)) +
                          " numbers, as it is " + std::string(type_name(*type)),
                      std::to_string(shape.back()));
    }
    const auto offset = in.number<std::uint64_t>();
    if (offset % alignment != 0) {
      throw DataError(at, "an offset that is a multiple of " + std::to_string(alignment),
                      std::to_string(offset));
    }
    const std::uint64_t size =
        numbers / static_cast<std::uint64_t>(block_size(*type)) * block_bytes(*type);
    ranges.emplace(name, std::pair(offset, size));
    if (!tensors_.emplace(name, GgufTensorView{*type, std::move(shape), {}}).second) {
      throw DataError(at, "stands twice");
    }
  }
  const std::size_t begin = (in.position() + alignment - 1) / alignment * alignment;
  const std::uint64_t data = begin < file_.bytes().size() ? file_.bytes().size() - begin : 0;
  for (auto& [name, view] : tensors_) {
    const auto [offset, size] = ranges.at(name);
    if (offset > data || size > data - offset) {
      throw DataError(
          tensor_place(name),
          std::to_string(size) + " bytes from " + std::to_string(offset) + " of the file's data on",
          std::to_string(data) + " bytes of data (the file is cut short)");
    }
    view.bytes = file_.bytes().subspan(begin + offset, static_cast<std::size_t>(size));
  }
  refuse_overlaps();
}

void GgufFile::refuse_overlaps() const {
  std::vector<std::pair<const std::byte*, std::string>> starts;
  for (const auto& [name, view] : tensors_) starts.emplace_back(view.bytes.data(), name);
  std::sort(starts.begin(), starts.end());
  for (std::size_t i = 1; i < starts.size(); ++i) {
    const auto& before = tensors_.at(starts[i - 1].second).bytes;
    if (before.data() + before.size() <= starts[i].first) continue;
    throw DataError(tensor_place(starts[i].second),
                    "overlaps tensor \"" + starts[i - 1].second + "\"");
  }
}

const GgufFile::Field& GgufFile::field(const std::string& key) const {
  const auto found = fields_.find(key);
  if (found == fields_.end()) throw DataError(place(key), "is missing");
  return found->second;
}

void GgufFile::wrong_type(const std::string& key, const std::string& expected) const {
  const Field& found = field(key);
  const std::string type = kValueTypes[found.element.value_or(found.type)].name;
  throw DataError(place(key), expected, found.element ? "an array of " + type : type);
}

bool GgufFile::is_array(const std::string& key) const { return field(key).element.has_value(); }

std::string GgufFile::text(const std::string& key) const {
  const Field& found = field(key);
  if (found.type != gguf_type::kString) wrong_type(key, "a string");
  const auto bytes = found.bytes.subspan(sizeof(std::uint64_t));
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!is_utf8(text)) throw DataError(place(key), "text in UTF-8", "other bytes");
  return text;
}

std::string GgufFile::text(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}

bool GgufFile::flag(const std::string& key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const Field& found = field(key);
  if (found.type != gguf_type::kBool) wrong_type(key, "a bool");
  return found.bytes[0] != std::byte{0};
}

double GgufFile::number(const std::string& key) const {
  const Field& found = field(key);
  if (found.type == gguf_type::kFloat64) return load<double>(found.bytes.data());
  if (found.type != gguf_type::kFloat32) wrong_type(key, "a float32");
  return as_written(load<float>(found.bytes.data()));
}

double GgufFile::number(const std::string& key, double otherwise) const {
  return has(key) ? number(key) : otherwise;
}

std::int64_t GgufFile::whole_number(const Field& from, std::size_t index,
                                    const std::string& key) const {
  const std::uint32_t type = from.element.value_or(from.type);
  if (!is_whole(type)) wrong_type(key, "whole numbers");
  return load_whole(type, from.bytes.data() + index * kValueTypes[type].bytes);
}

std::int64_t GgufFile::integer(const std::string& key, std::int64_t low, std::int64_t high) const {
  const Field& found = field(key);
  if (found.element) wrong_type(key, "a whole number");
  const std::int64_t value = whole_number(found, 0, key);
  if (value < low || value > high) {
    throw DataError(place(key), std::to_string(low) + " to " + std::to_string(high),
                    std::to_string(value));
  }
  return value;
}

std::int64_t GgufFile::integer(const std::string& key, std::int64_t otherwise, std::int64_t low,
                               std::int64_t high) const {
  return has(key) ? integer(key, low, high) : otherwise;
}

std::vector<std::string_view> GgufFile::texts(const std::string& key) const {
  const Field& found = field(key);
  if (found.element != gguf_type::kString) wrong_type(key, "an array of strings");
  std::vector<std::string_view> texts;
  texts.reserve(static_cast<std::size_t>(found.count));
  Reader in(found.bytes, path_.string());
  for (std::uint64_t i = 0; i < found.count; ++i) {
    texts.push_back(in.string());
    if (!is_utf8(texts.back())) {
      throw DataError(place(key) + "[" + std::to_string(i) + "]", "text in UTF-8",
                      quoted(texts.back()));
    }
  }
  return texts;
}

std::vector<float> GgufFile::numbers(const std::string& key) const {
  const Field& found = field(key);
  if (found.element != gguf_type::kFloat32) wrong_type(key, "an array of float32");
  std::vector<float> numbers(static_cast<std::size_t>(found.count));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = load<float>(found.bytes.data() + i * sizeof(float));
  }
  return numbers;
}

std::vector<std::int64_t> GgufFile::integers(const std::string& key) const {
  const Field& found = field(key);
  if (!found.element) wrong_type(key, "an array of whole numbers");
  std::vector<std::int64_t> numbers;
  numbers.reserve(static_cast<std::size_t>(found.count));
  for (std::size_t i = 0; i < found.count; ++i) numbers.push_back(whole_number(found, i, key));
  return numbers;
}

}  // namespace hone::model
