#include "model/json_fields.h"

#include "model/error.h"
#include "model/file_io.h"

namespace hone::model {

template <class Json>
Json parse_json(const std::string& text, const std::string& place) {
  constexpr int kMaxDepth = 500;
  const auto check = [&](int depth, typename Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) throw DataError(place, "is nested too deeply");
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const typename Json::exception& error) {
    throw DataError(place, std::string("is not valid JSON: ") + error.what());
  }
}
template nlohmann::json parse_json(const std::string&, const std::string&);
template nlohmann::ordered_json parse_json(const std::string&, const std::string&);

Fields Fields::read(const std::filesystem::path& path) { return parse(read_file(path), path); }

Fields Fields::parse(const std::string& text, const std::filesystem::path& path) {
  Fields fields;
  fields.path_ = path.string();
  fields.object_ = std::make_shared<const nlohmann::json>(parse_json(text, fields.path_));
  if (!fields.json().is_object()) {
    throw DataError(fields.path_, "a JSON object", fields.json().type_name());
  }
  return fields;
}

Fields Fields::part(const nlohmann::json& value, const std::string& name) const {
  if (!value.is_object()) throw DataError(place(name), "an object", value.type_name());
  Fields fields;
  fields.path_ = path_;
  fields.prefix_ = prefix_ + name + ".";
  fields.object_ = {object_, &value};
  return fields;
}

Fields Fields::object(const std::string& key) const {
  if (!has(key)) throw DataError(place(key), "is missing");
  return part((*object_)[key], key);
}

std::vector<Fields> Fields::objects(const std::string& key) const {
  if (!has(key)) return {};
  const auto& list = (*object_)[key];
  if (!list.is_array()) throw DataError(place(key), "a list", list.type_name());
  std::vector<Fields> parts;
  for (std::size_t i = 0; i < list.size(); ++i) {
    parts.push_back(part(list[i], key + "[" + std::to_string(i) + "]"));
  }
  return parts;
}

std::string Fields::text(const std::string& key) const {
  if (!has(key)) throw DataError(place(key), "is missing");
  const auto& value = (*object_)[key];
  if (!value.is_string()) throw DataError(place(key), "a string", value.dump());
  return value.get<std::string>();
}

std::string Fields::text(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}

double Fields::number(const std::string& key, double otherwise) const {
  if (!has(key)) return otherwise;
  const auto& value = (*object_)[key];
  if (!value.is_number()) throw DataError(place(key), "a number", value.dump());
  return value.get<double>();
}

bool Fields::flag(const std::string& key, bool otherwise) const {
  return has(key) ? flag(key) : otherwise;
}

bool Fields::flag(const std::string& key) const {
  if (!has(key)) throw DataError(place(key), "is missing");
  const auto& value = (*object_)[key];
  if (!value.is_boolean()) throw DataError(place(key), "true or false", value.dump());
  return value.get<bool>();
}

std::int64_t Fields::integer(const std::string& key, std::int64_t low, std::int64_t high) const {
  if (!has(key)) throw DataError(place(key), "is missing");
  const auto& value = (*object_)[key];
  // An unsigned number above int64 would turn negative and so fall out of the range as well.
  if (!value.is_number_integer() || value.get<std::int64_t>() < low ||
      value.get<std::int64_t>() > high) {
    throw DataError(place(key),
                    "a whole number from " + std::to_string(low) + " to " + std::to_string(high),
                    value.dump());
  }
  return value.get<std::int64_t>();
}

std::int64_t Fields::integer(const std::string& key, std::int64_t otherwise, std::int64_t low,
                             std::int64_t high) const {
  return has(key) ? integer(key, low, high) : otherwise;
}

}  // namespace hone::model
