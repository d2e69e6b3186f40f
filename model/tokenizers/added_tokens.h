#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/json_fields.h"
#include "model/tokenizers/byte_trie.h"
#include "model/tokenizers/normalizer.h"

namespace hone::model {

/// Tokens that are looked for in a text before its model sees it.
class AddedTokens {
 public:
  /// What the model has without them: how many pieces, and a piece's id by its text.
  struct Pieces {
    std::int64_t size;
    std::function<std::optional<std::int32_t>(const std::string&)> id;
  };
  /// From "added_tokens" of a tokenizer.json, and from "added_tokens_decoder" of a
  /// tokenizer_config.json (null: there is none) what that adds. With "split_special_tokens" there,
  /// special tokens are not found in texts.
  /// Throws: DataError naming a field; also where an id is another than tokenizers would give.
  AddedTokens(const Fields& file, const Fields* config, const Pieces& pieces,
              const Normalizer& normalizer);
  AddedTokens(const AddedTokens&) = delete;  // the texts are pointed to
  AddedTokens& operator=(const AddedTokens&) = delete;

  /// A part of a text: a token, or with id -1 what lies between tokens.
  struct Part {
    std::size_t begin, end;
    std::int32_t id;
  };
  /// The parts of a text before it is normalized, and after: tokens that are not to be normalized
  /// are looked for first.
  std::vector<Part> find(std::string_view text) const { return find(text, plain_); }
  std::vector<Part> find_normalized(std::string_view text) const { return find(text, normalized_); }

  std::optional<std::int32_t> id(const std::string& content) const;
  /// What a decoder is given for the token; null if it is none.
  const std::string* piece(std::int32_t id) const;
  /// All ids are below; 0 if there are none.
  std::int64_t end() const { return end_; }

 private:
  struct Token {
    std::int32_t id;
    std::string content, normal;  // as given; as it stands in a normalized text
    bool single_word, lstrip, rstrip, normalized, special;
  };
  static Token read(const Fields& fields);
  void add(Token token, const Normalizer& normalizer);
  std::vector<ByteTrie::Entry> entries(bool normalized) const;
  std::vector<Part> find(std::string_view text, const ByteTrie& trie) const;

  std::vector<Token> tokens_;
  std::unordered_map<std::int32_t, std::size_t> by_id_;
  std::unordered_map<std::string, std::size_t> by_content_;
  std::int64_t end_ = 0;
  bool split_special_ = false;
  ByteTrie plain_{{}}, normalized_{{}};
};

}  // namespace hone::model
