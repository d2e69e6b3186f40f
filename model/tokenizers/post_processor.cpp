#include "model/tokenizers/post_processor.h"

#include "model/error.h"

namespace hone::model {
namespace {

using Ids = std::vector<std::int32_t>;

constexpr int kMaxProcessorDepth = 50;
constexpr std::size_t kMaxIds = 1000;

std::int32_t checked_id(const nlohmann::json& id, const std::string& place, std::int64_t end) {
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= static_cast<std::uint64_t>(end)) {
    throw DataError(place, "an id below " + std::to_string(end), id.dump());
  }
  return id.get<std::int32_t>();
}

/// ["[CLS]", 101] of the older processors.
std::int32_t pair_id(const Fields& fields, const char* key, std::int64_t end) {
  const auto& pair = fields.has(key) ? fields.json()[key] : nlohmann::json();
  if (!pair.is_array() || pair.size() != 2) {
    throw DataError(fields.place(key), "a token and its id", pair.dump());
  }
  return checked_id(pair[1], fields.place(key), end);
}

/// The ids of a special token that a template names.
Ids named_ids(const Fields& fields, const Fields& piece, std::int64_t end) {
  const std::string name = piece.text("id");
  const Fields tokens = fields.object("special_tokens");
  if (!tokens.has(name)) {
    throw DataError(piece.place("id"), "one of special_tokens", "\"" + name + "\"");
  }
  const Fields token = tokens.object(name);
  const auto& list = token.has("ids") ? token.json()["ids"] : nlohmann::json();
  if (!list.is_array() || list.size() > kMaxIds) {
    throw DataError(token.place("ids"), "a list of ids", list.type_name());
  }
  Ids ids;
  for (const auto& id : list) ids.push_back(checked_id(id, token.place("ids"), end));
  return ids;
}

}  // namespace

PostProcessor::PostProcessor(const Fields& file, std::int64_t ids_end) {
  if (file.has("post_processor")) add(file.object("post_processor"), ids_end, 0);
  if (before.size() + after.size() > kMaxIds) {
    throw DataError(file.place("post_processor"), "adds more than 1000 tokens");
  }
}

void PostProcessor::add(const Fields& fields, std::int64_t ids_end, int depth) {
  if (depth > kMaxProcessorDepth) throw DataError(fields.place("type"), "is nested too deeply");
  const std::string type = fields.text("type");
  Ids left, right;
  if (type == "Sequence") {
    for (const auto& part : fields.objects("processors")) add(part, ids_end, depth + 1);
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    left = {pair_id(fields, "cls", ids_end)};
    right = {pair_id(fields, "sep", ids_end)};
  } else if (type == "TemplateProcessing") {
    int texts = 0;
    for (const auto& piece : fields.objects("single")) {
      if (piece.has("Sequence")) {
        const std::string id = piece.object("Sequence").text("id");
        if (id != "A" || ++texts > 1) {
          throw DataError(piece.place("Sequence"), "A, once", "\"" + id + "\"");
        }
      } else {
        const auto ids = named_ids(fields, piece.object("SpecialToken"), ids_end);
        auto& side = texts > 0 ? right : left;
        side.insert(side.end(), ids.begin(), ids.end());
      }
    }
    if (texts == 0) throw DataError(fields.place("single"), "the sequence A", "none");
  } else if (type != "ByteLevel") {  // which is about offsets
    throw DataError(fields.place("type"),
                    "Sequence, ByteLevel, TemplateProcessing, BertProcessing or RobertaProcessing",
                    "\"" + type + "\"");
  }
  // A later processor's tokens stand around those of the ones before.
  before.insert(before.begin(), left.begin(), left.end());
  after.insert(after.end(), right.begin(), right.end());
}

}  // namespace hone::model
