#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/ggml_types.h"
#include "model/mapped_file.h"

namespace hone::model {

/// One tensor inside a mapped GGUF file.
struct GgufTensorView {
  GgmlType type;
  std::vector<std::int64_t> shape;   // the last dimension's numbers stand side by side
  std::span<const std::byte> bytes;  // lives as long as the file object
};

/// A GGUF file (version 2 or 3, little endian), memory-mapped and checked in full before anything
/// is read from it. Values of the metadata are read where they stand.
/// Source: ggml's docs/gguf.md.
class GgufFile {
 public:
  /// Throws: DataError naming the file and the key or tensor for anything that is not in the
  /// format, for a type of numbers that is not read, and for one part of a split model.
  explicit GgufFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, GgufTensorView>& tensors() const { return tensors_; }
  /// "FILE: KEY", for messages.
  std::string place(const std::string& key) const { return path_.string() + ": " + key; }
  /// "FILE: tensor "NAME"".
  std::string tensor_place(const std::string& name) const {
    return place("tensor \"" + name + "\"");
  }

  bool has(const std::string& key) const { return fields_.contains(key); }
  /// Values by key, with or without one to take where there is none; integers of any width, in
  /// their bounds, a float32 as the decimal number that it was written for. Throws: DataError if
  /// the key is missing, of another type or out of bounds.
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  double number(const std::string& key) const;
  double number(const std::string& key, double otherwise) const;
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const;
  std::int64_t integer(const std::string& key, std::int64_t otherwise, std::int64_t low,
                       std::int64_t high) const;
  /// The same of arrays. Texts are UTF-8 and live as long as the file object.
  std::vector<std::string_view> texts(const std::string& key) const;
  std::vector<float> numbers(const std::string& key) const;
  std::vector<std::int64_t> integers(const std::string& key) const;
  bool is_array(const std::string& key) const;

 private:
  /// A value as it stands in the file; of an array all elements.
  struct Field {
    std::uint32_t type;
    std::optional<std::uint32_t> element;  // of an array
    std::uint64_t count = 1;
    std::span<const std::byte> bytes;
  };
  class Reader;

  void read_metadata(Reader& in, std::uint64_t count);
  void read_tensors(Reader& in, std::uint64_t count);
  void refuse_overlaps() const;
  const Field& field(const std::string& key) const;
  std::int64_t whole_number(const Field& field, std::size_t index, const std::string& key) const;
  [[noreturn]] void wrong_type(const std::string& key, const std::string& expected) const;

  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, Field> fields_;
  std::map<std::string, GgufTensorView> tensors_;
};

}  // namespace hone::model
