#include "rollout/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>

#include "model/error.h"

namespace hone::rollout {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& message) {
  throw DataError(path.string(), "a Parquet file that can be read", message);
}

template <class T>
T value_of(const std::filesystem::path& path, arrow::Result<T> result) {
  if (!result.ok()) fail(path, result.status().ToString());
  return std::move(result).ValueUnsafe();
}

/// Reads columns into JSON; knows where it is, for messages.
class Converter {
 public:
  Converter(const std::filesystem::path& path, std::string column)
      : path_(path), column_(std::move(column)) {}

  json at(const arrow::Array& array, std::int64_t row) const {
    if (array.IsNull(row)) return nullptr;
    switch (array.type_id()) {
      case arrow::Type::BOOL:
        return static_cast<const arrow::BooleanArray&>(array).Value(row);
      case arrow::Type::INT8:
        return number<arrow::Int8Array>(array, row);
      case arrow::Type::INT16:
        return number<arrow::Int16Array>(array, row);
      case arrow::Type::INT32:
        return number<arrow::Int32Array>(array, row);
      case arrow::Type::INT64:
        return number<arrow::Int64Array>(array, row);
      case arrow::Type::UINT8:
        return number<arrow::UInt8Array>(array, row);
      case arrow::Type::UINT16:
        return number<arrow::UInt16Array>(array, row);
      case arrow::Type::UINT32:
        return number<arrow::UInt32Array>(array, row);
      case arrow::Type::UINT64:
        return number<arrow::UInt64Array>(array, row);
      case arrow::Type::FLOAT:
        return number<arrow::FloatArray>(array, row);
      case arrow::Type::DOUBLE:
        return number<arrow::DoubleArray>(array, row);
      case arrow::Type::STRING:
        return static_cast<const arrow::StringArray&>(array).GetString(row);
      case arrow::Type::LARGE_STRING:
        return static_cast<const arrow::LargeStringArray&>(array).GetString(row);
      case arrow::Type::DATE32:
      case arrow::Type::DATE64:
      case arrow::Type::TIMESTAMP:
        return value_of(path_, array.GetScalar(row))->ToString();
      case arrow::Type::LIST:
        return list<arrow::ListArray>(array, row);
      case arrow::Type::LARGE_LIST:
        return list<arrow::LargeListArray>(array, row);
      case arrow::Type::FIXED_SIZE_LIST:
        return list<arrow::FixedSizeListArray>(array, row);
      case arrow::Type::STRUCT:
        return structure(static_cast<const arrow::StructArray&>(array), row);
      case arrow::Type::DICTIONARY: {
        const auto& words = static_cast<const arrow::DictionaryArray&>(array);
        return at(*words.dictionary(), words.GetValueIndex(row));
      }
      default:
        throw DataError(path_.string() + ": column \"" + column_ + "\"",
                        "numbers, texts, lists or structures", array.type()->ToString());
    }
  }

 private:
  template <class Array>
  static json number(const arrow::Array& array, std::int64_t row) {
    return static_cast<const Array&>(array).Value(row);
  }

  template <class Array>
  json list(const arrow::Array& array, std::int64_t row) const {
    const auto& lists = static_cast<const Array&>(array);
    json result = json::array();
    for (std::int64_t i = 0; i < lists.value_length(row); ++i) {
      result.push_back(at(*lists.values(), lists.value_offset(row) + i));
    }
    return result;
  }

  json structure(const arrow::StructArray& array, std::int64_t row) const {
    json result = json::object();
    for (int i = 0; i < array.num_fields(); ++i) {
      result[array.struct_type()->field(i)->name()] = at(*array.field(i), row);
    }
    return result;
  }

  const std::filesystem::path& path_;
  std::string column_;
};

void read_batches(const std::filesystem::path& path, parquet::arrow::FileReader& file,
                  const std::function<void(std::int64_t, json)>& each) {
  const auto batches = value_of(path, file.GetRecordBatchReader());
  std::int64_t number = 0;
  for (;;) {
    const std::shared_ptr<arrow::RecordBatch> batch = value_of(path, batches->Next());
    if (batch == nullptr) return;
    std::vector<Converter> converters;
    for (const auto& field : batch->schema()->fields())
      converters.emplace_back(path, field->name());
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      json object = json::object();
      for (int column = 0; column < batch->num_columns(); ++column) {
        object[batch->schema()->field(column)->name()] =
            converters[static_cast<std::size_t>(column)].at(*batch->column(column), row);
      }
      each(++number, std::move(object));
    }
  }
}

}  // namespace

bool has_parquet() { return true; }

void read_parquet(const std::filesystem::path& path,
                  const std::function<void(std::int64_t, json)>& each) {
  try {
    const auto input = value_of(path, arrow::io::ReadableFile::Open(path.string()));
    const auto file = value_of(path, parquet::arrow::OpenFile(input, arrow::default_memory_pool()));
    read_batches(path, *file, each);
  } catch (const parquet::ParquetException& error) {
    fail(path, error.what());
  }
}

}  // namespace hone::rollout
