#include "model/durable.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2, a GNU extension that <cstdio> need not give
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "model/error.h"
#include "model/manifest.h"
#include "model/posix_file.h"

namespace hone::model {
namespace fs = std::filesystem;
namespace {

// Hidden names beside NAME: .NAME.hone-tmp is being written, .NAME.hone-old is what it replaces,
// and .NAME.hone-gone is being removed (a half removed checkpoint must not look like a damaged
// one). Nobody else uses such names: what bears one may be deleted.
constexpr std::string_view kTmp = ".hone-tmp";
constexpr std::string_view kOld = ".hone-old";
constexpr std::string_view kGone = ".hone-gone";

fs::path parent_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path sibling(const fs::path& target, std::string_view suffix) {
  return parent_of(target) / ("." + target.filename().string() + std::string(suffix));
}

/// A path without a trailing slash, so that it has a file name.
fs::path normal(const fs::path& path) {
  const fs::path result = path.lexically_normal();
  return result.has_filename() ? result : result.parent_path();
}

bool same_file(int fd, const fs::path& path) {
  struct stat a, b;
  return ::fstat(fd, &a) == 0 && ::stat(path.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

/// Takes the lock that says "a living writer is at this"; the kernel drops it at any death.
bool lock(int fd) {
  // Where there are no locks (some network file systems) a writer counts as alone.
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

/// Removes what is temporary unless its writer lives.
void remove_abandoned(const fs::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd && lock(fd.get())) remove_quietly(path);
}

/// Makes the empty temporary folder and returns it open and locked.
std::unique_ptr<Fd> make_locked(const fs::path& tmp) {
  constexpr int kTries = 50;
  for (int i = 0; i < kTries; ++i) {
    remove_abandoned(tmp);
    if (::mkdir(tmp.c_str(), 0777) != 0 && errno != EEXIST)
      throw_errno(tmp, "make a folder", errno);
    auto fd = std::make_unique<Fd>(::open(tmp.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A cleaner may have come between mkdir and the lock: then what is locked is no longer there.
    if (*fd && lock(fd->get()) && same_file(fd->get(), tmp) && fs::is_empty(tmp)) return fd;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw DataError(tmp.string(), "another process is writing this folder; wait for it, or end it");
}

/// Puts a filled folder in the target's place.
void put_in_place(const fs::path& tmp, const fs::path& target) {
  if (::rename(tmp.c_str(), target.c_str()) == 0) return;
  if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
    throw_errno(target, "rename", errno);
  if (::renameat2(AT_FDCWD, tmp.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return;
  // No exchange on this file system: two renames, and remove_leftovers() mends a kill between them.
  const fs::path old = sibling(target, kOld);
  remove_quietly(old);
  if (::rename(target.c_str(), old.c_str()) != 0) throw_errno(target, "rename", errno);
  if (::rename(tmp.c_str(), target.c_str()) != 0) {
    const int error = errno;
    if (::rename(old.c_str(), target.c_str()) != 0) throw_errno(old, "rename back", errno);
    throw_errno(target, "rename", error);
  }
}

void fill_and_put(const fs::path& tmp, const fs::path& target,
                  const std::function<void(const fs::path&)>& fill) {
  fill(tmp);
  write_file_atomic(tmp / kManifestName, manifest_text(list_and_sync(tmp)));
  for (const auto& item : fs::recursive_directory_iterator(tmp)) {
    if (item.is_directory()) sync_path(item.path());
  }
  sync_path(tmp);
  put_in_place(tmp, target);
  sync_path(parent_of(target));
}

/// The step-N folders, highest first.
std::vector<std::pair<std::int64_t, fs::path>> list_steps(const fs::path& checkpoints) {
  std::vector<std::pair<std::int64_t, fs::path>> steps;
  std::error_code none;
  for (const auto& item : fs::directory_iterator(checkpoints, none)) {
    if (const auto step = step_of(item.path()); step && item.is_directory()) {
      steps.emplace_back(*step, item.path());
    }
  }
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

}  // namespace

void write_folder(const fs::path& target, const std::function<void(const fs::path&)>& fill) {
  const fs::path place = normal(target);
  const fs::path tmp = sibling(place, kTmp);
  try {
    if (fs::exists(place) && !fs::is_directory(place)) {
      throw DataError(place.string(), "a folder or nothing", "a file");
    }
    fs::create_directories(parent_of(place));
    remove_leftovers(parent_of(place));
    const auto lock_holder = make_locked(tmp);
    try {
      fill_and_put(tmp, place, fill);
    } catch (...) {
      remove_quietly(tmp);  // it also gives a full disk its space back
      throw;
    }
    remove_quietly(tmp);  // after an exchange, the old target
    remove_quietly(sibling(place, kOld));
  } catch (const fs::filesystem_error& e) {
    throw_errno(e.path1().empty() ? place : e.path1(), "write", e.code().value());
  }
}

std::optional<std::int64_t> step_of(const fs::path& folder) {
  constexpr std::string_view kPrefix = "step-";
  const std::string name = folder.filename().string();
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || stop != end || step < 0) return std::nullopt;
  return step;
}

std::optional<fs::path> newest_good(const fs::path& checkpoints,
                                    const std::function<void(const std::string&)>& warn) {
  remove_leftovers(checkpoints);
  for (const auto& [step, path] : list_steps(checkpoints)) {
    try {
      check_folder(path);
      return path;
    } catch (const DataError& e) {
      if (warn) warn(std::string("damaged checkpoint passed over: ") + e.what());
    }
  }
  return std::nullopt;
}

void prune(const fs::path& checkpoints, std::size_t keep, std::int64_t newest) {
  std::size_t kept = 0;
  for (const auto& [step, path] : list_steps(checkpoints)) {
    if (step <= newest && kept < keep) {
      ++kept;
      continue;
    }
    const fs::path gone = sibling(path, kGone);
    remove_quietly(gone);
    if (::rename(path.c_str(), gone.c_str()) == 0) remove_quietly(gone);
  }
}

void remove_leftovers(const fs::path& parent) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& item : fs::directory_iterator(parent, none)) found.push_back(item.path());
  for (const fs::path& path : found) {
    const std::string name = path.filename().string();
    if (name[0] != '.') continue;
    if (name.ends_with(kTmp)) remove_abandoned(path);
    if (name.ends_with(kGone)) remove_quietly(path);
    if (name.ends_with(kOld)) {
      const fs::path target = parent / name.substr(1, name.size() - 1 - kOld.size());
      // Killed between the two renames of a replacement: the old one is all there is.
      if (!fs::exists(target, none)) {
        fs::rename(path, target, none);
      } else {
        remove_quietly(path);
      }
    }
  }
}

void write_file_atomic(const fs::path& path, std::string_view text) {
  write_file_atomic(path, [&](const Append& append) { append(text); });
}

void write_file_atomic(const fs::path& path,
                       const std::function<void(const Append& append)>& fill) {
  const fs::path tmp = sibling(path, kTmp);
  try {
    const Fd fd(::open(tmp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd) throw_errno(path, "write", errno);
    lock(fd.get());
    fill([&](std::string_view part) {
      if (const int error = write_all(fd.get(), part); error != 0) {
        throw_errno(path, "write", error);
      }
    });
    if (::fsync(fd.get()) != 0) throw_errno(path, "write", errno);
    if (::rename(tmp.c_str(), path.c_str()) != 0) throw_errno(path, "write", errno);
  } catch (...) {
    ::unlink(tmp.c_str());
    throw;
  }
  sync_path(parent_of(path));
}

}  // namespace hone::model
