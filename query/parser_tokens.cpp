// Looking at tokens: what ends an expression, what may begin an operand, how errors read.
#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "query/lexer.hpp"
#include "query/parser_state.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

std::string_view lower(const std::string& word, std::string& buffer) {
  bool upper = !word.empty();
  for (char c : word)
    upper = upper && ((c >= 'A' && c <= 'Z') || c == '_');
  if (!upper) return word;
  buffer = word;
  for (char& c : buffer)
    c = static_cast<char>(c == '_' ? c : c - 'A' + 'a');
  return buffer;
}

} // namespace

parser_state::parser_state(std::string_view text, parse_options options)
    : options_(std::move(options)), tokens_(tokenize(text)) {}

parser_state::depth_guard::depth_guard(parser_state& parser) : parser_(parser) {
  if (++parser_.depth_ <= limits::recursion_depth) return;
  --parser_.depth_;
  parser_.fail(
      fmt::format("The expression is nested deeper than {} levels", limits::recursion_depth),
      parser_.peek());
}

const token& parser_state::peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

token parser_state::take() {
  token t = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return t;
}

bool parser_state::take_symbol(std::string_view s) {
  if (!peek().is_symbol(s)) return false;
  take();
  return true;
}

bool parser_state::take_word(std::string_view word) {
  if (!is_word(peek(), word)) return false;
  take();
  return true;
}

void parser_state::expect_symbol(std::string_view s) {
  if (!take_symbol(s)) fail_expected(fmt::format("'{}'", s));
}

void parser_state::expect_word(std::string_view word) {
  if (!take_word(word)) fail_expected(fmt::format("'{}'", word));
}

std::string parser_state::expect_name(std::string_view what) {
  if (!peek().is(token_kind::name)) fail_expected(what);
  return take().text;
}

void parser_state::fail(const std::string& message, const token& t) const {
  throw script_error(
      ec::parse_failed,
      fmt::format("Syntax Error: [line #{}] {} (column {})", t.at.line, message, t.at.column),
      t.at);
}

void parser_state::fail_expected(std::string_view what) const {
  const auto& t = peek();
  if (t.is_symbol("=") && !mode_.sql)
    fail("Please use '==' rather than '=' as equal operator in non-sql expression.", t);
  fail(fmt::format("Expected {} but found {}", what, describe(t)), t);
}

bool parser_state::is_word(const token& t, std::string_view word) {
  if (t.kind != token_kind::name || t.many || t.text.size() != word.size()) return false;
  std::string buffer;
  return lower(t.text, buffer) == word;
}

bool parser_state::is_any_word(const token& t, std::initializer_list<std::string_view> words) {
  if (t.kind != token_kind::name || t.many) return false;
  std::string buffer;
  auto text = lower(t.text, buffer);
  for (auto word : words)
    if (text == word) return true;
  return false;
}

bool parser_state::at_statement_end() const {
  const auto& t = peek();
  return t.is(token_kind::end) || t.newline_before || t.is_symbol(";") || t.is_symbol("}");
}

bool parser_state::ends_line(size_t ahead) const {
  const auto& t = peek(ahead);
  return t.is(token_kind::end) || t.newline_before || t.is_symbol(";") || t.is_symbol(")") ||
         t.is_symbol("}") || t.is_symbol(">") || t.is_symbol("]") || t.is_symbol(",");
}

bool parser_state::starts_operand(size_t ahead) const {
  const auto& t = peek(ahead);
  switch (t.kind) {
  case token_kind::literal:
  case token_kind::macro: return true;
  case token_kind::name: return !stops(ahead);
  case token_kind::symbol:
    return t.text == "(" || t.text == "[" || t.text == "{" || t.text == "-" || t.text == "!" ||
           t.text == "<";
  default: return false;
  }
}

bool parser_state::stops(size_t ahead) const {
  const auto& t = peek(ahead);
  if (t.kind != token_kind::name) return false;
  if (is_any_word(t, {"else", "catch", "as"})) return true;
  if (is_word(t, "while") && peek(ahead + 1).is_symbol("(")) return true;
  if (!mode_.sql) return false;
  if (is_any_word(t, {"from", "where", "having", "csort", "limit", "union", "asc", "desc", "when",
                      "then", "end", "on", "set", "values"}))
    return true;
  const auto& next = peek(ahead + 1);
  if (is_any_word(t, {"group", "context", "pivot", "cgroup", "order", "partition"}))
    return is_word(next, "by");
  if (is_word(t, "nulls")) return is_any_word(next, {"first", "last"});
  if (is_word(t, "map")) return ends_line(ahead + 1);
  if (is_any_word(t, {"intersect", "minus", "except"}))
    return is_any_word(next, {"select", "exec", "all"}) || next.is_symbol("(");
  if (mode_.frame && is_any_word(t, {"rows", "range", "preceding", "following"})) return true;
  join_kind how;
  size_t words = 0;
  return mode_.joins && join_at(ahead, how, words);
}

} // namespace pelorus
