#pragma once

#include <string_view>
#include <utility>

namespace hone::rewards::code {

/// A file descriptor that is closed with its owner, and that no program started elsewhere inherits.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() { close(); }

  int fd() const { return fd_; }
  void close();

 private:
  int fd_ = -1;
};

/// A file in memory with this content, or an empty one to be filled.
/// Throws: std::system_error.
File memory_file(std::string_view content = {});

/// From now on nobody can change it, whoever holds it.
/// Throws: std::system_error.
void seal(const File& file);
File sealed_file(std::string_view content);

/// The end to read from and the end to write to.
/// Throws: std::system_error.
std::pair<File, File> make_pipe();

}  // namespace hone::rewards::code
