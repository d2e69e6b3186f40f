#pragma once

#include <filesystem>
#include <string_view>

namespace hone::model {

/// An open file descriptor, closed at the end of its scope.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd();
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Throws a DataError for errno `error` met while doing `what` ("write", "rename") to the path; for
/// a full disk, and the like, it says what to do.
[[noreturn]] void throw_errno(const std::filesystem::path& path, const char* what, int error);

/// Writes all of the text. Returns 0, or errno.
int write_all(int fd, std::string_view text);

/// Makes a file's or folder's contents survive a power cut. Throws: DataError.
void sync_path(const std::filesystem::path& path);

}  // namespace hone::model
