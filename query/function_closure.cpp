#include "query/function_closure.hpp"

#include <set>
#include <vector>

#include "query/function.hpp"

namespace pelorus {

namespace {

struct definition {
  std::string name;
  std::string source;
  value function;
  bool needed = false;
};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Every word of a script text. Names in comments and strings count too: a definition too many does no harm.
std::set<std::string_view> words_of(std::string_view text) {
  std::set<std::string_view> words;
  for (size_t i = 0; i < text.size();) {
    auto from = i;
    while (i < text.size() && is_name_character(text[i])) ++i;
    if (i > from) words.insert(text.substr(from, i - from));
    else ++i;
  }
  return words;
}

/// The text of all functions in `x`; nothing for values that hold none.
void collect(const value& x, std::string& text) {
  if (auto f = x.as<callable>()) text.append(f->source()).append("\n");
  else if (x.is_vector() && x.type() == type_id::any)
    for (auto& item : x.vec().items()) collect(item, text);
}

std::vector<definition> needed(session& who, std::span<const value> roots) {
  std::vector<definition> all;
  std::string text;
  for (auto& root : roots) collect(root, text);
  if (text.empty()) return all;
  for (auto& name : who.variables.names()) {
    auto* x = who.variables.find(name);
    if (auto f = x != nullptr ? x->as<user_function>() : nullptr; f && f->name() == name)
      all.push_back({name, {}, *x});
  }
  std::vector<std::string> waiting{std::move(text)};
  while (!waiting.empty()) {
    auto next = std::move(waiting.back());
    waiting.pop_back();
    auto words = words_of(next);
    for (auto& one : all) {
      if (one.needed || !words.contains(one.name)) continue;
      one.needed = true;
      one.source = one.function.as<callable>()->source();
      waiting.push_back(one.source);
    }
  }
  std::erase_if(all, [](auto& one) { return !one.needed; });
  return all;
}

} // namespace

std::string needed_definitions(session& who, std::span<const value> roots) {
  std::string text;
  for (auto& one : needed(who, roots)) text.append(one.source).append("\n");
  return text;
}

session sender_session(session& who, std::span<const value> roots) {
  session out;
  out.id = who.id;
  out.user = who.user;
  out.is_admin = who.is_admin;
  out.logged_in = who.logged_in;
  out.node = who.node;
  out.cancel = who.cancel;
  for (auto& one : needed(who, roots)) out.variables.set(one.name, one.function);
  return out;
}

} // namespace pelorus
