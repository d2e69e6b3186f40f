#include "model/tokenizers/pre_tokenizer.h"

#include "model/error.h"
#include "model/tokenizers/byte_level.h"
#include "model/tokenizers/metaspace.h"
#include "model/tokenizers/split.h"
#include "model/tokenizers/text_pattern.h"

namespace hone::model {
namespace {

constexpr int kMaxPreTokenizerDepth = 50;

// Source: encoder.py of GPT-2.
constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

const CodePointSet& punctuation_set() {
  static const CodePointSet set = [] {
    // What tokenizers asks knows Unicode 8, where two signs of today were punctuation.
    CodePointSet punctuation = property_set("P").keep(known_by("8.0"));
    punctuation.add(0x166d, 0x166d).add(0x111c9, 0x111c9);
    return punctuation.add('!', '/').add(':', '@').add('[', '`').add('{', '~');
  }();
  return set;
}

/// Finds single characters of a set.
auto finder_of(const CodePointSet& set) {
  return [&set](std::string_view text, Regex::Scratch&, std::vector<RegexMatch>& out) {
    find_characters(text, set, out);
  };
}

auto finder_of(const Regex& regex) {
  return [&regex](std::string_view text, Regex::Scratch& scratch, std::vector<RegexMatch>& out) {
    regex.find_all(text, scratch, out);
  };
}

/// Rewrites every piece: f(piece's text, piece's at_start, output).
template <class F>
void rewrite(PreTokenized& text, const F& f) {
  std::string out;
  out.reserve(text.text.size() * 2);
  for (auto& piece : text.pieces) {
    const std::size_t begin = out.size();
    f(text.at(piece), piece.at_start, out);
    piece.begin = begin;
    piece.end = out.size();
  }
  text.text = std::move(out);
}

}  // namespace

PreTokenizer::PreTokenizer(const Fields& file) {
  if (file.has("pre_tokenizer")) add(file.object("pre_tokenizer"), 0);
}

void PreTokenizer::apply(NormalizedText text, PreTokenized& out) const {
  out.pieces.clear();
  out.pieces.push_back({0, text.text.size(), text.at_start});
  out.text = std::move(text.text);
  for (const auto& step : steps_) step(out);
}

void PreTokenizer::add(const Fields& fields, int depth) {
  if (depth > kMaxPreTokenizerDepth) throw DataError(fields.place("type"), "is nested too deeply");
  const std::string type = fields.text("type");
  if (type == "Sequence") {
    for (const auto& part : fields.objects("pretokenizers")) add(part, depth + 1);
  } else if (type == "ByteLevel") {
    if (fields.flag("add_prefix_space")) {
      steps_.push_back([](PreTokenized& text) {
        rewrite(text, [](std::string_view piece, bool, std::string& out) {
          if (!piece.starts_with(' ')) out += ' ';
          out += piece;
        });
      });
    }
    if (fields.flag("use_regex", true)) {
      steps_.push_back([pattern = Regex(kGpt2Pattern, "")](PreTokenized& text) {
        split(text, finder_of(pattern), SplitBehavior::kIsolated, false);
      });
    }
    steps_.push_back([](PreTokenized& text) {
      rewrite(text, [](std::string_view piece, bool, std::string& out) {
        append_byte_level(piece, out);
      });
    });
  } else if (type == "Split") {
    steps_.push_back([pattern = TextPattern(fields), behavior = split_behavior(fields),
                      invert = fields.flag("invert")](PreTokenized& text) {
      const auto find = [&](std::string_view piece, auto& scratch, auto& out) {
        pattern.find_all(piece, scratch, out);
      };
      split(text, find, behavior, invert);
    });
  } else if (type == "Metaspace") {
    steps_.push_back([metaspace = Metaspace(fields)](PreTokenized& text) {
      rewrite(text, [&](std::string_view piece, bool at_start, std::string& out) {
        metaspace.append(piece, at_start, out);
      });
      if (!metaspace.split) return;
      const auto find = [&](std::string_view piece, Regex::Scratch&, auto& out) {
        find_text(piece, metaspace.replacement, out);
      };
      split(text, find, SplitBehavior::kMergedWithNext, false);
    });
  } else if (type == "Digits") {
    const auto behavior =
        fields.flag("individual_digits") ? SplitBehavior::kIsolated : SplitBehavior::kContiguous;
    steps_.push_back([behavior, numbers = property_set("N")](PreTokenized& text) {
      split(text, finder_of(numbers), behavior, false);
    });
  } else if (type == "Punctuation") {
    const auto behavior =
        fields.has("behavior") ? split_behavior(fields) : SplitBehavior::kIsolated;
    steps_.push_back([behavior](PreTokenized& text) {
      split(text, finder_of(punctuation_set()), behavior, false);
    });
  } else if (type == "WhitespaceSplit") {
    steps_.push_back([](PreTokenized& text) {
      split(text, finder_of(white_space_set()), SplitBehavior::kRemoved, false);
    });
  } else if (type == "Whitespace") {
    steps_.push_back([](PreTokenized& text) {
      // \w+|[^\w\s]+ is kept: runs of words, runs of other signs.
      split(text, finder_of(white_space_set()), SplitBehavior::kRemoved, false);
      split(text, finder_of(rust_word_set()), SplitBehavior::kContiguous, false);
    });
  } else if (type == "BertPreTokenizer") {
    steps_.push_back([](PreTokenized& text) {
      split(text, finder_of(white_space_set()), SplitBehavior::kRemoved, false);
      split(text, finder_of(punctuation_set()), SplitBehavior::kIsolated, false);
    });
  } else {
    throw DataError(fields.place("type"),
                    "Sequence, ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, "
                    "WhitespaceSplit or BertPreTokenizer",
                    "\"" + type + "\"");
  }
}

}  // namespace hone::model
