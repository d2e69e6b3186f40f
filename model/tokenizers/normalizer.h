#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/json_fields.h"

namespace hone::model {

/// A text on its way through a tokenizer.
struct NormalizedText {
  std::string text;
  /// True while the first character stems from the beginning of what was to be encoded: Metaspace
  /// asks for it.
  bool at_start = false;
};

/// The normalizer of a tokenizer.json: what is done to a text before it is taken apart.
class Normalizer {
 public:
  /// From the field "normalizer" of the file; none does nothing.
  /// Throws: DataError naming a field that is wrong or not supported.
  explicit Normalizer(const Fields& file);

  void apply(NormalizedText& text) const;

 private:
  using Step = std::function<void(NormalizedText&)>;
  void add(const Fields& fields, int depth);

  std::vector<Step> steps_;
};

}  // namespace hone::model
