// Functions that call functions: each and its kin, reduce, call, partial.
#include <algorithm>

#include "query/dictionary.hpp"
#include "query/function.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/higher_order_items.hpp"
#include "query/indexing.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/session.hpp"
#include "storage/memory_charge.hpp"
#include "storage/table.hpp"

namespace pelorus {

function_family higher_order_window_functions();

namespace {

/// The results of many calls. They count against maxMemSize while they are collected, and each call can be cancelled.
class results_of_calls {
public:
  explicit results_of_calls(call_context& context) : context_(context) {}
  void call(const value& function, arguments items) {
    context_.check_cancelled();
    add(context_.call(function, std::move(items)));
  }
  void add(value x) {
    charge_.add(sizeof(value));
    all_.push_back(std::move(x));
  }
  const value& back() const { return all_.back(); }
  bool empty() const { return all_.empty(); }
  std::vector<value> take() { return std::move(all_); }

private:
  call_context& context_;
  memory_charge charge_;
  std::vector<value> all_;
};

std::vector<value> call_each(call_context& context, arguments& args, std::string_view function) {
  std::vector<item_list> lists;
  for (size_t i = 1; i < args.size(); ++i)
    lists.emplace_back(args[i]);
  item_list functions{args[0]};
  auto size = common_size(lists, function);
  if (!functions.is_single()) {
    if (size != 1 && size != functions.size())
      refuse(function, "there must be as many functions as items.");
    size = functions.size();
  }
  results_of_calls results{context};
  for (size_t i = 0; i < size; ++i) {
    std::vector<value> items;
    for (auto& list : lists)
      items.push_back(list[i]);
    results.call(functions[i], std::move(items));
  }
  return results.take();
}

bool nothing_to_go_over(const arguments& args) {
  return std::all_of(args.begin(), args.end(), [](const value& x) { return x.is_scalar(); });
}

value each(call_context& context, arguments& args) {
  auto results = call_each(context, args, "each(func, args..)");
  if (nothing_to_go_over(args)) return results.front();
  if (std::all_of(results.begin(), results.end(), [](auto& x) { return x.is_nothing(); }))
    return value::nothing();
  return collected_like(args.size() > 1 ? args[1] : args[0], std::move(results));
}

value loop(call_context& context, arguments& args) {
  auto results = call_each(context, args, "loop(func, args..)");
  if (std::all_of(results.begin(), results.end(), [](auto& x) { return x.is_nothing(); }))
    return value::nothing();
  return make_tuple_value(std::move(results));
}

/// Each item of one argument with the whole other one.
template <bool Left>
value each_side(call_context& context, arguments& args) {
  auto& moving = Left ? args[1] : args[2];
  item_list items{moving};
  results_of_calls results{context};
  for (size_t i = 0; i < items.size(); ++i) {
    if (Left) results.call(args[0], {items[i], args[2]});
    else results.call(args[0], {args[1], items[i]});
  }
  if (items.is_single()) return results.back();
  auto result = collected_like(moving, results.take());
  auto m = result.as<matrix>();
  if (m && moving.is_vector()) m->set_labels({}, moving.vec_ptr());
  return result;
}

/// f(x[i], x[i-1]) or f(x[i], x[i+1]); at the end against `args[2]`, or null.
template <bool Pre>
value each_neighbour(call_context& context, arguments& args) {
  item_list items{args[1]};
  results_of_calls calls{context};
  for (size_t i = 0; i < items.size(); ++i) {
    bool end = Pre ? i == 0 : i + 1 == items.size();
    if (end && !is_given(args, 2)) calls.add({});
    else calls.call(args[0], {items[i], end ? args[2] : items[Pre ? i - 1 : i + 1]});
  }
  auto results = calls.take();
  // The end without a neighbour has the shape of the others.
  for (auto& r : results) {
    auto like = std::find_if(results.begin(), results.end(), [](auto& x) { return x.is_vector(); });
    if (r.is_void() && like != results.end())
      r = value{column::make_null(like->type(), like->size(), like->scale())};
  }
  return collected_like(args[1], std::move(results));
}

value cross(call_context& context, arguments& args) {
  auto y = is_given(args, 2) ? args[2] : args[1];
  item_list rows{args[1]}, columns{y};
  results_of_calls cells{context};
  for (size_t c = 0; c < columns.size(); ++c)
    for (size_t r = 0; r < rows.size(); ++r)
      cells.call(args[0], {rows[r], columns[c]});
  auto flat = combine(cells.take());
  auto labels = [](const value& x) {
    return x.is_vector() && x.type() != type_id::any ? x.vec_ptr() : column_ptr{};
  };
  if (flat.type() != type_id::any)
    return value{std::make_shared<matrix>(flat.vec_ptr(), rows.size(), columns.size(),
                                          labels(args[1]), labels(y))};
  return flat;
}

/// The steps of reduce and accumulate; the state starts with `init` or the first item.
std::vector<value> steps(call_context& context, const arguments& args) {
  results_of_calls results{context};
  item_list items{args[1]};
  bool given = is_given(args, 2);
  // accumulate(f, n, init): a function of one argument applied n times.
  auto f = as_function(args[0]);
  if (items.is_single() && f->max_arguments() == 1 && given) {
    results.add(args[2]);
    for (int64_t i = 0; i < args[1].as_long(); ++i)
      results.call(args[0], {results.back()});
    return results.take();
  }
  if (given) results.add(args[2]);
  for (size_t i = 0; i < items.size(); ++i) {
    if (results.empty()) results.add(items[i]);
    else results.call(args[0], {results.back(), items[i]});
  }
  auto all = results.take();
  if (given && all.size() > 1) all.erase(all.begin());
  return all;
}
value reduce(call_context& context, arguments& args) {
  auto all = steps(context, args);
  return all.empty() ? value{} : all.back();
}
value accumulate(call_context& context, arguments& args) { return collected(steps(context, args)); }

value call(call_context& context, arguments& args) {
  return context.call(args[0], std::vector<value>{args.begin() + 1, args.end()});
}
value unified_call(call_context& context, arguments& args) {
  std::vector<value> parts;
  if (!args[1].is_vector()) refuse_type("unifiedCall(func, args)", "args", args[1], "a tuple");
  for (size_t i = 0; i < args[1].size(); ++i)
    parts.push_back(element(args[1].vec(), i));
  return context.call(args[0], std::move(parts));
}
value function_by_name(call_context& context, arguments& args) {
  if (args[0].is_text())
    if (auto* own = context.who.variables.find(args[0].text()); own != nullptr && own->type() == type_id::functiondef)
      return *own;
  auto f = as_function(args[0]);
  return f->entry() ? function_value(*f->entry()) : args[0];
}
value partial(call_context&, arguments& args) {
  std::vector<std::optional<value>> fixed;
  for (size_t i = 1; i < args.size(); ++i)
    fixed.push_back(is_given(args, i) ? std::optional{args[i]} : std::nullopt);
  return value{std::make_shared<partial_application>(as_function(args[0]), std::move(fixed))};
}

value with_null_fill(call_context& context, arguments& args) {
  auto& fill = *find_function("nullFill");
  auto& is_null = *find_function("isNull");
  auto filled = [&](const value& x) { return context.call(function_value(fill), {x, args[3]}); };
  auto missing = [&](const value& x) { return context.call(function_value(is_null), {x}); };
  auto result = context.call(args[0], {filled(args[1]), filled(args[2])});
  auto both =
      context.call(function_value(*find_function("and")), {missing(args[1]), missing(args[2])});
  return context.call(function_value(*find_function("iif")),
                      {both, value::null(result.type()), result});
}

const std::vector<function_entry> item_table = {
    {"each",
     "each(func, args..)",
     "func of each item: elements of vectors, columns of matrices and tables, values of "
     "dictionaries. Scalars make a vector, vectors of one length a matrix.",
     each,
     2,
     255,
     plain,
     {{"each(x -> x * x, 1 2 3)", "[1,4,9]"}, {"each(add, 1 2, 3 4)", "[4,6]"}}},
    {"peach",
     "peach(func, args..)",
     "each; the items are worked on in order.",
     each,
     2,
     255,
     plain,
     {{"peach(x -> x + 1, 1 2)", "[2,3]"}}},
    {"loop",
     "loop(func, args..)",
     "each with the results in a tuple.",
     loop,
     2,
     255,
     plain,
     {{"loop(til, 1 2)", "([0],[0,1])"}}},
    {"ploop",
     "ploop(func, args..)",
     "loop; the items are worked on in order.",
     loop,
     2,
     255,
     plain,
     {{"ploop(til, 1 2)", "([0],[0,1])"}}},
    {"eachLeft",
     "eachLeft(func, X, Y)",
     "func of each item of X and all of Y.",
     each_side<true>,
     3,
     3,
     plain,
     {{"eachLeft(sub, 5 6, 1)", "[4,5]"}}},
    {"eachRight",
     "eachRight(func, X, Y)",
     "func of all of X and each item of Y.",
     each_side<false>,
     3,
     3,
     plain,
     {{"eachRight(sub, 5, 1 2)", "[4,3]"}}},
    {"eachPre",
     "eachPre(func, X, [pre])",
     "func of each item and the one before it; of the first one and `pre`, null without.",
     each_neighbour<true>,
     2,
     3,
     order_sensitive,
     {{"eachPre(sub, 3 5 9)", "[,2,4]"}, {"eachPre(sub, 3 5, 1)", "[2,2]"}}},
    {"eachPost",
     "eachPost(func, X, [post])",
     "func of each item and the one after it.",
     each_neighbour<false>,
     2,
     3,
     order_sensitive,
     {{"eachPost(sub, 3 5 9)", "[-2,-4,]"}}},
    {"cross",
     "cross(func, X, [Y])",
     "func of every item of X with every one of Y, as a matrix with a row for each item of X.",
     cross,
     2,
     3,
     plain,
     {{"flatten(cross(add, 1 2, 10 20))", "[11,12,21,22]"}}},
    {"reduce",
     "reduce(func, X, [init])",
     "func of what came out so far and the next item; the last result.",
     reduce,
     2,
     3,
     order_sensitive,
     {{"reduce(add, 1 2 3)", "6"}}},
    {"accumulate",
     "accumulate(func, X, [init])",
     "reduce with all the results on the way.",
     accumulate,
     2,
     3,
     order_sensitive,
     {{"accumulate(add, 1 2 3)", "[1,3,6]"}}},
    {"call",
     "call(func, args..)",
     "func(args..).",
     call,
     1,
     255,
     plain,
     {{"call(sum, 1..10)", "55"}}},
    {"unifiedCall",
     "unifiedCall(func, args)",
     "func with the items of the tuple as arguments.",
     unified_call,
     2,
     2,
     plain,
     {{"unifiedCall(add, (1 2, 10))", "[11,12]"}}},
    {"funcByName",
     "funcByName(name)",
     "The function of a name: one of the session's own, or a registered one.",
     function_by_name,
     1,
     1,
     plain,
     {{"funcByName(`sum)(1 2 3)", "6"}}},
    {"partial",
     "partial(func, args..)",
     "func with its first arguments fixed.",
     partial,
     1,
     255,
     plain,
     {{"partial(add, 2)(3)", "5"}}},
    {"withNullFill",
     "withNullFill(func, X, Y, fillValue)",
     "func with a null in one operand replaced; null where both are.",
     with_null_fill,
     4,
     4,
     plain,
     {{"withNullFill(add, 1 NULL, 2 3, 0)", "[3,3]"}}},
};

} // namespace

function_family higher_order_functions() {
  static const auto all = [] {
    auto entries = item_table;
    auto more = higher_order_window_functions();
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }();
  return all;
}

} // namespace pelorus
