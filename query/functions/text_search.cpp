// Finding and replacing in strings, and taking them apart.
#include <algorithm>
#include <regex>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/text_map.hpp"
#include "query/literals.hpp"

namespace pelorus {

function_family text_search_functions();

namespace {

// -- like
// -------------------------------------------------------------------------------------------------

char folded(char c, bool fold) {
  return fold ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : c;
}

/// `%` stands for any text, `_` (not escaped) for one character; without recursion.
bool matches(std::string_view text, std::string_view pattern, bool fold) {
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() &&
               (pattern[p] == '_' || folded(pattern[p], fold) == folded(text[t], fold))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%')
    ++p;
  return p == pattern.size();
}

template <bool Wanted, bool Fold>
value like(call_context&, arguments& args) {
  constexpr std::string_view usage = Fold ? "ilike(X, pattern)" : "like(X, pattern)";
  std::string pattern{text_argument(args, 1, "", usage, "pattern")};
  return count_texts(
      args[0], type_id::bool_,
      [&](std::string_view t) { return matches(t, pattern, Fold) == Wanted; }, usage);
}

// -- position
// ---------------------------------------------------------------------------------------------

value position(call_context&, arguments& args) {
  std::string part{text_argument(args, 1, "", "strpos(X, str)", "str")};
  return count_texts(
      args[0], type_id::int_,
      [&](std::string_view t) {
        auto at = t.find(part);
        return at == std::string_view::npos ? -1 : static_cast<int32_t>(at);
      },
      "strpos(X, str)");
}
value starts_with(call_context&, arguments& args) {
  std::string part{text_argument(args, 1, "", "startsWith(X, str)", "str")};
  return count_texts(
      args[0], type_id::bool_, [&](std::string_view t) { return t.starts_with(part); },
      "startsWith(X, str)");
}
value ends_with(call_context&, arguments& args) {
  std::string part{text_argument(args, 1, "", "endsWith(X, str)", "str")};
  return count_texts(
      args[0], type_id::bool_, [&](std::string_view t) { return t.ends_with(part); },
      "endsWith(X, str)");
}

// -- replacing
// ----------------------------------------------------------------------------------------------

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  size_t at = 0;
  for (size_t hit; !from.empty() && (hit = text.find(from, at)) != std::string_view::npos;
       at = hit + from.size()) {
    result += text.substr(at, hit - at);
    result += to;
  }
  return result += text.substr(at);
}

value replace_text(call_context&, arguments& args) {
  constexpr std::string_view usage = "strReplace(str, pattern, replacement)";
  std::string from{text_argument(args, 1, "", usage, "pattern")},
      to{text_argument(args, 2, "", usage, "replacement")};
  return map_texts(
      args[0], [&](std::string_view t) { return replaced(t, from, to); }, usage);
}

std::regex expression(std::string_view pattern, std::string_view usage) {
  try {
    return std::regex{std::string{pattern}, std::regex::ECMAScript | std::regex::optimize};
  } catch (const std::regex_error& e) {
    refuse(usage, fmt::format("'{}' is no regular expression ({}).", pattern, e.what()));
  }
}

value regex_replace(call_context&, arguments& args) {
  constexpr std::string_view usage = "regexReplace(str, pattern, replacement, [offset=0])";
  auto pattern = expression(text_argument(args, 1, "", usage, "pattern"), usage);
  std::string to{text_argument(args, 2, "", usage, "replacement")};
  auto offset =
      static_cast<size_t>(std::max<int64_t>(integer_argument(args, 3, 0, usage, "offset"), 0));
  return map_texts(
      args[0],
      [&](std::string_view t) {
        auto from = std::min(offset, t.size());
        return std::string{t.substr(0, from)} +
               std::regex_replace(std::string{t.substr(from)}, pattern, to);
      },
      usage);
}

value regex_find(call_context&, arguments& args) {
  constexpr std::string_view usage = "regexFind(str, pattern, [offset=0])";
  auto pattern = expression(text_argument(args, 1, "", usage, "pattern"), usage);
  auto offset =
      static_cast<size_t>(std::max<int64_t>(integer_argument(args, 2, 0, usage, "offset"), 0));
  return count_texts(
      args[0], type_id::int_,
      [&](std::string_view t) {
        std::string text{t.substr(std::min(offset, t.size()))};
        std::smatch hit;
        return std::regex_search(text, hit, pattern)
                   ? static_cast<int32_t>(hit.position(0) + static_cast<ptrdiff_t>(offset))
                   : -1;
      },
      usage);
}

value regex_find_text(call_context&, arguments& args) {
  constexpr std::string_view usage = "regexFindStr(str, pattern, [onlyFirst=true], [offset=0])";
  auto pattern = expression(text_argument(args, 1, "", usage, "pattern"), usage);
  bool only_first = flag_argument(args, 2, true);
  auto offset =
      static_cast<size_t>(std::max<int64_t>(integer_argument(args, 3, 0, usage, "offset"), 0));
  if (only_first)
    return map_texts(
        args[0],
        [&](std::string_view t) {
          std::string text{t.substr(std::min(offset, t.size()))};
          for (std::sregex_iterator hit{text.begin(), text.end(), pattern}, end; hit != end; ++hit)
            if (hit->length() != 0) return hit->str();
          return std::string{};
        },
        usage);
  auto all_of = [&](std::string_view t) {
    std::string text{t.substr(std::min(offset, t.size()))};
    auto result = column::make(type_id::string);
    for (std::sregex_iterator hit{text.begin(), text.end(), pattern}, end; hit != end; ++hit)
      result->push_text(hit->str());
    return value{result};
  };
  if (args[0].is_text()) return all_of(args[0].text());
  auto texts = vector_argument(args[0], usage, "str");
  std::vector<value> items;
  for (size_t i = 0; i < texts->size(); ++i)
    items.push_back(all_of(texts->text(i)));
  return make_tuple_value(std::move(items));
}

// -- splitting
// ------------------------------------------------------------------------------------------------

value split_one(std::string_view text, std::string_view separator) {
  auto result = column::make(type_id::string);
  size_t at = 0;
  for (size_t hit; (hit = text.find(separator, at)) != std::string_view::npos;
       at = hit + separator.size())
    result->push_text(text.substr(at, hit - at));
  result->push_text(text.substr(at));
  return value{result};
}

value split(call_context&, arguments& args) {
  constexpr std::string_view usage = "split(str, [delimiter])";
  std::string separator;
  if (is_given(args, 1)) separator = cast(args[1], type_id::string).text();
  auto one = [&](std::string_view text) {
    if (!separator.empty()) return split_one(text, separator);
    auto result = column::make(type_id::char_, text.size());
    for (size_t i = 0; i < text.size(); ++i)
      result->mutable_data<int8_t>()[i] = text[i];
    return value{result};
  };
  if (args[0].is_text()) return one(args[0].text());
  auto texts = vector_argument(args[0], usage, "str");
  if (!is_text(texts->type())) refuse_type(usage, "str", args[0], "a string or strings");
  std::vector<value> parts;
  for (size_t i = 0; i < texts->size(); ++i)
    parts.push_back(one(texts->text(i)));
  return make_tuple_value(std::move(parts));
}

const std::vector<function_entry> text_search_table = {
    {"like",
     "like(X, pattern)",
     "Whether each string is like the pattern: % stands for any text.",
     like<true, false>,
     2,
     2,
     plain,
     {{"like(`abc`xbc`b, \"%bc\")", "[true,true,false]"}}},
    {"notLike",
     "notLike(X, pattern)",
     "The opposite of like.",
     like<false, false>,
     2,
     2,
     plain,
     {{"notLike(`abc, \"%x%\")", "true"}}},
    {"ilike",
     "ilike(X, pattern)",
     "like without regard to case.",
     like<true, true>,
     2,
     2,
     plain,
     {{"ilike(`ABC, \"%bc\")", "true"}}},
    {"strpos",
     "strpos(X, str)",
     "Where `str` stands first, counted in bytes from 0; -1 when it does not.",
     position,
     2,
     2,
     plain,
     {{"strpos(\"abcdefg\", \"cd\")", "2"}}},
    {"startsWith",
     "startsWith(X, str)",
     "Whether each string starts with `str`.",
     starts_with,
     2,
     2,
     plain,
     {{"startsWith(`abc`bc, `ab)", "[true,false]"}}},
    {"endsWith",
     "endsWith(X, str)",
     "Whether each string ends with `str`.",
     ends_with,
     2,
     2,
     plain,
     {{"endsWith(`abc`ab, `bc)", "[true,false]"}}},
    {"strReplace",
     "strReplace(str, pattern, replacement)",
     "Every `pattern` replaced.",
     replace_text,
     3,
     3,
     plain,
     {{"strReplace(\"a-b-c\", \"-\", \"+\")", "a+b+c"}}},
    {"regexReplace",
     "regexReplace(str, pattern, replacement, [offset=0])",
     "Every match of the regular expression replaced.",
     regex_replace,
     3,
     4,
     plain,
     {{"regexReplace(\"abc234 ff\", \"[a-z]+\", \"z\")", "z234 z"}}},
    {"regexFind",
     "regexFind(str, pattern, [offset=0])",
     "Where the regular expression matches first, or -1.",
     regex_find,
     2,
     3,
     plain,
     {{"regexFind(\"ab12\", \"[0-9]+\")", "2"}}},
    {"regexFindStr",
     "regexFindStr(str, pattern, [onlyFirst=true], [offset=0])",
     "What the regular expression matches first, or all its matches.",
     regex_find_text,
     2,
     4,
     plain,
     {{"regexFindStr(\"ab12c3\", \"[0-9]+\")", "12"},
      {"regexFindStr(\"ab12c3\", \"[0-9]+\", false)", "[\"12\",\"3\"]"}}},
    {"split",
     "split(str, [delimiter])",
     "The parts of a string between delimiters; its characters when there is none.",
     split,
     1,
     2,
     plain,
     {{"split(\"a,b\", \",\")", "[\"a\",\"b\"]"}}},
};

} // namespace

function_family text_search_functions() { return text_search_table; }

} // namespace pelorus
