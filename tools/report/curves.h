#pragma once

#include <string>
#include <vector>

#include "tools/report/run_data.h"

namespace hone::tools {

/// The section of curves: the ones that matter first, all other metrics folded below.
std::string curves_section(const std::vector<RunData>& runs);

}  // namespace hone::tools
