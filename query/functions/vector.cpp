// Vectors: joining, shifting, searching, filling.
#include <algorithm>
#include <numeric>

#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/functions/arithmetic.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/comparison.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/reshaping.hpp"
#include "query/indexing.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/session.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

function_family vector_order_functions();

namespace {

// -- moving by rows
// --------------------------------------------------------------------------------------

/// Element i of the result is element i - by; what has no source is null.
column_ptr moved(const column_ptr& col, int64_t by) {
  auto size = static_cast<int64_t>(col->size());
  auto gap = std::min(std::abs(by), size);
  auto result = column::make(col->type(), 0, col->scale());
  if (by >= 0) {
    result->append_nulls(static_cast<size_t>(gap));
    result->append(*col, 0, static_cast<size_t>(size - gap));
  } else {
    result->append(*col, static_cast<size_t>(gap), static_cast<size_t>(size - gap));
    result->append_nulls(static_cast<size_t>(gap));
  }
  return result;
}

value prev(call_context&, arguments& args) {
  return map_columns(
      args[0], [](auto& col) { return moved(col, 1); }, "prev(X)");
}
value next(call_context&, arguments& args) {
  return map_columns(
      args[0], [](auto& col) { return moved(col, -1); }, "next(X)");
}
value move(call_context&, arguments& args) {
  auto by = integer_argument(args, 1, 1, "move(X, steps)", "steps");
  return map_columns(
      args[0], [&](auto& col) { return moved(col, by); }, "move(X, steps)");
}

/// Each element with the one `n` places before it.
template <arithmetic Op>
value against_earlier(call_context&, arguments& args) {
  constexpr std::string_view usage =
      Op == arithmetic::sub ? "deltas(X, [n=1])" : "ratios(X, [n=1])";
  auto n = integer_argument(args, 1, 1, usage, "n");
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        if (is_text(col->type())) refuse_type(usage, "X", value{col}, "numeric");
        value now{col}, before{moved(col, n)};
        return compute(Op, now, before).vec_ptr();
      },
      usage);
}

value percent_change(call_context&, arguments& args) {
  auto n = integer_argument(args, 1, 1, "percentChange(X, [n=1])", "n");
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        value now{col}, before{moved(col, n)}, one = value::of_double(1);
        auto ratio = compute(arithmetic::ratio, now, before);
        return compute(arithmetic::sub, ratio, one).vec_ptr();
      },
      "percentChange(X, [n=1])");
}

// -- filling
// ---------------------------------------------------------------------------------------------

/// The last element less the first one.
value difference(call_context&, arguments& args) {
  auto col = vector_argument(args[0], "difference(X)", "X");
  if (col->empty()) return {};
  value last = element(*col, col->size() - 1), first = element(*col, 0);
  return compute(arithmetic::sub, last, first);
}

column_ptr carried(const column_ptr& col, int64_t limit, bool forward) {
  auto size = col->size();
  std::vector<uint32_t> rows(size);
  int64_t run = 0;
  for (size_t k = 0; k < size; ++k) {
    auto i = forward ? k : size - 1 - k;
    bool missing = col->is_null(i);
    run = missing ? run + 1 : 0;
    auto neighbour = forward ? i - 1 : i + 1;
    rows[i] = missing && k != 0 && run <= limit ? rows[neighbour] : static_cast<uint32_t>(i);
  }
  return col->gather(std::span<const uint32_t>{rows});
}

template <bool Forward>
value carry(call_context&, arguments& args) {
  constexpr std::string_view usage = Forward ? "ffill(obj, [limit])" : "bfill(obj, [limit])";
  auto limit = integer_argument(args, 1, INT64_MAX, usage, "limit");
  return map_columns(
      args[0], [&](auto& col) { return carried(col, limit, Forward); }, usage);
}
template <bool Forward>
value carry_in_place(call_context& context, arguments& args) {
  if (auto t = args[0].as<table>()) {
    auto filled = carry<Forward>(context, args).template as<table>();
    for (size_t c = 0; c < t->width(); ++c)
      t->set(c, filled->col(c));
    return args[0];
  }
  return args[0] = carry<Forward>(context, args);
}

// -- joining
// -------------------------------------------------------------------------------------------------

value join_columns(const table& a, const table& b) {
  if (a.rows() != b.rows())
    refuse("join(X, Y)", fmt::format("the tables must have the same number of rows, not {} and {}.",
                                     a.rows(), b.rows()));
  auto result = std::make_shared<table>(a);
  for (size_t c = 0; c < b.width(); ++c)
    result->add(b.name(c), b.col(c));
  return value{result};
}

/// X with Y at its end. `x` may be changed in place.
value joined(value& x, const value& y, bool keep_type) {
  if (auto t = x.as<table>()) {
    if (auto u = y.as<table>()) return join_columns(*t, *u);
    if (!y.is_vector() || y.size() != t->rows())
      refuse("join(X, Y)", "a column to join must have one element for each row.");
    auto result = std::make_shared<table>(*t);
    result->add("C" + std::to_string(t->width()), y.vec_ptr());
    return value{result};
  }
  if (auto m = x.as<matrix>()) {
    auto result = std::make_shared<matrix>(*m);
    auto other = y.as<matrix>();
    auto cells = other ? other->cells() : vector_argument(y, "join(X, Y)", "Y");
    result->append_columns(*cast_column(cells, m->type(), m->cells()->scale()));
    return value{result};
  }
  if (x.is_vector() && x.type() == type_id::any) {
    x.own_vec().own_items();
    unwrap(push_element(x.own_vec(), y));
    return x;
  }
  auto items = [](const value& v) {
    return v.is_scalar() ? (v.is_void() ? column_ptr{} : to_column(v))
                         : vector_argument(v, "join(X, Y)", "Y");
  };
  if (y.is_vector() && y.type() == type_id::any) {
    std::vector<value> parts;
    if (x.is_scalar()) return make_tuple_value({x, y});
    for (size_t i = 0; i < x.size(); ++i)
      parts.push_back(element(x.vec(), i));
    for (auto& item : y.vec().items())
      parts.push_back(item);
    return make_tuple_value(std::move(parts));
  }
  auto type = keep_type ? x.type() : common_type(x.type(), y.type());
  if (type == type_id::any) return make_tuple_value({x, y});
  if (is_text(type) && x.is_vector()) type = x.type();
  auto scale = std::max(x.scale(), y.scale());
  if (!x.is_vector() || x.type() != type || x.scale() != scale)
    x = value{x.is_void() ? column::make_null(type, 1) : cast_column(items(x), type, scale)};
  if (y.is_void())
    x.own_vec().append_nulls(1);
  else
    x.own_vec().append(*cast_column(items(y), type, scale));
  return x;
}

value join(call_context&, arguments& args) {
  auto x = std::move(args[0]);
  args[0] = {};
  return joined(x, args[1], false);
}
value join_in_place(call_context&, arguments& args) {
  if (auto t = args[0].as<table>()) {
    auto u = args[1].as<table>();
    if (u && u->rows() == t->rows()) {
      for (size_t c = 0; c < u->width(); ++c)
        t->add(u->name(c), u->col(c));
      return args[0];
    }
    if (args[1].is_vector() && args[1].size() == t->rows()) {
      t->add("C" + std::to_string(t->width()), args[1].vec_ptr());
      return args[0];
    }
    refuse("join!(X, Y)", fmt::format("the columns to join must have {} rows.", t->rows()));
  }
  value x = std::move(args[0]);
  args[0] = {};
  return args[0] = joined(x, args[1], x.is_vector());
}

// -- searching
// ---------------------------------------------------------------------------------------------

value distinct(call_context&, arguments& args) {
  auto col = vector_argument(args[0], "distinct(X)", "X");
  if (is_array(col->type())) col = col->child();
  if (col->type() == type_id::any) {
    std::vector<value> kept;
    for (auto& item : col->items())
      if (std::none_of(kept.begin(), kept.end(), [&](auto& k) { return same_value(k, item); }))
        kept.push_back(item);
    return make_tuple_value(std::move(kept));
  }
  std::vector<uint32_t> rows;
  first_equal(*col, rows);
  return value{col->gather(std::span<const uint32_t>{rows})};
}

/// Positions of the elements of Y in X, -1 when they are not there.
value find(call_context&, arguments& args) {
  constexpr std::string_view usage = "find(X, Y)";
  if (auto d = args[0].as<dictionary>())
    return args[1].is_scalar() ? d->get(args[1]) : d->get_all(vector_argument(args[1], usage, "Y"));
  auto source = vector_argument(args[0], usage, "X");
  auto type = comparison_type(value{source}, args[1], usage);
  auto keys = cast_column(source, type, source->scale());
  key_index index;
  index.rebuild(*keys);
  auto look_up = [&](const column_ptr& items) {
    auto probe = cast_column(items, type, source->scale());
    auto result = column::make(type_id::int_, probe->size());
    for (size_t i = 0; i < probe->size(); ++i) {
      auto at = index.find(*keys, *probe, i);
      result->mutable_data<int32_t>()[i] = at == key_index::absent ? -1 : static_cast<int32_t>(at);
    }
    result->set_no_nulls();
    return result;
  };
  if (args[1].is_scalar()) return element(*look_up(to_column(args[1])), 0);
  return map_columns(args[1], look_up, usage);
}

/// Positions in the ascending X, -1 when it is not there.
value binary_search(call_context&, arguments& args) {
  constexpr std::string_view usage = "binsrch(X, Y)";
  auto col = vector_argument(args[0], usage, "X");
  auto search = [&](const column_ptr& items) {
    auto result = column::make(type_id::int_, items->size());
    for (size_t i = 0; i < items->size(); ++i) {
      auto wanted = element(*items, i);
      size_t low = 0, high = col->size();
      while (low < high) {
        auto middle = (low + high) / 2;
        if (order_of(element(*col, middle), wanted) < 0)
          low = middle + 1;
        else
          high = middle;
      }
      bool hit = low < col->size() && order_of(element(*col, low), wanted) == 0;
      result->mutable_data<int32_t>()[i] = hit ? static_cast<int32_t>(low) : -1;
    }
    return result;
  };
  if (args[1].is_scalar()) return element(*search(to_column(args[1])), 0);
  return map_columns(args[1], search, usage);
}

value at(call_context& context, arguments& args) {
  if (is_given(args, 1)) {
    if (args[0].type() == type_id::functiondef && args[0].is_scalar()) {
      std::vector<value> arguments_of;
      if (args[1].is_vector())
        for (size_t i = 0; i < args[1].size(); ++i)
          arguments_of.push_back(element(args[1].vec(), i));
      else
        arguments_of.push_back(args[1]);
      return context.call(args[0], std::move(arguments_of));
    }
    if (args[1].is_vector() && args[1].type() == type_id::any) {
      std::vector<value> indices{args[1].vec().items().begin(), args[1].vec().items().end()};
      return get_indexed(args[0], indices, context.who);
    }
    return get_indexed(args[0], std::span<const value>{&args[1], 1}, context.who);
  }
  // Positions of what is true; numbers count how often.
  auto col = vector_argument(args[0], "at(X, [index])", "X");
  auto result = column::make(type_id::int_);
  for (size_t i = 0; i < col->size(); ++i) {
    auto n = col->is_null(i) ? 0 : element(*col, i).as_long();
    for (int64_t k = 0; k < n; ++k)
      result->push(static_cast<int32_t>(i));
  }
  return value{result};
}

value flatten(call_context&, arguments& args) {
  auto& x = args[0];
  if (auto m = x.as<matrix>()) return value{m->cells()};
  if (x.is_vector() && is_array(x.type())) return value{x.vec().child()};
  if (!x.is_vector() || x.type() != type_id::any) return x;
  std::vector<value> items;
  for (auto& item : x.vec().items()) {
    if (item.is_vector())
      for (size_t i = 0; i < item.size(); ++i)
        items.push_back(element(item.vec(), i));
    else
      items.push_back(item);
  }
  return combine(items);
}

value reshape_call(call_context&, arguments& args) {
  if (!is_given(args, 1)) {
    auto m = args[0].as<matrix>();
    return m ? value{m->cells()} : args[0];
  }
  if (!args[1].is_pair()) refuse_type("reshape(obj, [dim])", "dim", args[1], "a pair rows:columns");
  return reshape(args[0], args[1]);
}

value clear(call_context&, arguments& args) {
  if (auto d = args[0].as<dictionary>())
    d->clear();
  else if (auto s = args[0].as<set_object>())
    s->clear();
  else if (auto t = args[0].as<table>()) {
    for (size_t c = 0; c < t->width(); ++c)
      t->set(c, column::make(t->col(c)->type(), 0, t->col(c)->scale()));
  } else if (args[0].is_vector()) {
    args[0] = value{column::make(args[0].type(), 0, args[0].scale())};
  } else {
    refuse_type("clear!(obj)", "obj", args[0], "a vector, set, dictionary or table");
  }
  return args[0];
}

const std::vector<function_entry> plain_vector_table = {
    {"prev",
     "prev(X)",
     "The element before; the first one is null.",
     prev,
     1,
     1,
     order_sensitive,
     {{"prev(1 2 3)", "[,1,2]"}}},
    {"next",
     "next(X)",
     "The element after; the last one is null.",
     next,
     1,
     1,
     order_sensitive,
     {{"next(1 2 3)", "[2,3,]"}}},
    {"move",
     "move(X, steps)",
     "Moved to the right by `steps`, to the left when negative.",
     move,
     2,
     2,
     order_sensitive,
     {{"move(3 9 5 1, 2)", "[,,3,9]"}}},
    {"deltas",
     "deltas(X, [n=1])",
     "The difference to the element n before.",
     against_earlier<arithmetic::sub>,
     1,
     2,
     order_sensitive,
     {{"deltas(7 4 5)", "[,-3,1]"}}},
    {"ratios",
     "ratios(X, [n=1])",
     "The quotient by the element n before, as DOUBLE.",
     against_earlier<arithmetic::ratio>,
     1,
     2,
     order_sensitive,
     {{"ratios(2 3 6)", "[,1.5,2]"}}},
    {"percentChange",
     "percentChange(X, [n=1])",
     "ratios(X, n) - 1.",
     percent_change,
     1,
     2,
     order_sensitive,
     {{"percentChange(2 3 6)", "[,0.5,1]"}}},
    {"difference",
     "difference(X)",
     "The last element less the first one.",
     difference,
     1,
     1,
     order_sensitive,
     {{"difference(2 4 7)", "5"}}},
    {"ffill",
     "ffill(obj, [limit])",
     "Nulls replaced by the last value before, at most `limit` in a row.",
     carry<true>,
     1,
     2,
     order_sensitive,
     {{"ffill(1 NULL NULL 2)", "[1,1,1,2]"}, {"ffill(1 NULL NULL 2, 1)", "[1,1,,2]"}}},
    {"bfill",
     "bfill(obj, [limit])",
     "Nulls replaced by the next value after, at most `limit` in a row.",
     carry<false>,
     1,
     2,
     order_sensitive,
     {{"bfill(1 NULL 2)", "[1,2,2]"}}},
    {"ffill!",
     "ffill!(obj, [limit])",
     "ffill in place.",
     carry_in_place<true>,
     1,
     2,
     mutates_first | order_sensitive,
     {{"x = 1 NULL 2; ffill!(x); x", "[1,1,2]"}}},
    {"bfill!",
     "bfill!(obj, [limit])",
     "bfill in place.",
     carry_in_place<false>,
     1,
     2,
     mutates_first | order_sensitive,
     {{"x = 1 NULL 2; bfill!(x); x", "[1,2,2]"}}},
    {"join",
     "join(X, Y)",
     "X <- Y: vectors end to end; columns of tables and matrices side by side.",
     join,
     2,
     2,
     plain,
     {{"join(1 2, 3)", "[1,2,3]"}, {"1 <- 2 3", "[1,2,3]"}}},
    {"join!",
     "join!(X, Y)",
     "join in place; the type of X stays.",
     join_in_place,
     2,
     2,
     mutates_first,
     {{"x = 1 2; x.join!(3 4); x", "[1,2,3,4]"}}},
    {"distinct",
     "distinct(X)",
     "The distinct elements in the order of their first coming.",
     distinct,
     1,
     1,
     plain,
     {{"distinct(4 5 5 2 4)", "[4,5,2]"}}},
    {"find",
     "find(X, Y)",
     "The position in X of each element of Y, -1 when it is not there; the values of a "
     "dictionary X.",
     find,
     2,
     2,
     plain,
     {{"find(7 3 3 5, 3 9)", "[1,-1]"}}},
    {"binsrch",
     "binsrch(X, Y)",
     "The same for an ascending X, by bisection.",
     binary_search,
     2,
     2,
     plain,
     {{"binsrch(1 3 5, 3 4)", "[1,-1]"}}},
    {"at",
     "at(X, [index])",
     "X[index]; without index the positions where X is true.",
     at,
     1,
     2,
     plain,
     {{"at(5 7 0 4 > 3)", "[0,1,3]"}, {"5 7 0 at 1", "7"}}},
    {"flatten",
     "flatten(X)",
     "All elements of a tuple of vectors, array vector or matrix in one vector.",
     flatten,
     1,
     1,
     plain,
     {{"flatten([1 2, 3 4])", "[1,2,3,4]"}}},
    {"reshape",
     "reshape(obj, [dim])",
     "A matrix of dim = rows:columns, filled column by column; the elements of a matrix without "
     "dim.",
     reshape_call,
     1,
     2,
     plain,
     {{"reshape(1..4, 2:2)", "#0  #1\n--- ---\n1   3\n2   4"}}},
    {"clear!",
     "clear!(obj)",
     "Removes all elements.",
     clear,
     1,
     1,
     mutates_first,
     {{"x = 1 2; clear!(x); size(x)", "0"}}},
};

} // namespace

function_family vector_functions() {
  static const auto all = [] {
    auto entries = plain_vector_table;
    auto more = vector_order_functions();
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }();
  return all;
}

} // namespace pelorus
