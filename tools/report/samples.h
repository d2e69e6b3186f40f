#pragma once

#include <string>
#include <vector>

#include "tools/report/run_data.h"

namespace hone::tools {

/// One problem at several moments of training: for each moment its whole group.
struct ProblemStory {
  std::string prompt;
  std::string answer;
  std::vector<std::vector<SampleData>> moments;  // in order of step
  bool same_problem = true;  // false: no problem came twice, every moment shows another one
};

/// At most `most` problems, each early, in the middle and late: those whose visits lie furthest
/// apart.
std::vector<ProblemStory> choose_problems(const std::vector<SampleData>& samples, std::size_t most);

/// The section that shows them; what cannot be read goes to the runs' warnings.
std::string samples_section(std::vector<RunData>& runs);

}  // namespace hone::tools
