#include "tools/report/format.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace hone::tools {
namespace {

template <class... Args>
std::string print(const char* format, Args... args) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

/// Without the zeros at the end of its decimals.
std::string trim_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// `digits` significant ones, never in exponent form.
std::string significant(double value, int digits) {
  const double size = std::abs(value);
  const int before = size >= 1 ? static_cast<int>(std::floor(std::log10(size))) + 1 : 1;
  const int leading =
      size > 0 && size < 1 ? static_cast<int>(-std::floor(std::log10(size))) - 1 : 0;
  return trim_zeros(
      print("%.*f", std::max(0, digits - before + leading + (size < 1 ? 1 : 0)), value));
}

std::string scaled(double value, int digits) {
  const double size = std::abs(value);
  if (size >= 1e9) return significant(value / 1e9, digits) + "B";
  if (size >= 1e6) return significant(value / 1e6, digits) + "M";
  if (size >= 1e4) return significant(value / 1e3, digits) + "k";
  return significant(value, digits + 1);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) {
          // The block of control pictures: U+2400 and on.
          out += print("&#x%x;", byte == 0x7f ? 0x2421u : 0x2400u + byte);
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (value == 0) return "0";
  if (size < 1e-3) {
    std::string text = print("%.2e", value);  // 1.50e-04 -> 1.5e-4
    const std::size_t e = text.find('e');
    const int exponent = std::atoi(text.c_str() + e + 1);
    return trim_zeros(text.substr(0, e)) + "e" + std::to_string(exponent);
  }
  return scaled(value, 3);
}

std::string percent(double share) { return print("%.1f%%", 100 * share); }

std::string duration(double seconds) {
  const auto s = static_cast<long long>(std::llround(seconds));
  if (s < 60) return print("%lld s", s);
  if (s < 3600) return print("%lld min %02lld s", s / 60, s % 60);
  return print("%lld h %02lld min", s / 3600, s % 3600 / 60);
}

std::string count_text(double count) {
  return count >= 1e3 && count < 1e4 ? significant(count / 1e3, 3) + "k" : scaled(count, 3);
}

std::vector<double> round_ticks(double low, double high, int wanted) {
  std::vector<double> ticks;
  const double raw = (high - low) / std::max(1, wanted);
  if (!(raw > 0) || !std::isfinite(raw)) return {low};
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw * 0.999) {
      step = factor * power;
      break;
    }
  }
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) {
    ticks.push_back(k * step);
  }
  return ticks;
}

}  // namespace hone::tools
