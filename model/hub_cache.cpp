#include "model/hub_cache.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "model/error.h"
#include "model/file_io.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestId = 96;

/// None where the variable is not set, or is empty.
fs::path variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

bool is_id_part(const std::string& part) {
  const auto allowed = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  const auto is_mark = [](char c) { return c == '-' || c == '.'; };
  return !part.empty() && std::all_of(part.begin(), part.end(), allowed) &&
         !is_mark(part.front()) && !is_mark(part.back()) && part.find("--") == std::string::npos &&
         part.find("..") == std::string::npos;
}

/// The commit in refs/main, which names a folder: it comes out of a file.
std::string commit_of(const fs::path& repository) {
  const fs::path path = repository / "refs" / "main";
  std::string commit = read_file(path);
  while (!commit.empty() && (commit.back() == '\n' || commit.back() == '\r')) commit.pop_back();
  const bool hex = std::all_of(commit.begin(), commit.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (commit.size() == 40 && hex) return commit;
  throw DataError(path.string(), "a commit's 40 hexadecimal digits",
                  "\"" + commit.substr(0, 60) + "\"");
}

/// The only GGUF file of a snapshot without safetensors, beside which there may be a config.json.
fs::path model_in(const fs::path& snapshot) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(snapshot)) {
    if (entry.path().extension() == ".gguf") files.push_back(entry.path());
  }
  if (files.empty()) return snapshot;
  if (files.size() == 1) return files.front();
  throw DataError(snapshot.string(), "one GGUF file; name the one you mean by its path",
                  std::to_string(files.size()));
}

}  // namespace

fs::path hub_cache() {
  if (const fs::path cache = variable("HF_HUB_CACHE"); !cache.empty()) return cache;
  if (const fs::path home = variable("HF_HOME"); !home.empty()) return home / "hub";
  fs::path cache = variable("XDG_CACHE_HOME");
  if (cache.empty()) cache = variable("HOME") / ".cache";
  return cache / "huggingface" / "hub";
}

bool is_hub_id(const std::string& name) {
  const auto slash = name.find('/');
  return slash != std::string::npos && name.size() <= kLongestId &&
         is_id_part(name.substr(0, slash)) && is_id_part(name.substr(slash + 1));
}

fs::path resolve_model(const std::string& name) {
  std::error_code ignored;
  if (fs::exists(name, ignored) || !is_hub_id(name) || fs::path(name).extension() == ".gguf") {
    return name;
  }
  const auto slash = name.find('/');
  const fs::path cache = hub_cache();
  const fs::path repository =
      cache / ("models--" + name.substr(0, slash) + "--" + name.substr(slash + 1));
  if (!fs::exists(repository / "refs" / "main")) {
    throw DataError(name,
                    "is neither a folder, a .gguf file nor a model in the Hugging Face cache, " +
                        cache.string() + "; `hf download " + name + "` fetches one from the hub");
  }
  const fs::path snapshot = repository / "snapshots" / commit_of(repository);
  if (!fs::is_directory(snapshot)) {
    throw DataError(snapshot.string(),
                    "is not there, but refs/main names it; `hf download " + name + "` fetches it");
  }
  const auto has = [&](const char* file) { return fs::exists(snapshot / file); };
  const bool weights = has("model.safetensors") || has("model.safetensors.index.json");
  if (has("adapter_config.json") || (has("config.json") && weights)) return snapshot;
  return model_in(snapshot);
}

}  // namespace hone::model
