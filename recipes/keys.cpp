#include <cmath>
#include <cstdio>
#include <set>
#include <sstream>

#include "recipes/write.h"

namespace hone::recipes {
namespace {

std::string limit(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

struct TypeName {
  std::string operator()(const bool*) const { return "bool"; }
  std::string operator()(const std::int64_t*) const { return "integer"; }
  std::string operator()(const std::uint64_t*) const { return "integer"; }
  std::string operator()(const double*) const { return "number"; }
  std::string operator()(const std::string*) const { return "string"; }
  std::string operator()(const std::vector<std::string>*) const { return "strings"; }
  std::string operator()(const WordOrNumbers*) const { return "word"; }
  std::string operator()(const EnumView&) const { return "word"; }
  std::string operator()(const TableView&) const { return "table"; }
  std::string operator()(const UnionView&) const { return "table"; }
  std::string operator()(const ListView&) const { return "tables"; }
  std::string operator()(const OptionalView& optional) const {
    return std::visit(*this, optional.get().view) + "?";
  }
};

class KeyTable {
 public:
  void add(const Field& field, const std::string& path) {
    if (const auto* optional = std::get_if<OptionalView>(&field.value.view)) {
      Field inner = field;
      inner.value = optional->get();
      if (is_table(inner.value)) return add(inner, path);
      line(path, std::visit(TypeName{}, field.value.view), "", inner);
    } else if (const auto* list = std::get_if<ListView>(&field.value.view)) {
      line(path, "tables", "[]", field);
      add({field.key, list->append(), field.help}, path + (path == "stage" ? "" : ".N"));
    } else if (const auto* table = std::get_if<TableView>(&field.value.view)) {
      add_all(table->fields, path);
    } else if (const auto* chosen = std::get_if<UnionView>(&field.value.view)) {
      add_union(*chosen, path);
    } else {
      const auto pairs = flatten(field.value, "");
      line(path, std::visit(TypeName{}, field.value.view),
           pairs.empty() ? "" : pairs.front().second, field);
    }
  }

  void add_all(const Fields& fields, const std::string& path) {
    for (const Field& field : fields) add(field, join_path(path, field.key));
  }

  std::string take() { return std::move(out_); }

 private:
  static bool is_table(const Value& value) {
    return std::holds_alternative<TableView>(value.view) ||
           std::holds_alternative<UnionView>(value.view);
  }

  void line(const std::string& path, const std::string& type, const std::string& initial,
            const Field& field) {
    std::string text = "  " + path;
    pad(text, 42);
    text += type;
    pad(text, 52);
    text += initial;
    pad(text, 64);
    text += field.help;
    if (!std::isinf(field.low)) text += " (" + limit(field.low) + " to " + limit(field.high) + ")";
    if (const auto* words = std::get_if<EnumView>(&field.value.view)) {
      text += " (";
      for (std::size_t i = 0; i < words->names.size(); ++i) {
        text.append(i == 0 ? "" : ", ").append(words->names[i]);
      }
      text += ")";
    }
    out_ += text + "\n";
  }

  // Each family of types is spelt out where it is met first; later it is only named.
  void add_union(const UnionView& chosen, const std::string& path) {
    std::string types;
    for (const std::string_view type : chosen.types) {
      types += (types.empty() ? "\"" : ", \"") + std::string(type) + "\"";
    }
    const bool first = known_.insert(types).second;
    out_ += "  " + path + ".type: one of " + types + (first ? "" : ", as above") + "\n";
    add_all(chosen.common, path);
    for (std::size_t i = 0; first && i < chosen.types.size(); ++i) {
      chosen.choose(i);
      out_ += "  " + path + ".type = \"" + std::string(chosen.types[i]) + "\":\n";
      add_all(chosen.fields(), path);
    }
  }

  static void pad(std::string& text, std::size_t width) {
    text.append(text.size() < width ? width - text.size() : 1, ' ');
  }

  std::string out_;
  std::set<std::string> known_;
};

}  // namespace

std::string describe_keys(const Value& value, const std::string& path) {
  KeyTable table;
  table.add({.key = "", .value = value, .help = ""}, path);
  return table.take();
}

}  // namespace hone::recipes
