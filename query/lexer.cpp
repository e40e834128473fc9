#include "query/lexer.hpp"

#include <array>

#include <fmt/format.h>

#include "query/lexer_number.hpp"
#include "query/script_error.hpp"

namespace pelorus {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Longest first.
constexpr std::array<std::string_view, 46> symbols = {
    "...", "**=", "<<=", ">>=", "||", "&&", "<=", ">=", "==", "!=",  "<>", "<<",
    ">>",  "**",  "..",  "<-",  "->", "+=", "-=", "*=", "/=", "\\=", "%=", "::",
    "+",   "-",   "*",   "/",   "\\", "%",  "$",  "<",  ">",  "=",   "!",  "&",
    "|",   "^",   ":",   "?",   ",",  ";",  "(",  ")",  "[",  "]",
};
constexpr std::string_view single_symbols = "{}.@~";

class scanner {
public:
  explicit scanner(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
  }

  std::vector<token> run() {
    for (;;) {
      token t;
      skip_blanks(t);
      t.at = at_;
      t.begin = static_cast<uint32_t>(position_);
      scan(t);
      t.finish = static_cast<uint32_t>(position_);
      if (t.kind == token_kind::literal) t.text = text_.substr(t.begin, t.finish - t.begin);
      tokens_.push_back(std::move(t));
      if (tokens_.back().kind == token_kind::end) return std::move(tokens_);
    }
  }

private:
  char peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  std::string_view rest() const { return text_.substr(position_); }
  bool done() const { return position_ >= text_.size(); }

  void advance(size_t count = 1) {
    for (; count > 0 && position_ < text_.size(); --count) {
      char c = text_[position_++];
      if (c == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++at_.column;
      }
    }
  }

  [[noreturn]] void fail(const std::string& message, text_position at) const {
    throw script_error(
        ec::parse_failed,
        fmt::format("Syntax Error: [line #{}] {} (column {})", at.line, message, at.column), at);
  }

  void skip_blanks(token& t) {
    t.newline_before = position_ == 0;
    for (;;) {
      char c = peek();
      if (done()) return;
      if (c == '\n') {
        t.newline_before = t.space_before = true;
        advance();
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
        t.space_before = true;
        advance();
      } else if (c == '/' && peek(1) == '/') {
        t.space_before = true;
        while (!done() && peek() != '\n')
          advance();
      } else if (c == '/' && peek(1) == '*') {
        t.space_before = true;
        skip_block_comment(t);
      } else if (rest().starts_with("\xC2\xA0") || rest().starts_with("\xE3\x80\x80")) {
        t.space_before = true; // no-break and ideographic spaces come along when scripts are pasted
                               // from web pages
        advance(rest().starts_with("\xC2") ? 2 : 3);
      } else {
        return;
      }
    }
  }

  void skip_block_comment(token& t) {
    auto begin = at_;
    advance(2);
    while (!rest().starts_with("*/")) {
      if (done()) fail("The comment that begins here has no end: '*/' is missing", begin);
      if (peek() == '\n') t.newline_before = true;
      advance();
    }
    advance(2);
  }

  void scan(token& t) {
    char c = peek();
    if (done()) {
      t.kind = token_kind::end;
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !after_operand(t))) {
      auto number = scan_number(rest(), at_);
      t.kind = token_kind::literal;
      t.constant = std::move(number.constant);
      advance(number.length);
    } else if (c == '"' || c == '\'') {
      scan_string(t, c);
    } else if (c == '`') {
      scan_words(t);
    } else if (c == '_' && peek(1) == '$') {
      scan_macro(t);
    } else if (c == '_' && peek(1) == '"') {
      advance();
      scan_string(t, '"'); // a column whose name is no identifier
      t.kind = token_kind::name;
      t.text = t.constant.text();
      t.many = true;
    } else if (is_word_byte(c)) {
      scan_name(t);
    } else if (c == '#' && rest().starts_with("#include")) {
      scan_include(t);
    } else {
      scan_symbol(t);
    }
  }

  /// Does a point right here continue an operand (`x.5` is no number)?
  bool after_operand(const token& t) const {
    if (tokens_.empty() || t.space_before) return false;
    const auto& last = tokens_.back();
    return last.kind == token_kind::name || last.kind == token_kind::literal ||
           last.is_symbol(")") || last.is_symbol("]") || last.is_symbol("}");
  }

  static char unescape(char c) {
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '0': return '\0';
    default: return c;
    }
  }

  void scan_string(token& t, char quote) {
    auto begin = at_;
    std::string text;
    size_t characters = 0;
    for (advance(); peek() != quote; advance()) {
      if (done()) fail("The string that begins here is not closed", begin);
      char c = peek();
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++characters;
      if (c == '\\' && position_ + 1 < text_.size()) {
        char next = peek(1);
        bool known = std::string_view("ntr0\\\"'").find(next) != std::string_view::npos;
        if (known) {
          advance();
          c = unescape(next);
        } // any other backslash stands for itself, which regular expressions need
      }
      text += c;
    }
    advance();
    t.kind = token_kind::literal;
    if (quote == '\'' && characters == 1 && text.size() == 1)
      t.constant = value::integral(type_id::char_, static_cast<int8_t>(text[0]));
    else
      t.constant = value::of_text(text);
  }

  void scan_words(token& t) {
    std::vector<std::string> words;
    while (peek() == '`') {
      advance();
      auto begin = position_;
      bool number = is_digit(peek());
      while (is_word_byte(peek()) || (number && peek() == '.' && is_word_byte(peek(1))))
        advance();
      words.emplace_back(text_.substr(begin, position_ - begin));
    }
    t.kind = token_kind::literal;
    t.constant = words.size() == 1 ? value::of_text(words[0]) : value{column::of_strings(words)};
  }

  void scan_macro(token& t) {
    t.kind = token_kind::macro;
    advance(2);
    if (peek() == '$') {
      t.many = true;
      advance();
    }
    auto begin = position_;
    while (is_word_byte(peek()))
      advance();
    t.text = text_.substr(begin, position_ - begin);
    if (t.text.empty()) fail("A variable's name must follow '_$'", t.at);
  }

  void scan_name(token& t) {
    auto begin = position_;
    while (is_word_byte(peek()))
      advance();
    // `append!` is a name, `x!=y` a comparison.
    if (peek() == '!' && peek(1) != '=') advance();
    t.kind = token_kind::name;
    t.text = text_.substr(begin, position_ - begin);
    auto constant = [&](value x) {
      t.kind = token_kind::literal;
      t.constant = std::move(x);
    };
    if (t.text == "true") constant(value::of_bool(true));
    if (t.text == "false") constant(value::of_bool(false));
    if (t.text == "NULL" || t.text == "null") constant(value{});
  }

  void scan_include(token& t) {
    advance(8);
    while (peek() == ' ' || peek() == '\t')
      advance();
    char close = peek() == '<' ? '>' : peek();
    if (close != '"' && close != '\'' && close != '>')
      fail("#include needs a path in quotes", t.at);
    advance();
    auto begin = position_;
    while (!done() && peek() != close && peek() != '\n')
      advance();
    if (peek() != close) fail("The path of #include is not closed", t.at);
    t.kind = token_kind::directive;
    t.text = text_.substr(begin, position_ - begin);
    advance();
  }

  void scan_symbol(token& t) {
    t.kind = token_kind::symbol;
    for (auto symbol : symbols) {
      if (rest().starts_with(symbol)) {
        t.text = symbol;
        return advance(symbol.size());
      }
    }
    if (single_symbols.find(peek()) == std::string_view::npos)
      fail(fmt::format("The character '{}' means nothing here", rest().substr(0, 1)), t.at);
    t.text = rest().substr(0, 1);
    advance();
  }

  std::string_view text_;
  size_t position_ = 0;
  text_position at_{1, 1};
  std::vector<token> tokens_;
};

} // namespace

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_identifier(std::string_view text) {
  if (text.empty() || is_digit(text[0])) return false;
  if (text == "true" || text == "false" || text == "null" || text == "NULL") return false;
  if (text.back() == '!') text.remove_suffix(1);
  for (char c : text)
    if (!is_word_byte(c)) return false;
  return !text.empty();
}

std::vector<token> tokenize(std::string_view text) { return scanner(text).run(); }

} // namespace pelorus
