#include <array>
#include <cstring>

#include "query/calendar.hpp"
#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/function.hpp"
#include "query/functions/comparison.hpp"
#include "query/functions/kernels.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/set.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

std::string_view name_of(comparison op) {
  constexpr std::array<std::string_view, 6> names = {"lt", "le", "eq", "ne", "ge", "gt"};
  return names[static_cast<size_t>(op)];
}

struct less {
  template <class T>
  bool operator()(const T& x, const T& y) const {
    return x < y;
  }
};
struct less_equal {
  template <class T>
  bool operator()(const T& x, const T& y) const {
    return x <= y;
  }
};
struct equal {
  template <class T>
  bool operator()(const T& x, const T& y) const {
    return x == y;
  }
};
struct not_equal {
  template <class T>
  bool operator()(const T& x, const T& y) const {
    return x != y;
  }
};
struct greater_equal {
  template <class T>
  bool operator()(const T& x, const T& y) const {
    return x >= y;
  }
};
struct greater {
  template <class T>
  bool operator()(const T& x, const T& y) const {
    return x > y;
  }
};

template <class F>
decltype(auto) with_comparison(comparison op, F&& f) {
  switch (op) {
  case comparison::lt: return f(less{});
  case comparison::le: return f(less_equal{});
  case comparison::eq: return f(equal{});
  case comparison::ne: return f(not_equal{});
  case comparison::ge: return f(greater_equal{});
  default: return f(greater{});
  }
}

template <class Op, class T>
void compare_loop(const T* x, const T* y, int8_t* out, size_t n, bool) {
  Op op;
  for (size_t i = 0; i < n; ++i)
    out[i] = op(x[i], y[i]);
}

/// `get(v, i)` gives element i of a scalar or vector.
template <class Get>
value compare_items(comparison op, const value& x, const value& y, Get&& get) {
  return with_comparison(op, [&](auto test) {
    if (x.is_scalar() && y.is_scalar()) return value::of_bool(test(get(x, 0), get(y, 0)));
    require_same_size(x, y, name_of(op));
    auto size = x.is_scalar() ? y.size() : x.size();
    auto result = column::make(type_id::bool_, size);
    auto* out = result->mutable_data<int8_t>();
    for (size_t i = 0; i < size; ++i)
      out[i] = test(get(x, i), get(y, i));
    result->set_no_nulls();
    return value{std::move(result)};
  });
}

/// A SYMBOL column against one text: codes are compared, not characters.
value compare_symbols(comparison op, const column& symbols, std::string_view text) {
  auto code = symbols.dict()->find(text);
  auto result = column::make(type_id::bool_, symbols.size());
  auto* out = result->mutable_data<int8_t>();
  auto* codes = symbols.data<int32_t>();
  bool wanted = op == comparison::eq;
  for (size_t i = 0; i < symbols.size(); ++i)
    out[i] = (codes[i] == code) == wanted;
  result->set_no_nulls();
  return value{std::move(result)};
}

/// STRINGs for equality: size and first bytes decide nearly always.
value compare_refs(comparison op, const value& x, const value& y) {
  auto a = x.is_scalar() ? to_column(x) : x.vec_ptr(),
       b = y.is_scalar() ? to_column(y) : y.vec_ptr();
  require_same_size(x, y, name_of(op));
  auto *left = a->data<string_ref>(), *right = b->data<string_ref>();
  size_t left_step = x.is_vector(), right_step = y.is_vector();
  auto result = column::make(type_id::bool_, x.is_scalar() ? y.size() : x.size());
  auto* out = result->mutable_data<int8_t>();
  bool wanted = op == comparison::eq;
  for (size_t i = 0; i < result->size(); ++i)
    out[i] = (left[i * left_step] == right[i * right_step]) == wanted;
  result->set_no_nulls();
  return value{std::move(result)};
}

value compare_texts(comparison op, const value& x, const value& y) {
  bool equality = op == comparison::eq || op == comparison::ne;
  auto is_symbols = [](const value& v) {
    return v.is_vector() && v.vec().physical() == physical::code;
  };
  if (equality && is_symbols(x) && y.is_scalar()) return compare_symbols(op, x.vec(), y.text());
  if (equality && is_symbols(y) && x.is_scalar()) return compare_symbols(op, y.vec(), x.text());
  auto is_string = [](const value& v) { return physical_of(v.type()) == physical::str; };
  if (equality && is_string(x) && is_string(y) && (x.is_vector() || y.is_vector()))
    return compare_refs(op, x, y);
  return compare_items(op, x, y, [](const value& v, size_t i) {
    return v.is_scalar() ? v.text() : v.vec().text(i);
  });
}

value compare_wide(comparison op, const value& x, const value& y) {
  __extension__ using bits = unsigned __int128;
  return compare_items(op, x, y, [](const value& v, size_t i) {
    if (v.is_scalar()) return static_cast<bits>(v.raw_wide());
    bits raw;
    std::memcpy(&raw, v.vec().raw(i), sizeof raw);
    return raw;
  });
}

value compare_decimals(comparison op, const value& x, const value& y) {
  auto scale = std::max(x.scale(), y.scale());
  auto a = cast(x, type_id::decimal128, scale), b = cast(y, type_id::decimal128, scale);
  return compare_items(op, a, b, [](const value& v, size_t i) {
    if (v.is_scalar()) return v.raw_wide();
    int128 raw;
    std::memcpy(&raw, v.vec().raw(i), sizeof raw);
    return raw;
  });
}

value compare_flat(comparison op, value& x, value& y) {
  if (x.type() == type_id::functiondef || y.type() == type_id::functiondef) {
    bool same = same_value(x, y);
    return value::of_bool(op == comparison::eq ? same : !same);
  }
  auto type = comparison_type(x, y, name_of(op));
  if (type == type_id::void_)
    return value::of_bool(op == comparison::eq || op == comparison::le || op == comparison::ge);
  auto typed = [&](value& v) {
    if (v.is_void())
      v = value::null(type);
    else if (v.type() != type && (!is_plain_number(type) || !is_plain_number(v.type())))
      v = cast(v, type);
  };
  if (is_decimal(type)) return compare_decimals(op, x, y);
  if (is_text(type) && (x.is_void() || is_text(x.type())) && (y.is_void() || is_text(y.type()))) {
    if (x.is_void()) x = value::of_text("");
    if (y.is_void()) y = value::of_text("");
    return compare_texts(op, x, y);
  }
  typed(x);
  typed(y);
  if (physical_of(type) == physical::b16) return compare_wide(op, x, y);
  return with_plain(physical_of(type), [&](auto zero) {
    using T = decltype(zero);
    return with_comparison(op, [&](auto test) {
      auto result =
          run_binary<T, int8_t>(x, y, type_id::bool_, compare_loop<decltype(test), T>, name_of(op));
      return result;
    });
  });
}

value compare_sets(comparison op, const value& x, const value& y) {
  auto a = x.as<set_object>(), b = y.as<set_object>();
  if (!a || !b) {
    if (op == comparison::eq || op == comparison::ne) return value::of_bool(op == comparison::ne);
    refuse(name_of(op), "both operands must be sets.");
  }
  bool in_b = b->contains_all(*a), in_a = a->contains_all(*b);
  switch (op) {
  case comparison::lt: return value::of_bool(in_b && !in_a);
  case comparison::le: return value::of_bool(in_b);
  case comparison::eq: return value::of_bool(in_b && in_a);
  case comparison::ne: return value::of_bool(!(in_b && in_a));
  case comparison::ge: return value::of_bool(in_a);
  default: return value::of_bool(in_a && !in_b);
  }
}

} // namespace

type_id comparison_type(const value& x, const value& y, std::string_view function) {
  auto a = x.type(), b = y.type();
  if (a == type_id::void_) return b;
  if (b == type_id::void_ || a == b) return a;
  if (is_plain_number(a) && is_plain_number(b)) return std::max(a, b);
  if (is_text(a) && is_text(b)) return type_id::string;
  if (is_temporal(a) && is_temporal(b)) {
    auto u = unit_of(a), v = unit_of(b);
    if (u.family == v.family && u.nanoseconds != 0) return u.nanoseconds < v.nanoseconds ? a : b;
    if (u.family == temporal_family::month && v.family == temporal_family::instant) return b;
    if (v.family == temporal_family::month && u.family == temporal_family::instant) return a;
  }
  if (is_temporal(a) && is_integral(b)) return a;
  if (is_temporal(b) && is_integral(a)) return b;
  if (is_decimal(a) && is_decimal(b)) return type_id::decimal128;
  if ((is_decimal(a) && is_integral(b)) || (is_decimal(b) && is_integral(a)))
    return type_id::decimal128;
  if ((is_decimal(a) && is_floating(b)) || (is_decimal(b) && is_floating(a)))
    return type_id::double_;
  bool parses = physical_of(a) == physical::b16 || is_temporal(a),
       parses_b = physical_of(b) == physical::b16 || is_temporal(b);
  if (is_text(b) && parses) return a;
  if (is_text(a) && parses_b) return b;
  refuse(function, fmt::format("Incompatible types: {} and {} cannot be compared.", type_name(a),
                               type_name(b)));
}

value compare(comparison op, value& x, value& y) {
  if (x.form() == form::set || y.form() == form::set) return compare_sets(op, x, y);
  return map_forms(
      x, y, [op](value& a, value& b) { return compare_flat(op, a, b); }, name_of(op));
}

int order_of(const value& x, const value& y) {
  value a = x, b = y;
  if (compare_flat(comparison::lt, a, b).raw_int() == 1) return -1;
  a = x;
  b = y;
  return compare_flat(comparison::eq, a, b).raw_int() == 1 ? 0 : 1;
}

namespace {

bool same_columns(const column_ptr& a, const column_ptr& b) {
  if (!a || !b) return !a && !b;
  bool texts = is_text(a->type()) && is_text(b->type());
  if ((a->type() != b->type() && !texts) || a->size() != b->size()) return false;
  for (size_t i = 0; i < a->size(); ++i) {
    if (texts ? a->text(i) != b->text(i) : !same_value(element(*a, i), element(*b, i)))
      return false;
  }
  return true;
}

bool same_scalars(const value& x, const value& y) {
  if (x.is_text() && y.is_text()) return x.text() == y.text();
  if (x.type() != y.type()) return false;
  if (physical_of(x.type()) == physical::any) {
    auto f = x.as<callable>(), g = y.as<callable>();
    return x.ptr() == y.ptr() || (f && g && f->source() == g->source());
  }
  if (physical_of(x.type()) == physical::b16)
    return x.raw_wide() == y.raw_wide() && x.scale() == y.scale();
  if (is_floating(x.type())) return x.raw_real() == y.raw_real();
  return x.raw_int() == y.raw_int() && x.scale() == y.scale();
}

} // namespace

bool same_value(const value& x, const value& y) {
  if (x.form() != y.form()) return false;
  if (x.is_scalar()) return same_scalars(x, y);
  if (x.is_vector() || x.is_pair()) return same_columns(x.vec_ptr(), y.vec_ptr());
  if (auto m = x.as<matrix>()) {
    auto n = y.as<matrix>();
    return n && m->rows() == n->rows() && same_columns(m->cells(), n->cells()) &&
           same_columns(m->row_labels(), n->row_labels()) &&
           same_columns(m->column_labels(), n->column_labels());
  }
  if (auto s = x.as<set_object>()) {
    auto t = y.as<set_object>();
    return t && s->type() == t->type() && s->size() == t->size() && s->contains_all(*t);
  }
  if (auto d = x.as<dictionary>()) {
    auto e = y.as<dictionary>();
    if (!e || d->size() != e->size()) return false;
    for (size_t i = 0; i < d->size(); ++i) {
      auto key = element(*d->key_column(), i);
      if (!e->has(key) || !same_value(element(*d->value_column(), i), e->get(key))) return false;
    }
    return true;
  }
  auto t = x.as<table>(), u = y.as<table>();
  if (!t || !u) return x.ptr() == y.ptr();
  if (t->names() != u->names()) return false;
  for (size_t c = 0; c < t->width(); ++c)
    if (!same_columns(t->col(c), u->col(c))) return false;
  return true;
}

} // namespace pelorus
