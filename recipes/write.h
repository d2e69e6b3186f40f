#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recipes/bind.h"

namespace hone::recipes {

/// Every field as TOML, defaults too; an optional without a value is left out. Reading it gives the
/// same struct.
std::string dump_toml(const Fields& fields);

/// Every scalar with its dotted path, in order.
std::vector<std::pair<std::string, std::string>> flatten(const Value& value,
                                                         const std::string& path);

/// "key: old -> new" for each difference between two flattened structs; "nothing" stands for a key
/// that one of them lacks.
std::vector<std::string> differences(const std::vector<std::pair<std::string, std::string>>& before,
                                     const std::vector<std::pair<std::string, std::string>>& after);

/// A table of every key for a person: path, type, default, range, help. Makes optionals and list
/// elements inside the struct to look at them: give it a struct of its own.
std::string describe_keys(const Value& value, const std::string& path);

}  // namespace hone::recipes
