// Instead of parquet.cpp, where Arrow's library is not asked for.
#include "model/error.h"
#include "rollout/parquet.h"

namespace hone::rollout {

bool has_parquet() { return false; }

void read_parquet(const std::filesystem::path& path,
                  const std::function<void(std::int64_t, nlohmann::json)>&) {
  throw DataError(path.string(), "a JSONL file, as this hone was built without Parquet",
                  "a Parquet file; `tools/build --parquet` builds one that reads it");
}

}  // namespace hone::rollout
