#include "model/sentencepiece_model.h"

#include <cstring>

#include "model/error.h"

namespace hone::model {
namespace {

/// A field of a protobuf message: a number, or bytes for texts and messages inside.
struct Field {
  std::uint64_t number = 0;
  int type = 0;
  std::uint64_t value = 0;  // of a varint or four or eight bytes
  std::string_view bytes;

  bool is(std::uint64_t wanted, int wanted_type) const {
    return number == wanted && type == wanted_type;
  }
};
constexpr int kVarint = 0, kEight = 1, kBytes = 2, kFour = 5;

/// Goes through a message field by field. As protobuf does, a reader passes over what has another
/// type than it looks for, and of a field that comes twice the last one counts.
class Message {
 public:
  Message(std::string_view bytes, const std::string& file, const char* name)
      : rest_(bytes), file_(file), name_(name) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    const std::uint64_t key = varint();
    field = {key >> 3, static_cast<int>(key & 7), 0, {}};
    if (field.number == 0) fail();
    switch (field.type) {
      case kVarint:
        field.value = varint();
        break;
      case kEight:
        field.value = fixed<std::uint64_t>();
        break;
      case kBytes:
        field.bytes = take(varint());
        break;
      case kFour:
        field.value = fixed<std::uint32_t>();
        break;
      default:
        fail();
    }
    return true;
  }

 private:
  [[noreturn]] void fail() const {
    throw DataError(file_ + ": " + name_, "a message of a sentencepiece model", "other bytes");
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
  const std::string& file_;
  const char* name_;
};

SentencePieceModel::Entry parse_piece(std::string_view bytes, const std::string& file) {
  SentencePieceModel::Entry piece;
  Message message(bytes, file, "pieces");
  for (Field field; message.next(field);) {
    if (field.is(1, kBytes)) piece.text = field.bytes;
    if (field.is(2, kFour)) std::memcpy(&piece.score, &field.value, sizeof piece.score);
    if (field.is(3, kVarint) && field.value >= 1 && field.value <= 6) {
      piece.kind = static_cast<SentencePieceModel::Kind>(field.value);
    }
  }
  return piece;
}

void parse_trainer(std::string_view bytes, const std::string& file, SentencePieceModel& model) {
  Message message(bytes, file, "trainer_spec");
  for (Field field; message.next(field);) {
    if (field.is(3, kVarint) && field.value >= 1 && field.value <= 4) {
      model.algorithm = static_cast<SentencePieceModel::Algorithm>(field.value);
    }
    if (field.is(24, kVarint)) model.treat_whitespace_as_suffix = field.value != 0;
    if (field.is(35, kVarint)) model.byte_fallback = field.value != 0;
    if (field.is(44, kBytes)) model.unknown_surface = field.bytes;
    // An empty name stands for the usual one.
    if (field.is(46, kBytes)) model.bos_piece = field.bytes.empty() ? "<s>" : field.bytes;
    if (field.is(47, kBytes)) model.eos_piece = field.bytes.empty() ? "</s>" : field.bytes;
    if (field.is(48, kBytes)) model.pad_piece = field.bytes.empty() ? "<pad>" : field.bytes;
  }
}

void parse_rules(std::string_view bytes, const std::string& file, const char* name,
                 SentencePieceModel::Rules& rules) {
  Message message(bytes, file, name);
  for (Field field; message.next(field);) {
    if (field.is(2, kBytes)) rules.charsmap = field.bytes;
    if (field.is(3, kVarint)) rules.add_dummy_prefix = field.value != 0;
    if (field.is(4, kVarint)) rules.remove_extra_whitespaces = field.value != 0;
    if (field.is(5, kVarint)) rules.escape_whitespaces = field.value != 0;
  }
}

}  // namespace

SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& place) {
  SentencePieceModel model;
  Message message(bytes, place, "model");
  for (Field field; message.next(field);) {
    if (field.is(1, kBytes)) model.pieces.push_back(parse_piece(field.bytes, place));
    if (field.is(2, kBytes)) parse_trainer(field.bytes, place, model);
    if (field.is(3, kBytes)) {
      parse_rules(field.bytes, place, "normalizer_spec", model.normalizer);
    }
    if (field.is(5, kBytes)) {
      parse_rules(field.bytes, place, "denormalizer_spec", model.denormalizer);
    }
  }
  return model;
}

}  // namespace hone::model
