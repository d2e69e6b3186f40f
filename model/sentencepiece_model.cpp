#include "model/sentencepiece_model.h"

#include <cstring>

#include "model/error.h"

namespace hone::model {
namespace {

/// A field of a protobuf message: a number, or bytes for texts and messages inside.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  // of a varint or four or eight bytes
  std::string_view bytes;
};

/// Goes through a message field by field.
class Message {
 public:
  Message(std::string_view bytes, const std::string& place) : rest_(bytes), place_(place) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    const std::uint64_t key = varint();
    field = {key >> 3, 0, {}};
    switch (key & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed<std::uint64_t>();
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5:
        field.value = fixed<std::uint32_t>();
        break;
      default:
        fail();
    }
    return true;
  }

 private:
  [[noreturn]] void fail() const {
    throw DataError(place_, "a sentencepiece model", "other bytes");
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) fail();
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  template <class T>
  T fixed() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    fail();
  }

  std::string_view rest_;
  const std::string& place_;
};

SentencePieceModel::Entry parse_piece(std::string_view bytes, const std::string& place) {
  SentencePieceModel::Entry piece;
  Message message(bytes, place);
  for (Field field; message.next(field);) {
    if (field.number == 1) piece.text = field.bytes;
    if (field.number == 2) std::memcpy(&piece.score, &field.value, sizeof piece.score);
    if (field.number == 3 && field.value >= 1 && field.value <= 6) {
      piece.kind = static_cast<SentencePieceModel::Kind>(field.value);
    }
  }
  return piece;
}

}  // namespace

SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& place) {
  SentencePieceModel model;
  Message message(bytes, place);
  for (Field field; message.next(field);) {
    if (field.number == 1) model.pieces.push_back(parse_piece(field.bytes, place));
    Message inside(field.bytes, place);
    Field value;
    while (field.number == 2 && inside.next(value)) {  // TrainerSpec
      if (value.number == 3 && value.value >= 1 && value.value <= 4) {
        model.algorithm = static_cast<SentencePieceModel::Algorithm>(value.value);
      }
    }
    while (field.number == 3 && inside.next(value)) {  // NormalizerSpec
      if (value.number == 2) model.normalizes = !value.bytes.empty();
      if (value.number == 3) model.add_dummy_prefix = value.value != 0;
      if (value.number == 4) model.remove_extra_whitespaces = value.value != 0;
      if (value.number == 5) model.escape_whitespaces = value.value != 0;
    }
  }
  return model;
}

}  // namespace hone::model
