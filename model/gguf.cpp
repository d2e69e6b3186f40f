#include "model/gguf.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "model/durable.h"
#include "model/error.h"
#include "model/gguf_format.h"

namespace hone::model {
namespace {

constexpr std::uint32_t kGgufVersion = 3;
constexpr std::size_t kAlignment = 32;        // of each tensor's data; the format's default
constexpr std::size_t kWriteBytes = 1 << 20;  // data that is written at once

std::size_t padded(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

/// Text that the file's parts are put together in.
class Bytes {
 public:
  template <class T>
  void number(T value) {
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void string(std::string_view value) {
    number(std::uint64_t{value.size()});
    text_.append(value);
  }
  void pad() { text_.resize(padded(text_.size())); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct ValueWriter {
  Bytes& out;

  void operator()(std::uint32_t value) { tagged(gguf_type::kUint32, value); }
  void operator()(float value) { tagged(gguf_type::kFloat32, value); }
  void operator()(bool value) { tagged(gguf_type::kBool, static_cast<std::uint8_t>(value)); }
  void operator()(const std::string& value) {
    out.number(gguf_type::kString);
    out.string(value);
  }
  void operator()(const std::vector<std::string>& values) {
    array(gguf_type::kString, values.size());
    for (const auto& value : values) out.string(value);
  }
  void operator()(const std::vector<float>& values) { numbers(gguf_type::kFloat32, values); }
  void operator()(const std::vector<std::int32_t>& values) { numbers(gguf_type::kInt32, values); }

 private:
  template <class T>
  void tagged(std::uint32_t type, T value) {
    out.number(type);
    out.number(value);
  }
  void array(std::uint32_t type, std::uint64_t count) {
    out.number(gguf_type::kArray);
    out.number(type);
    out.number(count);
  }
  template <class T>
  void numbers(std::uint32_t type, const std::vector<T>& values) {
    array(type, values.size());
    for (const T value : values) out.number(value);
  }
};

std::int64_t rows_of(const GgufTensor& tensor) {
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < tensor.shape.size(); ++i) rows *= tensor.shape[i];
  return rows;
}

std::size_t size_of(const GgufTensor& tensor) {
  return static_cast<std::size_t>(rows_of(tensor)) * row_bytes(tensor.type, tensor.shape.back());
}

/// Everything before the tensors' data.
std::string header(const GgufMetadata& metadata, std::span<const GgufTensor> tensors) {
  Bytes out;
  for (const char letter : {'G', 'G', 'U', 'F'}) out.number(letter);
  out.number(kGgufVersion);
  out.number(std::uint64_t{tensors.size()});
  out.number(std::uint64_t{metadata.size()});
  for (const auto& [key, value] : metadata) {
    out.string(key);
    std::visit(ValueWriter{out}, value);
  }
  std::uint64_t offset = 0;
  for (const auto& tensor : tensors) {
    out.string(tensor.name);
    out.number(static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) {
      out.number(static_cast<std::uint64_t>(*size));
    }
    out.number(tensor.type);
    out.number(offset);
    offset += padded(size_of(tensor));
  }
  out.pad();
  return out.text();
}

void check_finite(const GgufTensor& tensor, std::span<const float> row, std::int64_t index) {
  const auto wrong =
      std::find_if(row.begin(), row.end(), [](float x) { return !std::isfinite(x); });
  if (wrong == row.end()) return;
  throw DataError("tensor \"" + tensor.name + "\", row " + std::to_string(index),
                  "finite numbers, for Q8_0", std::to_string(*wrong));
}

void write_data(const GgufTensor& tensor, const Append& append) {
  const std::size_t size = row_bytes(tensor.type, tensor.shape.back());
  const std::int64_t rows = rows_of(tensor);
  const auto at_once = static_cast<std::int64_t>(std::max(kWriteBytes / size, std::size_t{1}));
  std::string buffer;
  for (std::int64_t first = 0; first < rows; first += at_once) {
    const std::int64_t count = std::min(at_once, rows - first);
    buffer.resize(static_cast<std::size_t>(count) * size);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto row = tensor.row(first + i);
      if (tensor.type == GgmlType::kQ8_0) check_finite(tensor, row, first + i);
      encode_row(tensor.type, row, reinterpret_cast<std::byte*>(buffer.data()) + i * size);
    }
    append(buffer);
  }
  append(std::string(padded(size_of(tensor)) - size_of(tensor), '\0'));
}

}  // namespace

void write_gguf(const std::filesystem::path& path, const GgufMetadata& metadata,
                std::span<const GgufTensor> tensors) {
  write_file_atomic(path, [&](const Append& append) {
    append(header(metadata, tensors));
    for (const auto& tensor : tensors) write_data(tensor, append);
  });
}

}  // namespace hone::model
