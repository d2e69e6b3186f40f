#include "rewards/code/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace hone::rewards::code {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Above the numbers that a started program's own files get, which are put there one by one.
File moved_up(const File& file) {
  constexpr int kFirst = 16;
  const int moved = ::fcntl(file.fd(), F_DUPFD_CLOEXEC, kFirst);
  if (moved < 0) fail("fcntl");
  return File(moved);
}

}  // namespace

void File::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

File memory_file(std::string_view content) {
  const File low(::memfd_create("hone", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (low.fd() < 0) fail("memfd_create");
  File file = moved_up(low);
  while (!content.empty()) {
    const ssize_t written = ::write(file.fd(), content.data(), content.size());
    if (written < 0 && errno != EINTR) fail("write to memory");
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.fd(), 0, SEEK_SET) < 0) fail("lseek");
  return file;
}

void seal(const File& file) {
  constexpr int kAll = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.fd(), F_ADD_SEALS, kAll) < 0) fail("seal");
}

File sealed_file(std::string_view content) {
  File file = memory_file(content);
  seal(file);
  return file;
}

std::pair<File, File> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) fail("pipe");
  File read_end(ends[0]), write_end(ends[1]);
  return {moved_up(read_end), moved_up(write_end)};
}

}  // namespace hone::rewards::code
