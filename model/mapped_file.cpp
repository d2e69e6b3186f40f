#include "model/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "model/error.h"
#include "model/posix_file.h"

namespace hone::model {

MappedFile::MappedFile(const std::filesystem::path& path, std::size_t least) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_errno(path, "open", errno);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) throw_errno(path, "read", errno);
  if (!S_ISREG(status.st_mode)) throw DataError(path.string(), "is not a regular file");
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ < least) {
    throw DataError(path.string(), "at least " + std::to_string(least) + " bytes",
                    std::to_string(size_) + " (the file is cut short)");
  }
  address_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (address_ == MAP_FAILED) throw_errno(path, "map", errno);
}

MappedFile::~MappedFile() { ::munmap(address_, size_); }

void release_pages(std::span<const std::byte> bytes) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  // The page of the first byte goes too, for what stands before it has been read as well, or is
  // read from the file again. The page of the last byte goes with the bytes that follow.
  const std::uintptr_t begin = address / page * page;
  const std::uintptr_t end = (address + bytes.size()) / page * page;
  // Only advice: where it fails, memory is held for longer and nothing else changes.
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace hone::model
