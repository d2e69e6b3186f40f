#include "model/hub_cache.h"

#include <stdlib.h>

#include <catch2/catch.hpp>

#include "model/checkpoint.h"
#include "model/config.h"
#include "model/weight_files.h"
#include "tests/model/files.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string kCommit(40, 'a');

/// Sets a variable for a scope; an empty value removes it.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = ::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::string& value) const {
    if (value.empty()) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, value.c_str(), 1);
    }
  }
  const char* name_;
  std::string old_;
};

/// A cache as `hf download` leaves it: a snapshot of links into blobs/.
struct Cache : TempFolder {
  explicit Cache(const std::string& model) : variable("HF_HUB_CACHE", path().string()) {
    fs::create_directories(repository / "blobs");
    fs::create_directories(repository / "refs");
    fs::create_directories(snapshot);
    put(repository / "refs" / "main", kCommit);
    int number = 0;
    for (const auto& entry : fs::directory_iterator(fixture(model))) {
      const std::string blob = "blob" + std::to_string(number++);
      fs::copy(entry.path(), repository / "blobs" / blob);
      fs::create_symlink(fs::path("../../blobs") / blob, snapshot / entry.path().filename());
    }
  }
  fs::path repository = path() / "models--org--name";
  fs::path snapshot = repository / "snapshots" / kCommit;
  Variable variable;
};

}  // namespace

TEST_CASE("hub_cache: a model of the cache is read, in one file or in shards") {
  for (const char* model : {"qwen3_sharded", "llama_tied"}) {
    const Cache cache(model);
    const fs::path path = resolve_model("org/name");
    CHECK(path == cache.snapshot);
    const auto expected = load_decoder(fixture(model)).named_parameters();
    const auto read = load_decoder(path).named_parameters();
    REQUIRE(read.size() == expected.size());
    for (std::size_t i = 0; i < read.size(); ++i) CHECK(read[i].second.equal(expected[i].second));
  }
}

TEST_CASE("hub_cache: a snapshot's links stay in its model's folder") {
  const Cache cache("qwen3_sharded");
  const fs::path shard = cache.snapshot / "model-00004-of-00004.safetensors";
  const TempFolder outside;
  fs::copy(shard, outside.path() / "shard");
  fs::remove(shard);
  fs::create_symlink(outside.path() / "shard", shard);
  CHECK_THAT(data_error([&] { load_decoder(cache.snapshot); }), Contains("links to"));
}

TEST_CASE("hub_cache: the cache is where Hugging Face's own tools look") {
  const Variable home("HOME", "/somewhere");
  const Variable xdg("XDG_CACHE_HOME", "");
  const Variable hf_home("HF_HOME", "");
  const Variable hub("HF_HUB_CACHE", "");
  CHECK(hub_cache() == "/somewhere/.cache/huggingface/hub");
  const Variable xdg_set("XDG_CACHE_HOME", "/caches");
  CHECK(hub_cache() == "/caches/huggingface/hub");
  const Variable hf_home_set("HF_HOME", "/hf");
  CHECK(hub_cache() == "/hf/hub");
  const Variable hub_set("HF_HUB_CACHE", "/hub");
  CHECK(hub_cache() == "/hub");
}

TEST_CASE("hub_cache: what is there as a path is that, and what is no id is not looked up") {
  const Cache cache("llama_tied");
  const TempFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  fs::create_directories("org/name");
  CHECK(resolve_model("org/name") == "org/name");
  fs::remove_all("org");
  CHECK(resolve_model("org/name") == cache.snapshot);
  fs::current_path(before);
  for (const char* name :
       {"name", "/org/name", "../name", "org/..", "org/name/more", "org/na me", "org/", "/name",
        "org/.name", "org/a--b", "org/a..b", "org/name.gguf", "o\\rg/name", "org/n\u00e4me"}) {
    INFO(name);
    CHECK(resolve_model(name) == name);
  }
}

TEST_CASE(
    "hub_cache: a model that is not in the cache is refused with the command that fetches it") {
  const Cache cache("llama_tied");
  CHECK_THAT(data_error([] { resolve_model("org/other"); }),
             Contains("org/other") && Contains("hf download org/other"));
  put(cache.repository / "refs" / "main", std::string(40, 'b'));
  CHECK_THAT(data_error([] { resolve_model("org/name"); }),
             Contains("refs/main") && Contains("hf download org/name"));
  put(cache.repository / "refs" / "main", "../../../../etc");
  CHECK_THAT(data_error([] { resolve_model("org/name"); }), Contains("40 hexadecimal digits"));
}

TEST_CASE("hub_cache: a snapshot with a GGUF file alone is that file") {
  const Cache cache("llama_tied");
  fs::remove(cache.snapshot / "config.json");
  put(cache.snapshot / "a.gguf", "");
  CHECK(resolve_model("org/name") == cache.snapshot / "a.gguf");
  put(cache.snapshot / "b.gguf", "");
  CHECK_THAT(data_error([] { resolve_model("org/name"); }), Contains("one GGUF file"));
}

TEST_CASE("hub_cache: a GGUF file may have a config.json beside it") {
  const Cache cache("llama_tied");
  fs::remove(cache.snapshot / "model.safetensors");
  put(cache.snapshot / "a.gguf", "");
  CHECK(resolve_model("org/name") == cache.snapshot / "a.gguf");
}
