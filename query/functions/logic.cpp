// Logic and nulls: and, or, not, xor, iif, isNull and what fills nulls.
#include "query/cast.hpp"
#include "query/functions/kernels.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

constexpr int8_t none = null_of<int8_t>;

/// BOOL of numbers; texts and objects are refused.
value truth(value& x, std::string_view function) {
  if (x.is_void()) return value::null(type_id::bool_);
  if (!is_number(x.type())) refuse_type(function, "X", x, "numeric");
  return cast(x, type_id::bool_);
}

using flag_block = binary_block<int8_t, int8_t>;

void and_block(const int8_t* x, const int8_t* y, int8_t* out, size_t n, bool) {
  for (size_t i = 0; i < n; ++i)
    out[i] = x[i] == none || y[i] == none ? none : x[i] & y[i];
}
/// A null does not count when the other one is there (logicOrIgnoreNull).
void or_block(const int8_t* x, const int8_t* y, int8_t* out, size_t n, bool) {
  for (size_t i = 0; i < n; ++i)
    out[i] = x[i] == none ? y[i] : y[i] == none ? x[i] : x[i] | y[i];
}
void xor_block(const int8_t* x, const int8_t* y, int8_t* out, size_t n, bool) {
  for (size_t i = 0; i < n; ++i)
    out[i] = x[i] == none || y[i] == none ? none : x[i] ^ y[i];
}
void not_block(const int8_t* x, int8_t* out, size_t n, bool) {
  for (size_t i = 0; i < n; ++i)
    out[i] = x[i] == none ? none : static_cast<int8_t>(!x[i]);
}

value logic(arguments& args, flag_block f, std::string_view function) {
  return map_forms(
      args[0], args[1],
      [&](value& x, value& y) {
        auto a = truth(x, function), b = truth(y, function);
        return run_binary<int8_t, int8_t>(a, b, type_id::bool_, f, function);
      },
      function);
}

value logical_and(call_context&, arguments& args) { return logic(args, and_block, "and"); }
value logical_or(call_context&, arguments& args) { return logic(args, or_block, "or"); }
value logical_xor(call_context&, arguments& args) { return logic(args, xor_block, "xor"); }
value logical_not(call_context&, arguments& args) {
  return map_forms(
      args[0],
      [](value& x) {
        if (x.is_void()) return x;
        auto a = truth(x, "not");
        return run_unary<int8_t, int8_t>(a, type_id::bool_, not_block);
      },
      "not");
}

// -- iif
// ----------------------------------------------------------------------------------------------

value as_items(const value& x, type_id type, int32_t scale, size_t size) {
  auto typed = x.is_void() ? value::null(type, scale) : cast(x, type, scale);
  return typed.is_scalar() ? value{to_column(typed, size)} : typed;
}

value choose(const column& flags, value& yes, value& no) {
  auto size = flags.size();
  auto* flag = flags.data<int8_t>();
  auto fits = [&](const value& x) { return x.is_scalar() || x.size() == size; };
  if (!fits(yes) || !fits(no))
    refuse("iif(cond, trueResult, falseResult)", "the results must be scalars or as long as cond.");
  auto type = common_type(yes.type(), no.type());
  if (type == type_id::void_) type = type_id::int_;
  auto scale = std::max(yes.scale(), no.scale());
  if (type == type_id::any || physical_of(type) == physical::any || is_array(type)) {
    std::vector<value> items;
    for (size_t i = 0; i < size; ++i) {
      auto& from = flag[i] == 1 ? yes : no;
      items.push_back(from.is_scalar() ? from : element(from.vec(), i));
    }
    return combine(items);
  }
  if (is_text(type)) type = type_id::string;
  auto a = as_items(yes, type, scale, size), b = as_items(no, type, scale, size);
  auto result = column::make(type, size, scale);
  with_physical(result->physical(), [&](auto zero) {
    using T = decltype(zero);
    auto *x = a.vec().data<T>(), *y = b.vec().data<T>();
    auto* out = result->template mutable_data<T>();
    for (size_t i = 0; i < size; ++i)
      out[i] = flag[i] == 1 ? x[i] : y[i];
  });
  if (type == type_id::string) {
    result->share_arenas(a.vec());
    result->share_arenas(b.vec());
  }
  if (!a.vec().may_have_nulls() && !b.vec().may_have_nulls()) result->set_no_nulls();
  return value{result};
}

value iif(call_context&, arguments& args) {
  if (args[0].is_scalar()) return truth(args[0], "iif").raw_int() == 1 ? args[1] : args[2];
  auto cells_of = [](const value& x) {
    auto m = x.as<matrix>();
    return m ? value{m->cells()} : x;
  };
  value condition = cells_of(args[0]), yes = cells_of(args[1]), no = cells_of(args[2]);
  if (!condition.is_vector())
    refuse_type("iif(cond, trueResult, falseResult)", "cond", condition,
                "a scalar, vector or matrix");
  auto flags = truth(condition, "iif");
  auto result = choose(flags.vec(), yes, no);
  auto m = args[0].as<matrix>();
  return m && result.is_vector() ? with_cells(*m, result.vec_ptr()) : result;
}

// -- nulls
// --------------------------------------------------------------------------------------------

value null_flags(value& x, bool wanted) {
  if (x.is_scalar()) return value::of_bool(x.is_null() == wanted);
  auto result = column::make(type_id::bool_, x.size());
  auto* out = result->mutable_data<int8_t>();
  for (size_t i = 0; i < x.size(); ++i)
    out[i] = x.vec().is_null(i) == wanted;
  result->set_no_nulls();
  return value{result};
}

value table_flags(const table& t, bool wanted) {
  std::vector<column_ptr> columns;
  for (auto& col : t.columns()) {
    value part{col};
    columns.push_back(null_flags(part, wanted).vec_ptr());
  }
  return value{std::make_shared<table>(t.names(), std::move(columns))};
}

value is_null_call(call_context&, arguments& args) {
  if (auto t = args[0].as<table>()) return table_flags(*t, true);
  return map_forms(
      args[0], [](value& x) { return null_flags(x, true); }, "isNull");
}
value is_valid(call_context&, arguments& args) {
  if (auto t = args[0].as<table>()) return table_flags(*t, false);
  return map_forms(
      args[0], [](value& x) { return null_flags(x, false); }, "isValid");
}
value is_nothing(call_context&, arguments& args) {
  return value::of_bool(args[0].is_nothing() || (args[0].is_void() && args[0].raw_int() == 2));
}
value is_void_call(call_context&, arguments& args) { return value::of_bool(args[0].is_void()); }
value has_null(call_context&, arguments& args) {
  bool any = args[0].is_null();
  if (auto t = args[0].as<table>()) {
    for (auto& col : t->columns())
      any |= col->count_nulls() != 0;
  } else if (!args[0].is_scalar()) {
    map_forms(
        args[0],
        [&](value& x) {
          any |= x.is_vector() ? x.vec().count_nulls() != 0 : x.is_null();
          return x;
        },
        "hasNull");
  }
  return value::of_bool(any);
}

void fill_column(column& col, const value& with) {
  if (!col.may_have_nulls()) return;
  for (size_t i = 0; i < col.size(); ++i)
    if (col.is_null(i)) unwrap(set_element(col, i, with));
}

value filled(value& x, const value& with) {
  if (x.is_scalar())
    return x.is_null() ? (x.is_void() ? with : cast(with, x.type(), x.scale())) : x;
  bool by_element = with.is_vector();
  if (by_element) require_same_size(x, with, "nullFill");
  bool takes =
      is_text(x.type()) == is_text(with.type()) && (is_number(x.type()) == is_number(with.type()));
  if (!takes && x.type() != type_id::any) return x;
  auto result = x.vec().clone();
  if (!by_element) {
    fill_column(*result, cast(with, x.type(), x.scale()));
  } else {
    for (size_t i = 0; i < result->size(); ++i)
      if (result->is_null(i))
        unwrap(set_element(*result, i, cast(element(with.vec(), i), x.type(), x.scale())));
  }
  return value{result};
}

value null_fill(call_context&, arguments& args) {
  if (auto t = args[0].as<table>()) {
    auto result = std::make_shared<table>(*t);
    for (size_t c = 0; c < t->width(); ++c) {
      value col{t->col(c)};
      result->set(c, filled(col, args[1]).vec_ptr());
    }
    return value{result};
  }
  return map_forms(
      args[0], [&](value& x) { return filled(x, args[1]); }, "nullFill");
}

value null_fill_in_place(call_context& context, arguments& args) {
  if (auto t = args[0].as<table>()) {
    for (size_t c = 0; c < t->width(); ++c) {
      value col{t->col(c)};
      t->set(c, filled(col, args[1]).vec_ptr());
    }
    return args[0];
  }
  return args[0] = null_fill(context, args);
}

value if_null(call_context&, arguments& args) {
  return map_forms(
      args[0], args[1],
      [](value& x, value& y) -> value {
        if (x.is_scalar() && y.is_scalar()) return x.is_null() ? x : y;
        value items =
            x.is_scalar() ? value{to_column(x.is_void() ? value::null(y.type()) : x, y.size())} : x;
        auto missing = null_flags(items, true);
        return choose(missing.vec(), items, y);
      },
      "ifNull");
}

const std::vector<function_entry> logic_table = {
    {"and",
     "and(X, Y)",
     "X && Y, element by element; null when either is null.",
     logical_and,
     2,
     2,
     plain,
     {{"true false && true", "[true,false]"}}},
    {"or",
     "or(X, Y)",
     "X || Y, element by element; a null gives way to the other operand.",
     logical_or,
     2,
     2,
     plain,
     {{"1 0 || 0", "[true,false]"}}},
    {"xor",
     "xor(X, Y)",
     "Whether just one of X and Y is true; null when either is null.",
     logical_xor,
     2,
     2,
     plain,
     {{"1 0 xor 1", "[false,true]"}}},
    {"not",
     "not(X)",
     "!X: true for zero, false for other numbers, null for null.",
     logical_not,
     1,
     1,
     plain,
     {{"!1 0 2", "[false,true,false]"}}},
    {"iif",
     "iif(cond, trueResult, falseResult)",
     "For each element of cond that of trueResult where it is true, of falseResult otherwise.",
     iif,
     3,
     3,
     plain,
     {{"iif(1..4 > 2, 1, 0)", "[0,0,1,1]"}}},
    {"isNull",
     "isNull(X)",
     "Whether each element is null.",
     is_null_call,
     1,
     1,
     plain,
     {{"isNull(1 NULL 3)", "[false,true,false]"}}},
    {"isValid",
     "isValid(X)",
     "Whether each element is not null.",
     is_valid,
     1,
     1,
     plain,
     {{"isValid(1 NULL 3)", "[true,false,true]"}}},
    {"isNothing",
     "isNothing(X)",
     "Whether X is a left-out argument or what a function without return gives.",
     is_nothing,
     1,
     1,
     plain,
     {{"isNothing(NULL)", "false"}}},
    {"isVoid",
     "isVoid(X)",
     "Whether X is the untyped NULL.",
     is_void_call,
     1,
     1,
     plain,
     {{"isVoid(NULL)", "true"}, {"isVoid(int())", "false"}}},
    {"hasNull",
     "hasNull(X)",
     "Whether any element is null.",
     has_null,
     1,
     1,
     plain,
     {{"hasNull(1 NULL 3)", "true"}}},
    {"nullFill",
     "nullFill(X, Y)",
     "X with Y (a scalar, or a vector of the same length) in the place of nulls.",
     null_fill,
     2,
     2,
     plain,
     {{"nullFill(1 NULL 3, 0)", "[1,0,3]"}}},
    {"nullFill!",
     "nullFill!(X, Y)",
     "The same in place.",
     null_fill_in_place,
     2,
     2,
     mutates_first,
     {{"x = 1 NULL 3; nullFill!(x, 0); x", "[1,0,3]"}}},
    {"ifNull",
     "ifNull(X, Y)",
     "Null where X is null, else the element of Y.",
     if_null,
     2,
     2,
     plain,
     {{"ifNull(1 NULL 3, 7 8 9)", "[7,,9]"}}},
};

} // namespace

function_family logic_functions() { return logic_table; }

} // namespace pelorus
