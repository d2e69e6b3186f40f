#include "model/file_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "model/error.h"
#include "model/posix_file.h"

namespace hone::model {

void write_file(const std::filesystem::path& path, std::span<const std::string_view> parts) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd) throw_errno(path, "open for writing", errno);
  for (const auto part : parts) {
    if (const int error = write_all(fd.get(), part); error != 0) throw_errno(path, "write", error);
  }
  // A device or pipe cannot be fsynced (EINVAL) and has nothing to lose.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) throw_errno(path, "fsync", errno);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::span(&text, 1));
}

std::string read_file(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) throw DataError(path.string(), "no such file");
  if (std::filesystem::is_directory(path)) throw DataError(path.string(), "a file", "a folder");
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  const bool empty = stream.peek() == std::ifstream::traits_type::eof() && !stream.bad();
  if (!empty) text << stream.rdbuf();
  if (!stream.is_open() || stream.bad() || !text) throw DataError(path.string(), "cannot be read");
  return std::move(text).str();
}

}  // namespace hone::model
