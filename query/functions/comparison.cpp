// Comparison functions: the operators, ranges, membership, identity.
#include "query/functions/comparison.hpp"

#include <array>

#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/functions/kernels.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

template <comparison Op>
value comparison_call(call_context&, arguments& args) {
  return compare(Op, args[0], args[1]);
}

value and_flags(value x, value y) {
  return map_forms(
      x, y,
      [](value& a, value& b) {
        auto both = [](const int8_t* p, const int8_t* q, int8_t* out, size_t n, bool) {
          for (size_t i = 0; i < n; ++i)
            out[i] = p[i] == 1 && q[i] == 1;
        };
        return run_binary<int8_t, int8_t>(a, b, type_id::bool_, both, "between");
      },
      "between");
}

value between(call_context&, arguments& args) {
  auto& range = args[1];
  if (!range.is_pair() && !(range.is_vector() && range.size() == 2))
    refuse_type("between(X, Y)", "Y", range, "a pair");
  value x = args[0], low = element(range.vec(), 0), high = element(range.vec(), 1);
  value again = x;
  // An open end does not bound.
  if (low.is_null()) return compare(comparison::le, x, high);
  if (high.is_null()) return compare(comparison::ge, x, low);
  return and_flags(compare(comparison::ge, x, low), compare(comparison::le, again, high));
}

/// Elements that membership is asked of.
column_ptr members_of(const value& y) {
  if (y.is_scalar()) return to_column(y);
  if (auto m = y.as<matrix>()) return m->cells();
  if (auto t = y.as<table>(); t && t->width() == 1) return t->col(0);
  if (y.is_vector() || y.is_pair()) return y.vec_ptr();
  refuse_type("in(X, Y)", "Y", y, "a vector, set, dictionary or table of one column");
}

column_ptr contained(const column_ptr& items, const value& y) {
  if (auto s = y.as<set_object>()) return s->contains(items);
  if (auto d = y.as<dictionary>()) return d->contains(items);
  auto members = members_of(y);
  if (members->type() == type_id::any) {
    auto result = column::make(type_id::bool_, items->size());
    auto* out = result->mutable_data<int8_t>();
    for (size_t i = 0; i < items->size(); ++i) {
      out[i] = 0;
      for (auto& member : members->items())
        out[i] |= same_value(member, element(*items, i));
    }
    return result;
  }
  auto type = comparison_type(value{items}, value{members}, "in");
  return set_object{*cast_column(members, type, members->scale())}.contains(
      cast_column(items, type, members->scale()));
}

value membership(value& x, const value& y) {
  if (auto s = x.as<set_object>()) return value{contained(s->shown(), y)};
  if (x.is_scalar()) {
    auto one = x.is_void() ? cast_column(to_column(value::null(type_id::int_)),
                                         y.type() == type_id::any ? type_id::int_ : y.type())
                           : to_column(x);
    return element(*contained(one, y), 0);
  }
  return map_forms(
      x,
      [&](value& part) {
        return part.is_scalar() ? membership(part, y) : value{contained(part.vec_ptr(), y)};
      },
      "in");
}

value in(call_context&, arguments& args) { return membership(args[0], args[1]); }

value not_in(call_context&, arguments& args) {
  auto found = membership(args[0], args[1]);
  value no = value::of_bool(false);
  return compare(comparison::eq, found, no);
}

value eq_obj(call_context&, arguments& args) {
  if (is_given(args, 2)) {
    auto precision = args[2].as_long();
    auto scaled = [&](const value& x) { return cast(x, type_id::double_); };
    auto numeric = [](const value& x) {
      return is_plain_number(x.type()) && (x.is_scalar() || x.is_vector());
    };
    if (numeric(args[0]) && numeric(args[1])) {
      if (args[0].form() != args[1].form() || args[0].size() != args[1].size() ||
          args[0].type() != args[1].type())
        return value::of_bool(false);
      auto a = scaled(args[0]), b = scaled(args[1]);
      auto bound = std::pow(10.0, -static_cast<double>(precision));
      auto at = [](const value& v, size_t i) {
        return v.is_scalar() ? v.raw_real() : v.vec().data<double>()[i];
      };
      for (size_t i = 0; i < a.size(); ++i)
        if (!(std::abs(at(a, i) - at(b, i)) < bound)) return value::of_bool(false);
      return value::of_bool(true);
    }
  }
  return value::of_bool(same_value(args[0], args[1]));
}

value null_compare(call_context& context, arguments& args) {
  return map_forms(
      args[1], args[2],
      [&](value& x, value& y) {
        auto missing = [](const value& v, size_t i) {
          return v.is_vector() ? v.vec().is_null(i) : v.is_null();
        };
        auto result = context.call(args[0], {x, y});
        if (!result.is_vector())
          return missing(x, 0) || missing(y, 0) ? value::null(type_id::bool_) : result;
        auto flags = result.vec().clone();
        for (size_t i = 0; i < flags->size(); ++i)
          if (missing(x, i) || missing(y, i)) flags->set_null(i);
        return value{flags};
      },
      "nullCompare");
}

const std::vector<function_entry> comparison_table = {
    {"lt",
     "lt(X, Y)",
     "X < Y, element by element. NULL is smaller than any value.",
     comparison_call<comparison::lt>,
     2,
     2,
     plain,
     {{"1 2 3 < 2", "[true,false,false]"}, {"00i < 1", "true"}}},
    {"le",
     "le(X, Y)",
     "X <= Y, element by element.",
     comparison_call<comparison::le>,
     2,
     2,
     plain,
     {{"1 2 3 <= 2", "[true,true,false]"}}},
    {"eq",
     "eq(X, Y)",
     "X == Y, element by element. NULL equals NULL.",
     comparison_call<comparison::eq>,
     2,
     2,
     plain,
     {{"1 2 3 == 3 2 1", "[false,true,false]"}, {"`a`b == `b", "[false,true]"}}},
    {"ne",
     "ne(X, Y)",
     "X != Y, element by element.",
     comparison_call<comparison::ne>,
     2,
     2,
     plain,
     {{"1 2 3 != 2", "[true,false,true]"}}},
    {"ge",
     "ge(X, Y)",
     "X >= Y, element by element.",
     comparison_call<comparison::ge>,
     2,
     2,
     plain,
     {{"1 2 3 >= 2", "[false,true,true]"}}},
    {"gt",
     "gt(X, Y)",
     "X > Y, element by element.",
     comparison_call<comparison::gt>,
     2,
     2,
     plain,
     {{"1 2 3 > 2", "[false,false,true]"}}},
    {"between",
     "between(X, Y)",
     "Whether each element of X lies in the pair Y, both ends included. A null end does not "
     "bound.",
     between,
     2,
     2,
     plain,
     {{"between(1 5 9, 2:9)", "[false,true,true]"}}},
    {"in",
     "in(X, Y)",
     "Whether each element of X is among those of Y: a vector, set, the keys of a dictionary, a "
     "table of one column.",
     in,
     2,
     2,
     plain,
     {{"3 4 in 1 2 3", "[true,false]"}}},
    {"notIn",
     "notIn(X, Y)",
     "Whether each element of X is missing from Y.",
     not_in,
     2,
     2,
     plain,
     {{"notIn(3 4, 1 2 3)", "[false,true]"}}},
    {"eqObj",
     "eqObj(obj1, obj2, [precision])",
     "Whether two objects have the same type, form and elements; floats may differ by less than "
     "10^-precision.",
     eq_obj,
     2,
     3,
     plain,
     {{"eqObj(1 2 3, 1 2 3)", "true"}, {"eqObj(1 2, 1.0 2.0)", "false"}}},
    {"nullCompare",
     "nullCompare(func, X, Y)",
     "A comparison whose result is null where an operand is.",
     null_compare,
     3,
     3,
     plain,
     {{"nullCompare(lt, NULL 2, 3)", "[,true]"}}},
};

} // namespace

function_family comparison_functions() { return comparison_table; }

} // namespace pelorus
