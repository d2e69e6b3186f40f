#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hone::rewards::math {

/// The content of the last box and of those before it that belong to it: close by, or joined by
/// "and", "or", a comma or a semicolon. Several contents are joined by commas.
struct Boxes {
  std::string content;
  std::size_t end = 0;   // of the last one
  bool closed = true;    // the last one
  bool percent = false;  // a percent sign follows
};

std::optional<Boxes> find_boxes(std::string_view text);

}  // namespace hone::rewards::math
