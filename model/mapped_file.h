#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace hone::model {

/// A regular file mapped into memory, read only. It may be replaced or deleted meanwhile, but not
/// cut short.
class MappedFile {
 public:
  /// Throws: DataError if there is no such file, it is not a regular one or has fewer bytes than
  /// `least`.
  MappedFile(const std::filesystem::path& path, std::size_t least);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(address_), size_};
  }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

/// Gives back the memory behind bytes of a mapped file that have been read; they stay readable, and
/// as a rule in the system's file cache. Without it a file that is copied counts twice.
void release_pages(std::span<const std::byte> bytes);

}  // namespace hone::model
