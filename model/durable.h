#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace hone::model {

// Folders and files that are there whole or not at all, whatever moment the process or the machine
// dies at. A folder is filled under a hidden name beside its place, every file is fsynced, a
// manifest of sizes and hashes is written last, and only then does one rename put it in its place.

/// Writes a folder: `fill` puts files (and folders) into the empty folder it is given, and all of
/// them appear as `target` at once. An existing target stays as it is until then, and is replaced.
/// Throws: what `fill` throws; DataError if the disk is full or not writable, or if another process
/// writes the same folder. In every case the old target is untouched.
void write_folder(const std::filesystem::path& target,
                  const std::function<void(const std::filesystem::path& folder)>& fill);

/// Checks a folder against its manifest, every byte. Files that the manifest does not name are
/// ignored. Throws: DataError naming the damaged or missing file.
void check_folder(const std::filesystem::path& folder);

/// True if the folder is there and check_folder() finds nothing.
bool is_complete(const std::filesystem::path& folder);

/// The highest step-N folder whose manifest holds. `warn` is told of each damaged one passed over.
std::optional<std::filesystem::path> newest_good(
    const std::filesystem::path& checkpoints,
    const std::function<void(const std::string& text)>& warn);

/// Keeps the `keep` highest step-N folders up to `newest`, the one just written. Those past it are
/// removed too: they are damaged ones that a resumed run had to go back behind.
void prune(const std::filesystem::path& checkpoints, std::size_t keep,
           std::int64_t newest = std::numeric_limits<std::int64_t>::max());

/// N of a folder named step-N.
std::optional<std::int64_t> step_of(const std::filesystem::path& folder);

/// Removes what killed writers left in a folder, and puts back what a kill caught half replaced. A
/// writer that is still alive is left alone. newest_good() and write_folder() do this by
/// themselves.
void remove_leftovers(const std::filesystem::path& parent);

/// Writes a file so that a reader sees the old text or the new one, never a part.
/// Throws: DataError if the disk is full or not writable; the old file is untouched.
void write_file_atomic(const std::filesystem::path& path, std::string_view text);

/// Takes the next part of a file.
using Append = std::function<void(std::string_view part)>;

/// The same for a file that is written part by part. Throws too: what `fill` throws.
void write_file_atomic(const std::filesystem::path& path,
                       const std::function<void(const Append& append)>& fill);

}  // namespace hone::model
