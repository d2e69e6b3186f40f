#include "rewards/math/units.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

/// numerator/denominator of these base units make one unit of any of the names.
struct Row {
  std::string_view names;  // a space before and behind each
  long numerator, denominator;
  std::string_view base;
};

constexpr std::array<Row, 54> kUnits = {{
    {" m meter metre ", 1, 1, "m"},
    {" km kilometer kilometre ", 1000, 1, "m"},
    {" cm centimeter centimetre ", 1, 100, "m"},
    {" mm millimeter millimetre ", 1, 1000, "m"},
    {" dm decimeter decimetre ", 1, 10, "m"},
    {" in inch ", 254, 10000, "m"},
    {" ft foot feet ", 3048, 10000, "m"},
    {" yd yard ", 9144, 10000, "m"},
    {" mi mile ", 1609344, 1000, "m"},
    {" s sec second ", 1, 1, "s"},
    {" ms millisecond ", 1, 1000, "s"},
    {" min minute ", 60, 1, "s"},
    {" h hr hour ", 3600, 1, "s"},
    {" day ", 86400, 1, "s"},
    {" week ", 604800, 1, "s"},
    {" month ", 1, 1, "month"},
    {" year yr ", 12, 1, "month"},
    {" kg kilogram ", 1000, 1, "g"},
    {" g gram gm ", 1, 1, "g"},
    {" mg milligram ", 1, 1000, "g"},
    {" ton tonne ", 1000000, 1, "g"},
    {" lb pound ", 45359237, 100000, "g"},
    {" oz ounce ", 45359237, 1600000, "g"},
    {" l liter litre ", 1, 1, "l"},
    {" ml milliliter millilitre cc ", 1, 1000, "l"},
    {" gallon gal ", 1, 1, "gallon"},
    {" acre ", 1, 1, "acre"},
    {" hectare ", 1, 1, "hectare"},
    {" mph ", 1609344, 3600000, "m*s^-1"},
    {" kmph kmh kph ", 1000, 3600, "m*s^-1"},
    {" rad radian ", 1, 1, "rad"},
    {" n newton ", 1, 1, "newton"},
    {" j joule ", 1, 1, "joule"},
    {" kj kilojoule ", 1000, 1, "joule"},
    {" w watt ", 1, 1, "watt"},
    {" kw kilowatt ", 1000, 1, "watt"},
    {" v volt ", 1, 1, "volt"},
    {" ohm ", 1, 1, "ohm"},
    {" a ampere amp ", 1, 1, "ampere"},
    {" hz hertz ", 1, 1, "s^-1"},
    {" k kelvin ", 1, 1, "kelvin"},
    {" pa pascal ", 1, 1, "pascal"},
    {" mol mole ", 1, 1, "mol"},
    {" dollar usd ", 1, 1, "dollar"},
    {" cent ", 1, 100, "dollar"},
    {" euro eur ", 1, 1, "euro"},
    {" yuan rmb ", 1, 1, "yuan"},
    {" yen ", 1, 1, "yen"},
    {" rupee rs ", 1, 1, "rupee"},
    {" degree deg ", 1, 1, "degree"},
    {" am ", 1, 1, "am"},
    {" pm ", 1, 1, "pm"},
    {" celsius ", 1, 1, "celsius"},
    {" fahrenheit ", 1, 1, "fahrenheit"},
}};

const Row* find_row(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto find = [](const std::string& name) -> const Row* {
    const std::string key = " " + name + " ";
    for (const Row& row : kUnits) {
      if (row.names.find(key) != std::string_view::npos) return &row;
    }
    return nullptr;
  };
  if (lower.empty() || lower.size() > 16) return nullptr;
  if (const Row* row = find(lower)) return row;
  if (lower.size() < 3) return nullptr;  // "as" is no plural
  if (lower == "inches") return find("inch");
  if (lower.back() == 's') return find(lower.substr(0, lower.size() - 1));
  return nullptr;
}

struct UnitReader {
  std::string_view rest;

  void skip() {
    while (!rest.empty() &&
           (is_space(rest.front()) || rest.front() == '*' || rest.front() == '.')) {
      rest.remove_prefix(1);
    }
  }

  std::string_view word() {
    std::size_t size = 0;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (size < rest.size() && letter(rest[size])) ++size;
    const std::string_view result = rest.substr(0, size);
    rest.remove_prefix(size);
    return result;
  }

  /// ^2, ^{2}, ^{-1}: 1 where there is none, 0 if it cannot be read.
  int power() {
    if (rest.empty() || rest.front() != '^') return 1;
    rest.remove_prefix(1);
    const bool braces = rest.starts_with("{");
    if (braces) rest.remove_prefix(1);
    const bool minus = rest.starts_with("-");
    if (minus) rest.remove_prefix(1);
    if (rest.empty() || rest.front() < '1' || rest.front() > '9') return 0;
    const int value = rest.front() - '0';
    rest.remove_prefix(1);
    if (braces) {
      if (!rest.starts_with("}")) return 0;
      rest.remove_prefix(1);
    }
    return minus ? -value : value;
  }
};

}  // namespace

bool is_unit(std::string_view word) { return find_row(word) != nullptr; }

std::optional<Unit> parse_unit(std::string_view text) {
  if (text.size() > 64) return std::nullopt;
  Unit unit;
  std::map<std::string, int> powers;
  UnitReader reader{text};
  int side = 1, pending = 1;
  bool any = false;
  for (reader.skip(); !reader.rest.empty(); reader.skip()) {
    if (reader.rest.front() == '/') {
      reader.rest.remove_prefix(1);
      side = -1;
      continue;
    }
    const std::string_view word = reader.word();
    if (word == "per") {
      side = -1;
      continue;
    }
    if (word == "square" || word == "sq" || word == "cubic" || word == "cu") {
      pending = word[0] == 's' ? 2 : 3;
      continue;
    }
    const Row* row = find_row(word);
    const int power = reader.power() * pending * side;
    if (row == nullptr || power == 0) return std::nullopt;
    pending = 1;
    any = true;
    mpq_class one(row->numerator, row->denominator);
    one.canonicalize();
    for (int i = 0; i < std::abs(power); ++i) {
      if (power > 0) {
        unit.factor *= one;
      } else {
        unit.factor /= one;
      }
    }
    // A row's own base may be a product: m*s^-1.
    UnitReader base{row->base};
    for (base.skip(); !base.rest.empty(); base.skip()) {
      const std::string name(base.word());
      powers[name] += base.power() * power;
    }
  }
  if (!any) return std::nullopt;
  for (const auto& [name, power] : powers) {
    if (power != 0) unit.base += name + "^" + std::to_string(power) + " ";
  }
  return unit;
}

}  // namespace hone::rewards::math
