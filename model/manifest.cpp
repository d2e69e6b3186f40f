#include "model/manifest.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "model/error.h"
#include "model/posix_file.h"

namespace hone::model {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFormat = "hone folder, XXH3-128";

/// Size and hash of an open file.
ManifestEntry measure(int fd, const fs::path& path) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> buffer(1 << 20);
  ManifestEntry entry;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno(path, "read", errno);
    if (n == 0) break;
    XXH3_128bits_update(state.get(), buffer.data(), static_cast<std::size_t>(n));
    entry.size += static_cast<std::uintmax_t>(n);
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  entry.hash = text;
  return entry;
}

/// True for a path that stays inside the folder: a manifest is data, and data may lie.
bool stays_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

}  // namespace

std::vector<ManifestEntry> list_and_sync(const fs::path& folder) {
  std::vector<ManifestEntry> entries;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_symlink() || !(item.is_regular_file() || item.is_directory())) {
      throw DataError(item.path().string(), "a file or a folder", "something else");
    }
    if (item.is_directory()) continue;
    const std::string relative = item.path().lexically_relative(folder).generic_string();
    if (relative == kManifestName) continue;
    const Fd fd(::open(item.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) throw_errno(item.path(), "open", errno);
    // Before the hash: delayed writing reports a full disk here.
    if (::fsync(fd.get()) != 0) throw_errno(item.path(), "fsync", errno);
    entries.push_back(measure(fd.get(), item.path()));
    entries.back().path = relative;
  }
  std::sort(entries.begin(), entries.end(),
            [](const ManifestEntry& a, const ManifestEntry& b) { return a.path < b.path; });
  return entries;
}

std::string manifest_text(const std::vector<ManifestEntry>& entries) {
  nlohmann::ordered_json json;
  json["format"] = kFormat;
  json["files"] = nlohmann::ordered_json::array();
  for (const ManifestEntry& entry : entries) {
    json["files"].push_back({{"path", entry.path}, {"size", entry.size}, {"hash", entry.hash}});
  }
  return json.dump(1) + "\n";
}

std::vector<ManifestEntry> read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError(path.string(), "a manifest", "no such file");
  const std::string text((std::istreambuf_iterator<char>(file)), {});

  std::vector<ManifestEntry> entries;
  try {
    const auto json = nlohmann::json::parse(text);
    for (const auto& item : json.at("files")) {
      entries.push_back({item.at("path").get<std::string>(), item.at("size").get<std::uintmax_t>(),
                         item.at("hash").get<std::string>()});
      if (!stays_inside(entries.back().path)) {
        throw DataError(path.string(), "paths inside the folder", entries.back().path);
      }
    }
    if (manifest_text(entries) == text) return entries;
  } catch (const nlohmann::json::exception&) {
    // Told below, as every other damage to the manifest.
  }
  throw DataError(path.string(), "a manifest", "a damaged one");
}

void check_folder(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw DataError(folder.string(), "a folder", "none");
  for (const ManifestEntry& expected : read_manifest(folder)) {
    const fs::path path = folder / expected.path;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
      throw DataError(path.string(), "a file of " + std::to_string(expected.size) + " bytes",
                      errno == ENOENT ? "no such file" : "one that cannot be opened");
    }
    const ManifestEntry got = measure(fd.get(), path);
    if (got.size != expected.size) {
      throw DataError(path.string(), std::to_string(expected.size) + " bytes",
                      std::to_string(got.size));
    }
    if (got.hash != expected.hash) {
      throw DataError(path.string(), "contents of hash " + expected.hash, got.hash);
    }
  }
}

bool is_complete(const fs::path& folder) {
  try {
    check_folder(folder);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace hone::model
