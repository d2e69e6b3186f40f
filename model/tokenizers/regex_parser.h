#pragma once

#include <string>
#include <vector>

#include "model/tokenizers/regex.h"

namespace hone::model {

struct RegexProgram {
  std::vector<RegexStep> steps;
  std::vector<CodePointSet> sets;
};

/// A pattern in Oniguruma's Ruby syntax as steps. Throws: DataError naming `place`.
RegexProgram compile_regex(const std::string& pattern, const std::string& place);

}  // namespace hone::model
