#include "recipes/bind.h"

#include <algorithm>

namespace hone::recipes {

const Field* find_field(const Fields& fields, std::string_view key) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string_view> keys_of(const Fields& fields) {
  std::vector<std::string_view> keys;
  for (const Field& field : fields) keys.push_back(field.key);
  return keys;
}

Fields all_fields(const UnionView& view) {
  Fields fields = view.common;
  for (Field& own : view.fields()) fields.push_back(std::move(own));
  return fields;
}

std::string name_in(const Value& value) {
  const Fields* fields = nullptr;
  if (const auto* table = std::get_if<TableView>(&value.view)) fields = &table->fields;
  if (const auto* chosen = std::get_if<UnionView>(&value.view)) fields = &chosen->common;
  const Field* name = fields ? find_field(*fields, "name") : nullptr;
  const auto* text = name ? std::get_if<std::string*>(&name->value.view) : nullptr;
  return text ? **text : std::string();
}

std::string join_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string element_path(const std::string& list, std::size_t index, std::string_view name) {
  if (list == "stage" && !name.empty()) return std::string(name);
  return list + "." + std::to_string(index);
}

}  // namespace hone::recipes
