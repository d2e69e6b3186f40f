#pragma once

#include <string>

namespace hone::tools {

/// A whole HTML page: styles and script are inside it, and it may load nothing from anywhere.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace hone::tools
