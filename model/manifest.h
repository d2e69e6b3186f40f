#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hone::model {

constexpr const char* kManifestName = "manifest.json";

/// A file of a folder, as its manifest records it.
struct ManifestEntry {
  std::string path;  // relative, with '/'
  std::uintmax_t size = 0;
  std::string hash;  // XXH3-128, 32 hexadecimal digits
};

/// Hashes and fsyncs every file below `folder` (its own manifest left out), in order of path.
/// Throws: DataError for anything that is neither a file nor a folder, or cannot be read.
std::vector<ManifestEntry> list_and_sync(const std::filesystem::path& folder);

/// The manifest's text, the only one for these entries: any other text is damage.
std::string manifest_text(const std::vector<ManifestEntry>& entries);

/// Reads and checks the manifest itself, not the files.
/// Throws: DataError.
std::vector<ManifestEntry> read_manifest(const std::filesystem::path& folder);

}  // namespace hone::model
