// Dictionaries and sets.
#include "query/dictionary.hpp"

#include <algorithm>

#include "query/cast.hpp"
#include "query/constants.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/literals.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

/// Values of a new dictionary: vectors as they are, a scalar for every key.
column_ptr value_items(const value& x, size_t keys) {
  if (x.is_vector()) {
    if (x.size() == keys) return x.vec_ptr();
    if (keys == 1) return make_tuple_value({x}).vec_ptr();
    refuse("dict(keyObj, valueObj)",
           fmt::format("there must be as many values as keys, not {} and {}.", x.size(), keys));
  }
  if (x.is_scalar() && !x.is_void() && physical_of(x.type()) != physical::any)
    return to_column(x, keys);
  return make_tuple_value(std::vector<value>(keys, x)).vec_ptr();
}

value dict(call_context&, arguments& args) {
  bool ordered = flag_argument(args, 2, false);
  auto& keys = args[0];
  if (keys.is_vector()) {
    auto values = value_items(args[1], keys.size());
    // Rows of an array vector become vectors that can grow by themselves.
    if (is_array(values->type())) values = cast_column(values, type_id::any);
    return value{std::make_shared<dictionary>(keys.vec_ptr(), values, ordered)};
  }
  if (auto s = keys.as<set_object>())
    return value{std::make_shared<dictionary>(s->keys(), value_items(args[1], s->size()), ordered)};
  if (keys.is_scalar() && !keys.is_text() && args[1].is_scalar()) {
    auto key_type = unwrap(type_of_value(keys)), value_type = unwrap(type_of_value(args[1]));
    return value{std::make_shared<dictionary>(key_type.type, value_type.type, ordered)};
  }
  return value{std::make_shared<dictionary>(to_column(keys), value_items(args[1], 1), ordered)};
}

value keys(call_context&, arguments& args) {
  if (auto d = args[0].as<dictionary>()) return value{d->shown_keys()};
  if (auto t = args[0].as<table>()) return value{column::of_strings(t->names())};
  if (auto s = args[0].as<set_object>()) return value{s->shown()};
  refuse_type("keys(X)", "X", args[0], "a dictionary, set or table");
}

value values(call_context&, arguments& args) {
  if (auto d = args[0].as<dictionary>()) return value{d->shown_values()};
  auto t = args[0].as<table>();
  if (!t) refuse_type("values(X)", "X", args[0], "a dictionary or table");
  std::vector<value> columns;
  for (auto& col : t->columns())
    columns.emplace_back(col);
  return make_tuple_value(std::move(columns));
}

/// d[key] = function(d[key], parameter); absent keys get `init(parameter)` or the parameter itself.
value update(call_context& context, arguments& args) {
  constexpr std::string_view usage =
      "dictUpdate!(dictionary, function, keys, parameters, [initFunc])";
  auto d = args[0].as<dictionary>();
  if (!d) refuse_type(usage, "dictionary", args[0], "a dictionary");
  auto keys = vector_argument(args[2], usage, "keys");
  for (size_t i = 0; i < keys->size(); ++i) {
    context.check_cancelled();
    auto key = element(*keys, i);
    auto parameter =
        args[3].is_vector() && args[3].size() == keys->size() ? element(args[3].vec(), i) : args[3];
    if (d->has(key))
      d->set(key, context.call(args[1], {d->get(key), parameter}));
    else
      d->set(key, is_given(args, 4) ? context.call(args[4], {parameter}) : parameter);
  }
  return args[0];
}

value erase(call_context&, arguments& args) {
  constexpr std::string_view usage = "erase!(obj, keys)";
  auto keys = vector_argument(args[1], usage, "keys");
  if (auto d = args[0].as<dictionary>())
    d->erase(keys);
  else if (auto s = args[0].as<set_object>())
    s->erase(keys);
  else
    refuse_type(usage, "obj", args[0], "a dictionary or set");
  return args[0];
}

value is_ordered(call_context&, arguments& args) {
  auto d = args[0].as<dictionary>();
  return value::of_bool(d && d->ordered());
}

// -- sets
// ----------------------------------------------------------------------------------------------------

value set(call_context&, arguments& args) {
  return value{std::make_shared<set_object>(*vector_argument(args[0], "set(X)", "X"))};
}

set_ptr set_argument(const value& x, std::string_view usage) {
  auto s = x.as<set_object>();
  return s ? s : std::make_shared<set_object>(*vector_argument(x, usage, "X"));
}

template <set_ptr (*F)(const set_object&, const set_object&)>
value set_operation(call_context&, arguments& args) {
  auto a = set_argument(args[0], "X, Y"), b = set_argument(args[1], "X, Y");
  return value{F(*a, *b)};
}
set_ptr symmetric_difference(const set_object& a, const set_object& b) {
  return set_union(*set_difference(a, b), *set_difference(b, a));
}

const std::vector<function_entry> dictionary_table = {
    {"dict",
     "dict(keyObj, valueObj, [ordered=false])",
     "A dictionary of keys and values, or an empty one of a key type and a value type.",
     dict,
     2,
     3,
     plain,
     {{"dict(`a`b, 1 2, true)", "a->1\nb->2"}, {"d = dict(INT, DOUBLE); d[3] = 1.5; d[3]", "1.5"}}},
    {"syncDict",
     "syncDict(keyObj, valueObj)",
     "dict; sessions that share it see each other's changes.",
     dict,
     2,
     3,
     plain,
     {{"syncDict(`a, 1)", "a->1"}}},
    {"keys",
     "keys(X)",
     "Keys of a dictionary, elements of a set, column names of a table.",
     keys,
     1,
     1,
     plain,
     {{"keys(dict(`a`b, 1 2, true))", "[\"a\",\"b\"]"}}},
    {"values",
     "values(X)",
     "Values of a dictionary, columns of a table.",
     values,
     1,
     1,
     plain,
     {{"values(dict(`a`b, 1 2, true))", "[1,2]"}}},
    {"dictUpdate!",
     "dictUpdate!(dictionary, function, keys, parameters, [initFunc])",
     "Replaces the value of each key by function(value, parameter); new keys get the parameter.",
     update,
     4,
     5,
     mutates_first,
     {{"d = dict(1 2, 1 1, true); dictUpdate!(d, add, 2 3, 5 6); d", "1->1\n2->6\n3->6"}}},
    {"erase!",
     "erase!(obj, keys)",
     "Removes keys of a dictionary or elements of a set.",
     erase,
     2,
     2,
     mutates_first,
     {{"s = set(1 2 3); erase!(s, 2); size(s)", "2"}}},
    {"isOrderedDict",
     "isOrderedDict(X)",
     "Whether X is a dictionary that keeps the order of insertion.",
     is_ordered,
     1,
     1,
     plain,
     {{"isOrderedDict(dict(`a, 1, true))", "true"}}},
    {"set",
     "set(X)",
     "The set of the elements of X.",
     set,
     1,
     1,
     plain,
     {{"set(4 5 5)", "set(5,4)"}}},
    {"union",
     "union(X, Y)",
     "Elements of either.",
     set_operation<set_union>,
     2,
     2,
     plain,
     {{"sort(keys(union(set(1 2), set(2 3))))", "[1,2,3]"}}},
    {"intersection",
     "intersection(X, Y)",
     "Elements of both.",
     set_operation<set_intersection>,
     2,
     2,
     plain,
     {{"intersection(set(1 2), set(2 3))", "set(2)"}}},
    {"symmetricDifference",
     "symmetricDifference(X, Y)",
     "Elements of just one of both.",
     set_operation<symmetric_difference>,
     2,
     2,
     plain,
     {{"sort(keys(symmetricDifference(set(1 2), set(2 3))))", "[1,3]"}}},
};

} // namespace

function_family dictionary_functions() { return dictionary_table; }

} // namespace pelorus
