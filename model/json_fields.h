#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hone::model {

/// Parses a JSON text that comes from elsewhere, as json or ordered_json. Nesting past 500 levels
/// is refused: JSON is shown in messages, and written out again, by a function that calls itself.
/// Throws: DataError with `place`.
template <class Json = nlohmann::json>
Json parse_json(const std::string& text, const std::string& place);

/// The fields of a JSON object out of a file, read with checks. A field that is null counts as
/// absent, as it does in transformers. Everything throws a DataError that names file and field.
class Fields {
 public:
  /// Throws: DataError if the file is missing or no JSON object.
  static Fields read(const std::filesystem::path& path);
  /// The same from the file's text.
  static Fields parse(const std::string& text, const std::filesystem::path& path);

  const std::string& path() const { return path_; }
  std::string place(const std::string& key) const { return path_ + ": " + prefix_ + key; }
  const nlohmann::json& json() const { return *object_; }

  bool contains(const std::string& key) const { return object_->contains(key); }
  bool has(const std::string& key) const { return contains(key) && !(*object_)[key].is_null(); }
  Fields object(const std::string& key) const;
  /// The objects of a list; none if it is absent.
  std::vector<Fields> objects(const std::string& key) const;

  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  double number(const std::string& key, double otherwise) const;
  bool flag(const std::string& key) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const;
  std::int64_t integer(const std::string& key, std::int64_t otherwise, std::int64_t low,
                       std::int64_t high) const;

 private:
  Fields part(const nlohmann::json& value, const std::string& name) const;

  std::string path_, prefix_;
  std::shared_ptr<const nlohmann::json> object_;  // shares the whole file's life, copies nothing
};

}  // namespace hone::model
