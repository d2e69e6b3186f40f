#pragma once

#include <filesystem>
#include <string>

// Models that `hf download` has fetched. Nothing here opens a connection.
namespace hone::model {

/// Where the Hugging Face cache is: $HF_HUB_CACHE, else hub/ in $HF_HOME, else huggingface/hub/ in
/// $XDG_CACHE_HOME or ~/.cache. Source: huggingface_hub's constants.py.
std::filesystem::path hub_cache();

/// Whether a text is the id of a model on the Hugging Face hub, "org/name".
/// Source: huggingface_hub's validate_repo_id.
bool is_hub_id(const std::string& name);

/// What a user calls a model, as a path: that of a folder or file that is there, or else, of a hub
/// id, the snapshot in the cache that its branch main is at. Anything else comes back as it is.
/// Throws: DataError for an id that the cache does not hold, with the command that fetches it.
std::filesystem::path resolve_model(const std::string& name);

}  // namespace hone::model
