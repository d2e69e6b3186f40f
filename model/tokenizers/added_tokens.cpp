#include "model/tokenizers/added_tokens.h"

#include <algorithm>
#include <map>

#include "model/error.h"
#include "model/tokenizers/code_point_set.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

// Every position of a text is compared with tokens up to this length.
constexpr std::size_t kMaxContent = 1024;

bool holds_before(const CodePointSet& set, std::string_view text, std::size_t at) {
  if (at == 0) return false;
  std::size_t start = previous_start(text, at);
  return set.contains(next_code_point(text, start));
}

bool holds_at(const CodePointSet& set, std::string_view text, std::size_t at) {
  return at < text.size() && set.contains(next_code_point(text, at));
}

}  // namespace

AddedTokens::AddedTokens(const Fields& file, const Fields* config, const Pieces& pieces,
                         const Normalizer& normalizer) {
  // Ids behind the vocabulary are given out in order, whatever the file says.
  std::int64_t next = pieces.size;
  const auto add_checked = [&](const Fields& fields, Token token) {
    if (token.content.empty()) return;
    const auto known = id(token.content);
    const auto own = known ? known : pieces.id(token.content);
    const std::int64_t id = own ? *own : next++;
    if (token.id != id) {
      throw DataError(fields.place("id"),
                      std::to_string(id) + ", the id of \"" + token.content +
                          "\" by its place in the vocabulary",
                      std::to_string(token.id));
    }
    add(std::move(token), normalizer);
  };
  for (const auto& fields : file.objects("added_tokens")) add_checked(fields, read(fields));

  if (config != nullptr) {
    split_special_ = config->flag("split_special_tokens", false);
    if (config->has("added_tokens_decoder")) {
      const Fields decoder = config->object("added_tokens_decoder");
      std::map<std::int64_t, std::string> keys;
      for (const auto& [key, value] : decoder.json().items()) {
        const bool number = !key.empty() && key.size() < 10 &&
                            key.find_first_not_of("0123456789") == std::string::npos;
        if (!number) throw DataError(decoder.place(key), "an id", "\"" + key + "\"");
        keys.emplace(std::stoll(key), key);
      }
      for (const auto& [number, key] : keys) {
        const Fields fields = decoder.object(key);
        if (id(fields.text("content"))) continue;
        Token token = read(fields);
        token.id = static_cast<std::int32_t>(number);
        add_checked(fields, std::move(token));
      }
    }
  }
  plain_ = ByteTrie(entries(false));
  normalized_ = ByteTrie(entries(true));
}

AddedTokens::Token AddedTokens::read(const Fields& fields) {
  Token token;
  // tokenizer_config.json has the id as a key.
  token.id = static_cast<std::int32_t>(fields.integer("id", -1, 0, 0x7ffffffe));
  token.content = fields.text("content");
  token.single_word = fields.flag("single_word", false);
  token.lstrip = fields.flag("lstrip", false);
  token.rstrip = fields.flag("rstrip", false);
  token.special = fields.flag("special", false);
  token.normalized = fields.flag("normalized", !token.special);
  if (token.content.size() > kMaxContent) {
    throw DataError(fields.place("content"), "at most " + std::to_string(kMaxContent) + " bytes",
                    std::to_string(token.content.size()));
  }
  return token;
}

void AddedTokens::add(Token token, const Normalizer& normalizer) {
  token.normal = token.content;
  if (token.normalized) {
    NormalizedText text{token.content};
    normalizer.apply(text);
    token.normal = std::move(text.text);
  }
  end_ = std::max<std::int64_t>(end_, token.id + 1);
  // A token that comes again has the properties of its last entry.
  const auto [place, is_new] = by_content_.emplace(token.content, tokens_.size());
  if (is_new) {
    by_id_[token.id] = tokens_.size();
    tokens_.push_back(std::move(token));
  } else {
    tokens_[place->second] = std::move(token);
  }
}

std::vector<ByteTrie::Entry> AddedTokens::entries(bool normalized) const {
  std::vector<ByteTrie::Entry> entries;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].normalized != normalized) continue;
    entries.emplace_back(tokens_[i].normal, static_cast<std::int32_t>(i));
  }
  return entries;
}

std::optional<std::int32_t> AddedTokens::id(const std::string& content) const {
  const auto found = by_content_.find(content);
  if (found == by_content_.end()) return std::nullopt;
  return tokens_[found->second].id;
}

const std::string* AddedTokens::piece(std::int32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second].normal;
}

std::vector<AddedTokens::Part> AddedTokens::find(std::string_view text,
                                                 const ByteTrie& trie) const {
  const auto& space = white_space_set();
  std::vector<Part> parts;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t begin = at, length = 0;
    std::int32_t found = -1;
    trie.prefixes(text.substr(at), [&](std::size_t longer, std::int32_t token) {
      length = longer;
      found = token;
    });
    if (found < 0) {
      ++at;
      continue;
    }
    std::size_t end = begin + length;
    at = end;  // a token that is rejected below is passed over as well
    const Token& token = tokens_[found];
    if (split_special_ && token.special) continue;
    if (token.single_word &&
        (holds_before(rust_word_set(), text, begin) || holds_at(rust_word_set(), text, end))) {
      continue;
    }
    if (token.lstrip) {
      while (holds_before(space, text, begin)) begin = previous_start(text, begin);
      begin = std::max(begin, done);
    }
    if (token.rstrip) {
      while (holds_at(space, text, end)) next_code_point(text, end);
    }
    if (done < begin) parts.push_back({done, begin, -1});
    parts.push_back({begin, end, token.id});
    done = end;
  }
  if (done != text.size()) parts.push_back({done, text.size(), -1});
  return parts;
}

}  // namespace hone::model
