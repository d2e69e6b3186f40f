#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::model::kernels {

/// Instruction sets of this machine that the kernels can use, best first: "avx512", "avx2",
/// "scalar".
std::vector<std::string> available_isas();

/// Name of the set in use.
std::string current_isa();

/// Uses this set from now on; "" picks the best. All give the same bits.
/// Returns: false if the machine or the build does not have it.
bool use_isa(std::string_view name);

}  // namespace hone::model::kernels
