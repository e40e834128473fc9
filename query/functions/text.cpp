// Strings: length, case, padding, parts and joining.
#include <algorithm>
#include <cctype>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/text_map.hpp"
#include "query/literals.hpp"

namespace pelorus {

function_family text_search_functions();

namespace {

// -- UTF-8
// ----------------------------------------------------------------------------------------------

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

/// Byte offset of the n-th character, or the size.
size_t offset_of(std::string_view text, size_t n) {
  for (size_t i = 0; i < text.size(); ++i)
    if (starts_character(text[i]) && n-- == 0) return i;
  return text.size();
}

// -- case and blanks
// --------------------------------------------------------------------------------------

template <int (*F)(int)>
std::string mapped(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (static_cast<unsigned char>(c) < 128)
      c = static_cast<char>(F(static_cast<unsigned char>(c)));
  return result;
}

std::string_view without_blanks(std::string_view text, bool left, bool right,
                                std::string_view blanks) {
  if (left) text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  if (right) text = text.substr(0, text.find_last_not_of(blanks) + 1);
  return text;
}

value lower(call_context&, arguments& args) {
  return map_texts(args[0], mapped<std::tolower>, "lower(X)");
}
value upper(call_context&, arguments& args) {
  return map_texts(args[0], mapped<std::toupper>, "upper(X)");
}
value trim(call_context&, arguments& args) {
  return map_texts(
      args[0], [](std::string_view t) { return std::string{without_blanks(t, true, true, " ")}; },
      "trim(X)");
}
value left_trim(call_context&, arguments& args) {
  return map_texts(
      args[0], [](std::string_view t) { return std::string{without_blanks(t, true, false, " ")}; },
      "ltrim(X)");
}
value right_trim(call_context&, arguments& args) {
  return map_texts(
      args[0], [](std::string_view t) { return std::string{without_blanks(t, false, true, " ")}; },
      "rtrim(X)");
}
value strip(call_context&, arguments& args) {
  return map_texts(
      args[0],
      [](std::string_view t) { return std::string{without_blanks(t, true, true, " \t\r\n")}; },
      "strip(X)");
}

value initial_capitals(call_context&, arguments& args) {
  return map_texts(
      args[0],
      [](std::string_view text) {
        auto result = mapped<std::tolower>(text);
        bool start = true;
        for (auto& c : result) {
          bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
          if (letter && start) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
          start = !letter;
        }
        return result;
      },
      "initcap(X)");
}

// -- length and parts
// -----------------------------------------------------------------------------------------

value length(call_context&, arguments& args) {
  return count_texts(
      args[0], type_id::int_, [](std::string_view t) { return static_cast<int32_t>(t.size()); },
      "strlen(X)");
}
value length_in_characters(call_context&, arguments& args) {
  return count_texts(
      args[0], type_id::int_,
      [](std::string_view t) { return static_cast<int32_t>(characters(t)); }, "strlenu(X)");
}

std::string padded(std::string_view text, size_t width, std::string_view with, bool left) {
  if (text.size() >= width) return std::string{text.substr(0, width)};
  std::string filling;
  while (filling.size() < width - text.size())
    filling += with;
  filling.resize(width - text.size());
  return left ? filling + std::string{text} : std::string{text} + filling;
}

value pad(arguments& args, bool left, std::string_view usage) {
  auto width = integer_argument(args, 1, 0, usage, "length");
  if (width < 0) refuse(usage, "length must not be negative.");
  std::string with{text_argument(args, 2, " ", usage, "pattern")};
  if (with.empty()) with = " ";
  return map_texts(
      args[0],
      [&](std::string_view t) { return padded(t, static_cast<size_t>(width), with, left); }, usage);
}
value pad_left(call_context&, arguments& args) {
  return pad(args, true, "lpad(str, length, [pattern])");
}
value pad_right(call_context&, arguments& args) {
  return pad(args, false, "rpad(str, length, [pattern])");
}

value left_part(call_context&, arguments& args) {
  auto n =
      static_cast<size_t>(std::max<int64_t>(integer_argument(args, 1, 0, "left(X, n)", "n"), 0));
  return map_texts(
      args[0], [&](std::string_view t) { return std::string{t.substr(0, offset_of(t, n))}; },
      "left(X, n)");
}
value right_part(call_context&, arguments& args) {
  auto n =
      static_cast<size_t>(std::max<int64_t>(integer_argument(args, 1, 0, "right(X, n)", "n"), 0));
  return map_texts(
      args[0],
      [&](std::string_view t) {
        auto all = characters(t);
        return std::string{t.substr(offset_of(t, all > n ? all - n : 0))};
      },
      "right(X, n)");
}

template <bool Unicode>
value substring(call_context&, arguments& args) {
  constexpr std::string_view usage =
      Unicode ? "substru(str, offset, [length])" : "substr(str, offset, [length])";
  auto offset = integer_argument(args, 1, 0, usage, "offset");
  auto count = integer_argument(args, 2, INT32_MAX, usage, "length");
  if (offset < 0 || count < 0) refuse(usage, "offset and length must not be negative.");
  return map_texts(
      args[0],
      [&](std::string_view t) {
        auto from = Unicode ? offset_of(t, static_cast<size_t>(offset))
                            : std::min(static_cast<size_t>(offset), t.size());
        auto rest = t.substr(from);
        return std::string{Unicode ? rest.substr(0, offset_of(rest, static_cast<size_t>(count)))
                                   : rest.substr(0, static_cast<size_t>(count))};
      },
      usage);
}

// -- joining
// -------------------------------------------------------------------------------------------------

value concat(call_context&, arguments& args) {
  constexpr std::string_view usage = "concat(X, [Y])";
  auto& x = args[0];
  if (x.is_vector() &&
      (!is_given(args, 1) || args[1].is_text() || args[1].type() == type_id::char_)) {
    auto separator =
        is_given(args, 1) ? std::string{cast(args[1], type_id::string).text()} : std::string{};
    auto texts = cast(x, type_id::string);
    std::string all;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i != 0) all += separator;
      all += texts.vec().text(i);
    }
    return value::of_text(all);
  }
  if (!is_given(args, 1)) return cast(x, type_id::string);
  auto a = cast(x, type_id::string), b = cast(args[1], type_id::string);
  if (!a.is_scalar() || !b.is_scalar())
    refuse(usage, "X and Y must be scalars, or X a vector and Y a separator.");
  return value::of_text(std::string{a.text()} + std::string{b.text()});
}

value to_characters(call_context&, arguments& args) {
  auto split = [](std::string_view text) {
    auto result = column::make(type_id::char_, text.size());
    for (size_t i = 0; i < text.size(); ++i)
      result->mutable_data<int8_t>()[i] = text[i];
    return value{result};
  };
  if (args[0].is_scalar()) return split(args[0].text());
  auto texts = vector_argument(args[0], "toCharArray(X)", "X");
  auto result = column::make(array_of(type_id::char_));
  for (size_t i = 0; i < texts->size(); ++i)
    unwrap(push_element(*result, split(texts->text(i))));
  return value{result};
}

template <int (*F)(int)>
int32_t every_character(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return F(static_cast<unsigned char>(c)) != 0; });
}
value is_alpha(call_context&, arguments& args) {
  return count_texts(args[0], type_id::bool_, every_character<std::isalpha>, "isAlpha(X)");
}
value is_digit(call_context&, arguments& args) {
  return count_texts(args[0], type_id::bool_, every_character<std::isdigit>, "isDigit(X)");
}
value is_numeric(call_context&, arguments& args) {
  return count_texts(args[0], type_id::bool_, every_character<std::isdigit>, "isNumeric(X)");
}
value is_space(call_context&, arguments& args) {
  return count_texts(args[0], type_id::bool_, every_character<std::isspace>, "isSpace(X)");
}

const std::vector<function_entry> plain_text_table = {
    {"strlen",
     "strlen(X)",
     "Bytes of each string.",
     length,
     1,
     1,
     plain,
     {{"strlen(`abc`de)", "[3,2]"}}},
    {"strlenu",
     "strlenu(X)",
     "Characters (code points) of each string.",
     length_in_characters,
     1,
     1,
     plain,
     {{"strlenu(\"中文\")", "2"}}},
    {"lower", "lower(X)", "In lower case.", lower, 1, 1, plain, {{"lower(`AbC)", "abc"}}},
    {"upper", "upper(X)", "In upper case.", upper, 1, 1, plain, {{"upper(`AbC)", "ABC"}}},
    {"initcap",
     "initcap(X)",
     "Each word with one capital.",
     initial_capitals,
     1,
     1,
     plain,
     {{"initcap(\"hello woRLD\")", "Hello World"}}},
    {"trim",
     "trim(X)",
     "Without blanks at both ends.",
     trim,
     1,
     1,
     plain,
     {{"trim(\"  ab \")", "ab"}}},
    {"ltrim",
     "ltrim(X)",
     "Without blanks on the left.",
     left_trim,
     1,
     1,
     plain,
     {{"strlen(ltrim(\"  ab \"))", "3"}}},
    {"rtrim",
     "rtrim(X)",
     "Without blanks on the right.",
     right_trim,
     1,
     1,
     plain,
     {{"strlen(rtrim(\"  ab \"))", "4"}}},
    {"strip",
     "strip(X)",
     "Without blanks, tabs and line ends at both ends.",
     strip,
     1,
     1,
     plain,
     {{"strip(\"\\tab\\n\")", "ab"}}},
    {"lpad",
     "lpad(str, length, [pattern=' '])",
     "Filled up on the left to `length` bytes; longer text is cut.",
     pad_left,
     2,
     3,
     plain,
     {{"lpad(\"7\", 3, `0)", "007"}, {"lpad(`Hello, 2)", "He"}}},
    {"rpad",
     "rpad(str, length, [pattern=' '])",
     "Filled up on the right to `length` bytes; longer text is cut.",
     pad_right,
     2,
     3,
     plain,
     {{"rpad(`a`b, 2, `x)", "[\"ax\",\"bx\"]"}}},
    {"left",
     "left(X, n)",
     "The first n characters.",
     left_part,
     2,
     2,
     plain,
     {{"left(`Hello, 2)", "He"}}},
    {"right",
     "right(X, n)",
     "The last n characters.",
     right_part,
     2,
     2,
     plain,
     {{"right(`Hello, 2)", "lo"}}},
    {"substr",
     "substr(str, offset, [length])",
     "`length` bytes from `offset` on.",
     substring<false>,
     2,
     3,
     plain,
     {{"substr(\"This is\", 5, 2)", "is"}}},
    {"substru",
     "substru(str, offset, [length])",
     "`length` characters from the character `offset` on.",
     substring<true>,
     2,
     3,
     plain,
     {{"substru(\"中文字\", 1, 1)", "文"}}},
    {"concat",
     "concat(X, [Y])",
     "X and Y as one string; the strings of a vector X with Y between them.",
     concat,
     1,
     2,
     plain,
     {{"concat(`a, `b)", "ab"}, {"concat(`a`b`c, \",\")", "a,b,c"}}},
    {"toCharArray",
     "toCharArray(X)",
     "The bytes of a string as CHAR vector.",
     to_characters,
     1,
     1,
     plain,
     {{"toCharArray(\"ab\")", "['a','b']"}}},
    {"isAlpha",
     "isAlpha(X)",
     "Whether all characters are letters.",
     is_alpha,
     1,
     1,
     plain,
     {{"isAlpha(\"ab\" \"a1\")", "[true,false]"}}},
    {"isDigit",
     "isDigit(X)",
     "Whether all characters are digits.",
     is_digit,
     1,
     1,
     plain,
     {{"isDigit(\"12\" \"a1\")", "[true,false]"}}},
    {"isNumeric",
     "isNumeric(X)",
     "Whether all characters are digits.",
     is_numeric,
     1,
     1,
     plain,
     {{"isNumeric(\"12\")", "true"}}},
    {"isSpace",
     "isSpace(X)",
     "Whether all characters are white space.",
     is_space,
     1,
     1,
     plain,
     {{"isSpace(\" \")", "true"}}},
};

} // namespace

function_family text_functions() {
  static const auto all = [] {
    auto entries = plain_text_table;
    auto more = text_search_functions();
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }();
  return all;
}

} // namespace pelorus
