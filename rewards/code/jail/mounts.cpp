#include "rewards/code/jail/mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace hone::rewards::code {
namespace {

// Mounted over in our own namespace only; the machine's folder is neither seen nor changed.
constexpr const char* kStand = "/tmp";

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}
void check(int result, const std::string& what) {
  if (result < 0) fail(what);
}

std::string inside(const std::string& path) { return kStand + path; }

void make_folder(const std::string& path) {
  check(::mkdir(inside(path).c_str(), 0755), "mkdir " + path);
}

void mount_memory(const std::string& target, std::int64_t bytes, const std::string& what) {
  const std::string options = "mode=0755,nr_inodes=4096,size=" + std::to_string(bytes);
  check(::mount("tmpfs", target.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()), what);
}

/// Only adds to the flags that a mount has: those of the machine cannot be taken off in here.
void restrict_mount(const std::string& target, unsigned long long flags, const std::string& what) {
  mount_attr attributes{};
  attributes.attr_set = flags;
  check(::mount_setattr(AT_FDCWD, target.c_str(), AT_RECURSIVE, &attributes, sizeof attributes),
        what);
}

void show(const std::string& path, unsigned long long flags) {
  check(::mount(path.c_str(), inside(path).c_str(), nullptr, MS_BIND | MS_REC, nullptr),
        "bind " + path);
  restrict_mount(inside(path), flags, "restrict " + path);
}

/// A folder, a file, or a link as `/bin` often is; nothing where the machine has none.
void show_read_only(const std::string& path) {
  constexpr auto kFlags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return;
  if (S_ISLNK(info.st_mode)) {
    std::string target(static_cast<std::size_t>(info.st_size) + 1, '\0');
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) fail("readlink " + path);
    target.resize(static_cast<std::size_t>(length));
    check(::symlink(target.c_str(), inside(path).c_str()), "symlink " + path);
    return;
  }
  if (S_ISDIR(info.st_mode)) {
    make_folder(path);
  } else {
    check(::mknod(inside(path).c_str(), S_IFREG | 0644, 0), "mknod " + path);
  }
  show(path, kFlags);
}

void show_device(const std::string& path) {
  check(::mknod(inside(path).c_str(), S_IFREG | 0644, 0), "mknod " + path);
  show(path, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

}  // namespace

void enter_private_root(const JailRequest& request) {
  constexpr std::int64_t kRootBytes = 64 << 20;  // the source file is all that fills it
  check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount / as private");
  mount_memory(kStand, kRootBytes, "mount a root in memory");
  make_folder("/etc");
  make_folder("/dev");
  make_folder(kSourceFolder);
  for (const char* path : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
                           "/etc/alternatives", "/etc/ld.so.cache"}) {
    show_read_only(path);
  }
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}) {
    show_device(path);
  }
  make_folder(kScratchFolder);
  if (!request.source_name.empty()) {
    copy_source(inside(std::string(kSourceFolder) + "/" + request.source_name));
  }

  check(::chdir(kStand), "chdir to the new root");
  check(static_cast<int>(::syscall(SYS_pivot_root, ".", ".")), "pivot_root");
  check(::umount2(".", MNT_DETACH), "umount the machine's root");
  check(::chdir("/"), "chdir /");
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY;
  check(::mount_setattr(AT_FDCWD, "/", 0, &read_only, sizeof read_only), "make / read-only");
  mount_memory(kScratchFolder, request.scratch_bytes, "mount the scratch folder");
}

void copy_source(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
  check(file, "create " + path);
  off_t at = 0;  // its own place: jails that run beside this one share the file's
  ssize_t copied = 0;
  do {
    copied = ::sendfile(file, kSourceFd, &at, 1 << 30);
  } while (copied > 0);
  check(static_cast<int>(copied), "copy the source file");
  check(::close(file), "close " + path);
}

void collect_file(const std::string& path, std::int64_t limit) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  check(file, "open " + path);
  struct stat info {};
  check(::fstat(file, &info), "stat " + path);
  if (!S_ISREG(info.st_mode) || info.st_size > limit) {
    errno = EFBIG;
    fail("collect " + path);
  }
  ssize_t copied = 0;
  do {
    copied = ::sendfile(kCollectedFd, file, nullptr, 1 << 30);
  } while (copied > 0);
  check(static_cast<int>(copied), "collect " + path);
  check(::close(file), "close " + path);
}

}  // namespace hone::rewards::code
