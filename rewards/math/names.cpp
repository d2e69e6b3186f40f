#include "rewards/math/names.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hone::rewards::math {
namespace {

template <class Table>
bool has(const Table& table, std::string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

template <class Table>
std::string_view looked_up(const Table& table, std::string_view name) {
  for (const auto& [key, value] : table) {
    if (key == name) return value;
  }
  return {};
}

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<std::string_view, 34> kFunctions = {
    "sin",    "cos",    "tan",    "cot",  "sec",  "csc",  "arcsin", "arccos", "arctan",
    "sinh",   "cosh",   "tanh",   "coth", "asin", "acos", "atan",   "ln",     "log",
    "lg",     "exp",    "det",    "Re",   "Im",   "arg",  "arccot", "arcsec", "arccsc",
    "arsinh", "arcosh", "artanh", "sgn",  "sign", "tr",   "abs"};

constexpr std::array<std::string_view, 5> kListFunctions = {"gcd", "lcm", "max", "min", "mod"};

constexpr std::array<Pair, 9> kInverses = {{{"sin", "arcsin"},
                                            {"cos", "arccos"},
                                            {"tan", "arctan"},
                                            {"cot", "arccot"},
                                            {"sec", "arcsec"},
                                            {"csc", "arccsc"},
                                            {"sinh", "arsinh"},
                                            {"cosh", "arcosh"},
                                            {"tanh", "artanh"}}};

constexpr std::array<std::string_view, 40> kGreek = {
    "alpha",  "beta",     "gamma", "delta",  "epsilon", "varepsilon", "zeta",  "eta",
    "theta",  "vartheta", "iota",  "kappa",  "lambda",  "mu",         "nu",    "xi",
    "pi",     "varpi",    "rho",   "varrho", "sigma",   "varsigma",   "tau",   "upsilon",
    "phi",    "varphi",   "chi",   "psi",    "omega",   "Gamma",      "Delta", "Theta",
    "Lambda", "Xi",       "Pi",    "Sigma",  "Upsilon", "Phi",        "Psi",   "Omega"};

constexpr std::array<Pair, 12> kSymbols = {{{"infty", "infty"},
                                            {"infinity", "infty"},
                                            {"emptyset", "emptyset"},
                                            {"varnothing", "emptyset"},
                                            {"imath", "i"},
                                            {"jmath", "j"},
                                            {"ell", "l"},
                                            {"hbar", "hbar"},
                                            {"partial", "partial"},
                                            {"star", "star"},
                                            {"triangle", "triangle"},
                                            {"angle", "angle"}}};

constexpr std::array<Pair, 22> kRelations = {
    {{"lt", "<"},    {"gt", ">"},   {"le", "l"},       {"leq", "l"},       {"leqslant", "l"},
     {"leqq", "l"},  {"ge", "g"},   {"geq", "g"},      {"geqslant", "g"},  {"geqq", "g"},
     {"ne", "n"},    {"neq", "n"},  {"approx", "~"},   {"simeq", "~"},     {"approxeq", "~"},
     {"equiv", "e"}, {"eq", "="},   {"coloneqq", "="}, {"triangleq", "="}, {"cong", "~"},
     {"sim", "~"},   {"doteq", "~"}}};

constexpr std::array<std::string_view, 38> kStyles = {
    "left",        "right",        "big",       "Big",     "bigg",   "Bigg",     "bigl",
    "bigr",        "Bigl",         "Bigr",      "biggl",   "biggr",  "Biggl",    "Biggr",
    "middle",      "displaystyle", "quad",      "qquad",   "limits", "nolimits", "textstyle",
    "scriptstyle", "thinspace",    "medspace",  "enspace", "rm",     "it",       "bf",
    "hfill",       "space",        "phantom{}", "relax",   "hline",  "cal",      "small",
    "large",       "mathstrut",    "strut"};

constexpr std::array<std::string_view, 26> kWrapperCommands = {
    "boxed",      "fbox",  "mathbf",    "boldsymbol",  "bm",      "mathit",         "mathsf",
    "mathtt",     "vec",   "underline", "mathcal",     "mathscr", "mathfrak",       "displaylines",
    "ensuremath", "pmb",   "bold",      "hbox",        "vcenter", "overrightarrow", "hat",
    "widehat",    "tilde", "widetilde", "textcolor{}", "smash"};

constexpr std::array<std::string_view, 11> kTexts = {
    "text",   "textbf", "textit", "textrm", "textnormal",  "mbox",
    "mathrm", "textsf", "texttt", "emph",   "operatorname"};

constexpr std::array<Pair, 56> kUnicode = {{{"\xCF\x80", "\\pi "},
                                            {"\xE2\x88\x9E", "\\infty "},
                                            {"\xE2\x89\xA4", "\\le "},
                                            {"\xE2\x89\xA5", "\\ge "},
                                            {"\xE2\x89\xA0", "\\ne "},
                                            {"\xE2\x89\x88", "\\approx "},
                                            {"\xE2\x88\x92", "-"},
                                            {"\xE2\x80\x93", "-"},
                                            {"\xE2\x80\x94", "-"},
                                            {"\xE2\x80\x90", "-"},
                                            {"\xE2\x80\x91", "-"},
                                            {"\xC3\x97", "*"},
                                            {"\xC2\xB7", "*"},
                                            {"\xE2\x8B\x85", "*"},
                                            {"\xE2\x88\x99", "*"},
                                            {"\xC3\xB7", "/"},
                                            {"\xE2\x88\x95", "/"},
                                            {"\xE2\x81\x84", "/"},
                                            {"\xE2\x88\x9A", "\\sqrt "},
                                            {"\xC2\xB9", "^1"},
                                            {"\xC2\xB2", "^2"},
                                            {"\xC2\xB3", "^3"},
                                            {"\xE2\x81\xB4", "^4"},
                                            {"\xC2\xB0", "^\\circ "},
                                            {"\xE2\x88\xAA", "\\cup "},
                                            {"\xE2\x88\xA9", "\\cap "},
                                            {"\xE2\x88\x88", "\\in "},
                                            {"\xE2\x88\x85", "\\emptyset "},
                                            {"\xC2\xB1", "\\pm "},
                                            {"\xE2\x88\x93", "\\mp "},
                                            {"\xE2\x88\x96", "\\setminus "},
                                            {"\xE2\x84\x9D", "\\mathbb{R}"},
                                            {"\xE2\x84\xA4", "\\mathbb{Z}"},
                                            {"\xE2\x84\x95", "\\mathbb{N}"},
                                            {"\xE2\x84\x9A", "\\mathbb{Q}"},
                                            {"\xE2\x84\x82", "\\mathbb{C}"},
                                            {"\xCE\xB1", "\\alpha "},
                                            {"\xCE\xB2", "\\beta "},
                                            {"\xCE\xB3", "\\gamma "},
                                            {"\xCE\xB8", "\\theta "},
                                            {"\xCE\xBB", "\\lambda "},
                                            {"\xCE\xBC", "\\mu "},
                                            {"\xC2\xB5", "\\mu "},
                                            {"\xCF\x86", "\\phi "},
                                            {"\xCF\x89", "\\omega "},
                                            {"\xCE\xB4", "\\delta "},
                                            {"\xCF\x83", "\\sigma "},
                                            {"\xE2\x80\x99", "'"},
                                            {"\xE2\x80\xB2", "'"},
                                            {"\xC2\xA0", " "},
                                            {"\xE2\x80\xAF", " "},
                                            {"\xE2\x80\x89", " "},
                                            {"\xEF\xBC\x8C", ","},
                                            {"\xC2\xBD", "\\frac{1}{2}"},
                                            {"\xC2\xBC", "\\frac{1}{4}"},
                                            {"\xE2\x87\x92", "\\Rightarrow "}}};

}  // namespace

bool is_function(std::string_view name) { return has(kFunctions, name); }
bool is_list_function(std::string_view name) { return has(kListFunctions, name); }
std::string_view inverse_of(std::string_view function) { return looked_up(kInverses, function); }

std::string_view symbol_command(std::string_view command) {
  // The same letter in another shape.
  if (command.starts_with("var") && command != "varpi" && command != "varnothing")
    command.remove_prefix(3);
  const auto* const greek = std::find(kGreek.begin(), kGreek.end(), command);
  if (greek != kGreek.end()) return *greek;
  return looked_up(kSymbols, command);
}

std::string_view relation_command(std::string_view command) {
  return looked_up(kRelations, command);
}

bool is_style_command(std::string_view command) { return has(kStyles, command); }
bool is_wrapper_command(std::string_view command) { return has(kWrapperCommands, command); }
bool is_text_command(std::string_view command) { return has(kTexts, command); }

bool is_function_letter(std::string_view letter) {
  return letter.size() == 1 && std::string_view("fghFGHW").find(letter) != std::string_view::npos;
}

std::optional<Spelling> unicode_spelling(std::string_view text) {
  for (const auto& [bytes, latex] : kUnicode) {
    if (text.starts_with(bytes)) return Spelling{bytes.size(), latex};
  }
  return std::nullopt;
}

}  // namespace hone::rewards::math
