#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

namespace hone::rollout {

/// Whether this program was built with Arrow's library (tools/build --parquet).
bool has_parquet();

/// Calls `each` with every row of a Parquet file, from 1, as a JSON object: numbers, texts, lists
/// and structures as such, dates and times as text. Memory is that of a row group.
/// Throws: DataError naming the file for one that is no Parquet, or damaged; the column for a type
/// that JSON has no form for; and tools/build's option where the program was built without.
void read_parquet(const std::filesystem::path& path,
                  const std::function<void(std::int64_t row, nlohmann::json object)>& each);

}  // namespace hone::rollout
