#include "model/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "model/error.h"
#include "model/file_io.h"

namespace hone::model {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the format is little endian");

constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::size_t kLengthBytes = 8;

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr std::array kDTypes = {
    DTypeInfo{DType::kBool, "BOOL", 1},      DTypeInfo{DType::kU8, "U8", 1},
    DTypeInfo{DType::kI8, "I8", 1},          DTypeInfo{DType::kI16, "I16", 2},
    DTypeInfo{DType::kU16, "U16", 2},        DTypeInfo{DType::kI32, "I32", 4},
    DTypeInfo{DType::kU32, "U32", 4},        DTypeInfo{DType::kI64, "I64", 8},
    DTypeInfo{DType::kU64, "U64", 8},        DTypeInfo{DType::kF16, "F16", 2},
    DTypeInfo{DType::kBF16, "BF16", 2},      DTypeInfo{DType::kF32, "F32", 4},
    DTypeInfo{DType::kF64, "F64", 8},        DTypeInfo{DType::kF8E4M3, "F8_E4M3", 1},
    DTypeInfo{DType::kF8E5M2, "F8_E5M2", 1},
};

const DTypeInfo& info(DType dtype) {
  return *std::find_if(kDTypes.begin(), kDTypes.end(),
                       [&](const DTypeInfo& entry) { return entry.dtype == dtype; });
}

/// Parses the header, refusing what a plain JSON reader lets pass: a key given twice, text after
/// the end, and nesting (which would take memory out of proportion).
json parse_header(std::string_view text, const std::string& place) {
  if (text.empty() || text.front() != '{') {
    throw DataError(place, "a header that begins with {", "something else");
  }
  // nlohmann-json takes a NUL for the end of its input.
  if (text.find('\0') != std::string_view::npos) throw DataError(place, "header holds a NUL byte");
  if (text[text.find_last_not_of(' ')] != '}') {
    throw DataError(place, "a header that ends with } and spaces", "something else");
  }
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth > 2) throw DataError(place, "header is nested too deeply");
      if (event == Event::object_start) keys.emplace_back();
    } else if (event == Event::object_end) {
      keys.pop_back();
    } else if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw DataError(place, "key " + parsed.dump() + " stands twice in the header");
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    throw DataError(place, std::string("header is not valid JSON in UTF-8: ") + error.what());
  }
}

std::map<std::string, std::string> parse_metadata(const json& value, const std::string& place) {
  if (!value.is_object()) throw DataError(place, "an object", value.type_name());
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) throw DataError(place + "." + key, "a string", text.type_name());
    metadata.emplace(key, text.get<std::string>());
  }
  return metadata;
}

std::vector<std::uint64_t> unsigned_numbers(const json& value, const std::string& place) {
  if (!value.is_array()) throw DataError(place, "a list", value.type_name());
  std::vector<std::uint64_t> numbers;
  for (const auto& number : value) {
    if (!number.is_number_unsigned()) throw DataError(place, "whole numbers >= 0", number.dump());
    numbers.push_back(number.get<std::uint64_t>());
  }
  return numbers;
}

/// Bytes of a tensor; every product is checked, in the order of the reference reader.
std::uint64_t checked_bytes(const std::vector<std::uint64_t>& shape, DType dtype,
                            const std::string& place) {
  std::uint64_t bytes = dtype_size(dtype);
  for (const auto size : shape) {
    const bool fits = size <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    if (!fits || __builtin_mul_overflow(bytes, size, &bytes)) {
      throw DataError(place, "shape is too large for any file");
    }
  }
  return bytes;
}

struct Entry {
  std::string name;
  DType dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;
};

Entry parse_entry(const std::string& name, const json& value, const std::string& place) {
  if (!value.is_object()) throw DataError(place, "an object", value.type_name());
  for (const auto& [key, ignored] : value.items()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      throw DataError(place, "dtype, shape and data_offsets", "also \"" + key + "\"");
    }
  }
  for (const char* key : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(key)) throw DataError(place, std::string(key) + " is missing");
  }
  const auto& text = value["dtype"];
  const auto known = std::find_if(kDTypes.begin(), kDTypes.end(), [&](const DTypeInfo& entry) {
    return text.is_string() && text.get_ref<const std::string&>() == entry.name;
  });
  if (known == kDTypes.end()) throw DataError(place, "a dtype that is known", text.dump());

  const auto shape = unsigned_numbers(value["shape"], place + ".shape");
  const auto offsets = unsigned_numbers(value["data_offsets"], place + ".data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    throw DataError(place + ".data_offsets", "[begin, end] with begin <= end",
                    value["data_offsets"].dump());
  }
  const auto bytes = checked_bytes(shape, known->dtype, place);
  if (offsets[1] - offsets[0] != bytes) {
    throw DataError(place, std::to_string(bytes) + " bytes by dtype and shape",
                    std::to_string(offsets[1] - offsets[0]) + " by data_offsets");
  }
  return {name, known->dtype, {shape.begin(), shape.end()}, offsets[0], offsets[1]};
}

/// Every byte of the data belongs to exactly one tensor: the file can be nothing else as well.
void check_contiguous(std::vector<Entry>& entries, std::uint64_t data_size,
                      const std::string& place) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t expected = 0;
  for (const auto& entry : entries) {
    if (entry.begin != expected) {
      throw DataError(place + ": tensor \"" + entry.name + "\"",
                      "data that starts at " + std::to_string(expected) +
                          (entry.begin > expected ? " (there is a hole)" : " (tensors overlap)"),
                      std::to_string(entry.begin));
    }
    expected = entry.end;
  }
  if (expected != data_size) {
    throw DataError(
        place, std::to_string(expected) + " bytes of tensor data",
        std::to_string(data_size) + (data_size < expected ? " (the file is cut short)" : ""));
  }
}

}  // namespace

std::size_t dtype_size(DType dtype) { return info(dtype).size; }
std::string_view dtype_name(DType dtype) { return info(dtype).name; }

struct SafetensorsFile::Mapping {
  MappedFile file;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : mapping_(new Mapping{MappedFile(path, kLengthBytes), {}, {}}) {
  const std::string place = path.string();
  const std::uint64_t size = mapping_->file.bytes().size();
  const std::byte* const bytes = mapping_->file.bytes().data();

  std::uint64_t length = 0;
  std::memcpy(&length, bytes, kLengthBytes);
  if (length > kMaxHeader) {
    throw DataError(place, "a header of at most 100 MB", std::to_string(length) + " bytes");
  }
  if (length > size - kLengthBytes) {
    throw DataError(place, "a header of " + std::to_string(length) + " bytes",
                    "a file of " + std::to_string(size) + " (the file is cut short)");
  }
  const auto* text = reinterpret_cast<const char*>(bytes + kLengthBytes);
  const json header = parse_header({text, static_cast<std::size_t>(length)}, place);

  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      mapping_->metadata = parse_metadata(value, place + ": __metadata__");
    } else {
      entries.push_back(parse_entry(name, value, place + ": tensor \"" + name + "\""));
    }
  }
  const std::byte* data = bytes + kLengthBytes + length;
  check_contiguous(entries, size - kLengthBytes - length, place);
  for (auto& entry : entries) {
    const std::span view(data + entry.begin, static_cast<std::size_t>(entry.end - entry.begin));
    mapping_->tensors.emplace(entry.name, TensorView{entry.dtype, std::move(entry.shape), view});
  }
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const std::map<std::string, TensorView>& SafetensorsFile::tensors() const {
  return mapping_->tensors;
}
const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  return mapping_->metadata;
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  std::uint64_t offset = 0;
  for (const auto& tensor : tensors) {
    const std::uint64_t end = offset + tensor.bytes.size();
    header[tensor.name] = {{"dtype", dtype_name(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data then starts at a multiple of 8

  const std::uint64_t length = text.size();
  std::vector<std::string_view> parts = {{reinterpret_cast<const char*>(&length), kLengthBytes},
                                         text};
  for (const auto& tensor : tensors) {
    parts.emplace_back(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  write_file(path, parts);
}

}  // namespace hone::model
