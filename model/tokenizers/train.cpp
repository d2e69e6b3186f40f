#include <sentencepiece_trainer.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "model/error.h"
#include "model/sentencepiece_model.h"
#include "model/tokenizer.h"
#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace {

/// Texts for sentencepiece, one a sentence.
class Texts final : public sentencepiece::SentenceIterator {
 public:
  explicit Texts(const std::vector<std::string>& texts) : texts_(texts) {}
  bool done() const override { return next_ == texts_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return texts_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& texts_;
  std::size_t next_ = 0;
};

/// A list as sentencepiece's trainer takes it: CSV, every field quoted.
std::string to_csv(const std::vector<std::string>& fields) {
  std::string csv;
  for (const auto& field : fields) {
    csv += csv.empty() ? "\"" : ",\"";
    for (const char c : field) csv += c == '"' ? std::string("\"\"") : std::string(1, c);
    csv += '"';
  }
  return csv;
}

std::vector<std::string> checked_symbols(const TokenizerConfig& config,
                                         const std::vector<std::string>& texts) {
  std::set<std::string> seen = {kPadPiece, kUnknownPiece, kEosPiece};
  for (const auto& symbol : config.symbols) {
    // A space becomes another character inside sentencepiece: a symbol with one is never found.
    if (symbol.empty() || symbol.find(' ') != std::string::npos || !seen.insert(symbol).second) {
      throw DataError("tokenizer symbols",
                      "different symbols without spaces, none of them <pad>, <unk> or </s>",
                      "\"" + symbol + "\"");
    }
  }
  auto symbols = config.symbols;
  // The trainer keeps the tab for itself and never makes it a piece.
  const bool tabs = std::any_of(texts.begin(), texts.end(), [](const std::string& text) {
    return text.find('\t') != std::string::npos;
  });
  if (tabs && seen.insert("\t").second) symbols.push_back("\t");
  return symbols;
}

std::vector<Piece> pieces_of(const std::string& model, const std::set<std::string>& symbols) {
  using Kind = SentencePieceModel::Kind;
  std::vector<Piece> pieces;
  for (const auto& entry : parse_sentencepiece(model, "tokenizer.model").pieces) {
    Piece piece{entry.text, entry.score, Piece::Kind::kNormal};
    if (entry.kind == Kind::kUnknown) piece.kind = Piece::Kind::kUnknown;
    if (entry.kind == Kind::kControl) piece.kind = Piece::Kind::kControl;
    if (symbols.contains(piece.text)) piece.kind = Piece::Kind::kSymbol;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace

std::shared_ptr<const Tokenizer> train_tokenizer(const TokenizerConfig& config,
                                                 const std::vector<std::string>& texts) {
  const bool bpe = config.type == "bpe";
  if (!bpe && config.type != "char") {
    throw DataError("tokenizer type", "char or bpe", "\"" + config.type + "\"");
  }
  if (std::all_of(texts.begin(), texts.end(), [](const auto& text) { return text.empty(); })) {
    throw DataError("tokenizer", "text to train on", "none");
  }
  const auto symbols = checked_symbols(config, texts);
  std::unordered_map<std::string, std::string> arguments = {
      {"model_type", bpe ? "bpe" : "char"},
      {"user_defined_symbols", to_csv(symbols)},
      {"pad_id", "0"},
      {"unk_id", "1"},
      {"eos_id", "2"},
      {"bos_id", "-1"},
      {"pad_piece", kPadPiece},
      {"unk_piece", kUnknownPiece},
      {"eos_piece", kEosPiece},
      {"unk_surface", kUnknownPiece},
      // Text is taken as it is, so that it comes back as it was.
      {"normalization_rule_name", "identity"},
      {"add_dummy_prefix", "false"},
      {"remove_extra_whitespaces", "false"},
      {"allow_whitespace_only_pieces", "true"},
      {"character_coverage", "1.0"},
      // Numbers stay digit by digit: carrying can be learnt only on digits.
      {"split_digits", "true"},
      {"max_sentence_length", "1000000000"},
      {"input_sentence_size", "0"},
      {"shuffle_input_sentence", "false"},
      {"num_threads", "1"},
      {"minloglevel", "2"},
  };
  if (bpe) {
    arguments["vocab_size"] = std::to_string(config.vocab_size);
  } else {
    arguments["use_all_vocab"] = "true";
  }

  Texts iterator(texts);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(arguments, &iterator, &model);
  if (!status.ok()) {
    // "Internal: file(line) [condition] Vocabulary size too high ...": the sentence is what helps.
    const std::string message = status.ToString();
    const auto sentence = message.rfind("] ");
    throw DataError("tokenizer",
                    "cannot be trained: " +
                        (sentence == std::string::npos ? message : message.substr(sentence + 2)));
  }

  const auto pieces = pieces_of(model, {symbols.begin(), symbols.end()});
  return make_tokenizer({{"tokenizer.model", model},
                         {"tokenizer.json", tokenizer_json(pieces, bpe)},
                         {"tokenizer_config.json", tokenizer_config_json()}},
                        "tokenizer");
}

}  // namespace hone::model
