#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/json_fields.h"

namespace hone::model {

/// The decoder of a tokenizer.json: pieces to text.
class TokenDecoder {
 public:
  /// From the field "decoder" of the file; none puts spaces between the pieces.
  /// Throws: DataError naming a field that is wrong or not supported.
  explicit TokenDecoder(const Fields& file);

  std::string decode(std::vector<std::string> pieces) const;

 private:
  using Step = std::function<void(std::vector<std::string>&)>;
  void add(const Fields& fields, int depth);

  std::vector<Step> steps_;
  bool joined_by_spaces_ = false;
};

}  // namespace hone::model
