#pragma once

#include <cstdint>
#include <vector>

#include "model/json_fields.h"

namespace hone::model {

/// The special tokens around a text, as the post-processor of a tokenizer.json says.
struct PostProcessor {
  /// From the field "post_processor" of the file; none adds nothing. Ids are below `ids_end`.
  /// Throws: DataError naming a field that is wrong or not supported.
  PostProcessor(const Fields& file, std::int64_t ids_end);

  std::vector<std::int32_t> before, after;

 private:
  void add(const Fields& fields, std::int64_t ids_end, int depth);
};

}  // namespace hone::model
