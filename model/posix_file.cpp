#include "model/posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "model/error.h"

namespace hone::model {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

void throw_errno(const std::filesystem::path& path, const char* what, int error) {
  std::string problem =
      std::string("cannot ") + what + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      problem += "; free some space and run the same command again";
      break;
    case EFBIG:
      problem += "; raise the limit on file sizes (ulimit -f) and run the same command again";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      problem += "; make the folder writable, or choose another";
      break;
    default:
      break;
  }
  throw DataError(path.string(), problem);
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

void sync_path(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_errno(path, "open", errno);
  // Some network file systems cannot fsync a folder and say EINVAL; there is no more we can do
  // there.
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    throw_errno(path, "fsync", errno);
}

}  // namespace hone::model
