#pragma once

#include <string>
#include <vector>

#include "tools/report/run_data.h"

namespace hone::tools {

/// The few figures that say what the run did.
std::string tiles(const RunData& run);

/// Every model measured, a row each.
std::string results_section(const std::vector<RunData>& runs);

/// How the figures were made, and what they do not show.
std::string method_section(const std::vector<RunData>& runs);

/// Stages and the recipe of each, folded.
std::string settings_section(const std::vector<RunData>& runs);

}  // namespace hone::tools
