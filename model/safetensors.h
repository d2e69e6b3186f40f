#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/mapped_file.h"

namespace hone::model {

/// Element types of the safetensors format that are understood.
enum class DType {
  kBool,
  kU8,
  kI8,
  kI16,
  kU16,
  kI32,
  kU32,
  kI64,
  kU64,
  kF16,
  kBF16,
  kF32,
  kF64,
  kF8E4M3,
  kF8E5M2
};

/// Bytes an element; the format's own name ("F32").
std::size_t dtype_size(DType dtype);
std::string_view dtype_name(DType dtype);

/// One tensor inside a mapped file.
struct TensorView {
  DType dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // little endian, row-major; lives as long as the file object
};

/// A safetensors file, memory-mapped and checked in full before anything is read from it.
class SafetensorsFile {
 public:
  /// Throws: DataError naming the file and the tensor or field.
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

  const std::map<std::string, TensorView>& tensors() const;
  const std::map<std::string, std::string>& metadata() const;

 private:
  struct Mapping;
  std::unique_ptr<Mapping> mapping_;
};

/// A tensor to be written; the bytes are the caller's.
struct TensorEntry {
  std::string name;
  DType dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes a file with the tensors in this order, metadata {"format": "pt"}, and fsyncs it.
/// Throws: DataError if the file cannot be written whole (a full disk, no permission).
void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors);

}  // namespace hone::model
