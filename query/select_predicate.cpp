#include "query/select_predicate.hpp"

#include <algorithm>
#include <unordered_set>

#include "query/interpreter.hpp"
#include "query/operators.hpp"
#include "query/select_tree.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

op flipped(op o) {
  switch (o) {
    case op::lt: return op::gt;
    case op::le: return op::ge;
    case op::gt: return op::lt;
    case op::ge: return op::le;
    default: return o;
  }
}

struct column_side {
  size_t column;
  std::string function;
};

/// `col` or `f(col)` with a one-argument function.
std::optional<column_side> column_of(const node_ptr& n, const expression_binder& binder) {
  if (auto column = binder.find(*n)) return column_side{*column, ""};
  auto* call = try_as<call_node>(n);
  if (call == nullptr || call->arguments.size() != 1 || !call->arguments[0].expr) return std::nullopt;
  auto function = called_name(*n);
  auto column = binder.find(*call->arguments[0].expr);
  if (function.empty() || !column) return std::nullopt;
  return column_side{*column, std::string{function}};
}

std::optional<value> constant_of(const node_ptr& n, expression_binder& binder) {
  if (!is_constant(n, [&](const node& m) { return binder.is_column(m); })) return std::nullopt;
  auto bound = binder.bind(n, false);
  if (!bound.columns.empty() || !bound.windows.empty()) return std::nullopt;
  if (auto* literal = try_as<literal_node>(bound.tree)) return literal->constant;
  return binder.eval().evaluate(*bound.tree);
}

std::optional<predicate> comparison(const binary_node& b, expression_binder& binder) {
  if (!is_comparison(b.op)) return std::nullopt;
  auto how = b.op;
  auto side = column_of(b.left, binder);
  auto other = b.right;
  if (!side) {
    side = column_of(b.right, binder);
    other = b.left;
    how = flipped(how);
  }
  if (!side) return std::nullopt;
  auto constant = constant_of(other, binder);
  if (!constant || !constant->is_scalar() || constant->is_void()) return std::nullopt;
  predicate p;
  p.column = side->column;
  p.function = side->function;
  p.how = how;
  p.operand = *constant;
  return p;
}

std::optional<predicate> membership(const call_node& c, expression_binder& binder) {
  auto function = called_name(c);
  if ((function != "in" && function != "between") || c.arguments.size() != 2) return std::nullopt;
  if (!c.arguments[0].expr || !c.arguments[1].expr) return std::nullopt;
  auto side = column_of(c.arguments[0].expr, binder);
  if (!side) return std::nullopt;
  auto constant = constant_of(c.arguments[1].expr, binder);
  if (!constant) return std::nullopt;
  predicate p;
  p.column = side->column;
  p.function = side->function;
  if (function == "in") {
    p.kind = predicate::form::in;
    if (constant->is_vector()) p.set = constant->vec_ptr();
    else if (constant->is_scalar() && !constant->is_void()) p.set = to_column(*constant);
    else return std::nullopt;
    if (p.set->type() == type_id::any) return std::nullopt;
    return p;
  }
  if (!constant->is_pair()) return std::nullopt;
  p.kind = predicate::form::between;
  p.operand = element(constant->vec(), 0);
  p.high = element(constant->vec(), 1);
  return p;
}

bool agree(type_id column, const value& x) {
  auto t = x.type();
  if (is_text(column)) return is_text(t);
  if (is_temporal(column)) return t == column;
  if (is_integral(column)) return is_integral(t) && t != type_id::bool_ && column != type_id::bool_;
  if (column == type_id::double_ || column == type_id::float_)
    return (is_integral(t) && !x.is_null()) || t == column;
  return false;
}

constexpr size_t looked_over = 256;  // elements at a time

/// Writes the rows for which a test of a few instructions holds: what has none of them is passed over by vector code, in the
/// rest no branch hangs on a row.
template <class T, class F>
size_t pick_rows(const T* at, size_t from, size_t to, uint32_t* into, const F& test) {
  size_t n = 0;
  for (auto i = from; i < to;) {
    auto end = std::min(to, i + looked_over);
    bool any = false;
    for (auto k = i; k < end; ++k) any |= test(at[k]);
    for (; any && i < end; ++i) {
      into[n] = static_cast<uint32_t>(i);
      n += test(at[i]);
    }
    i = end;
  }
  return n;
}

/// Writes the rows for which `test` holds; no branch in the loop.
template <class T, class F>
size_t test_rows(const T* at, size_t from, size_t to, uint32_t* into, const F& test) {
  size_t n = 0;
  for (auto i = from; i < to; ++i) {
    into[n] = static_cast<uint32_t>(i);
    n += test(at[i]);
  }
  return n;
}

template <class T, class F>
row_list scan(const T* at, size_t rows, F&& test, bool is_cheap = true) {
  row_list kept(rows);
  auto parts = parts_of(rows, size_t{1} << 18);
  std::vector<std::span<uint32_t>> found(parts);
  for_each_part(rows, parts, [&](size_t p, size_t from, size_t to) {
    auto* into = kept.data() + from;
    found[p] = {into, is_cheap ? pick_rows(at, from, to, into, test) : test_rows(at, from, to, into, test)};
  });
  auto end = found[0].size();
  for (size_t p = 1; p < parts; ++p) {
    std::copy(found[p].begin(), found[p].end(), kept.begin() + static_cast<ptrdiff_t>(end));
    end += found[p].size();
  }
  kept.resize(end);
  return kept;
}

template <class T>
row_list compare_rows(const T* at, size_t rows, op how, T x) {
  switch (how) {
    case op::eq: return scan(at, rows, [x](T a) { return a == x; });
    case op::ne: return scan(at, rows, [x](T a) { return a != x; });
    case op::lt: return scan(at, rows, [x](T a) { return a < x; });
    case op::le: return scan(at, rows, [x](T a) { return a <= x; });
    case op::gt: return scan(at, rows, [x](T a) { return a > x; });
    default: return scan(at, rows, [x](T a) { return a >= x; });
  }
}

/// The constant as the comparison's type; integers compare in 64 bits, so that 300 against CHAR is right.
template <class T>
T raw_of(const value& x) {
  if constexpr (std::is_floating_point_v<T>) return x.is_null() ? null_of<T> : static_cast<T>(x.as_double());
  else return x.is_null() ? null_of<T> : static_cast<T>(x.as_long());
}

template <class T>
bool fits(const value& x) {
  if constexpr (std::is_floating_point_v<T> || sizeof(T) == 8) return true;
  else return x.is_null() || (x.raw_int() >= std::numeric_limits<T>::min() &&
                              x.raw_int() <= std::numeric_limits<T>::max());
}

template <class T>
row_list number_rows(const predicate& p, const column& col) {
  auto* at = col.data<T>();
  auto rows = col.size();
  if (p.kind == predicate::form::between) {
    auto low = raw_of<T>(p.operand), high = raw_of<T>(p.high);
    return scan(at, rows, [=](T a) { return (a >= low) & (a <= high); });
  }
  if (p.kind == predicate::form::compare) return compare_rows(at, rows, p.how, raw_of<T>(p.operand));
  std::unordered_set<T> wanted;
  for (size_t i = 0; i < p.set->size(); ++i) wanted.insert(raw_of<T>(element(*p.set, i)));
  return scan(at, rows, [&](T a) { return wanted.contains(a); }, false);
}

row_list symbol_rows(const predicate& p, const column& col) {
  auto& dict = *col.dict();
  auto* at = col.data<int32_t>();
  if (p.kind == predicate::form::compare) {
    auto code = dict.find(p.operand.text());  // -1: no row has it
    return compare_rows(at, col.size(), p.how, code);
  }
  std::vector<uint8_t> wanted(dict.size(), 0);
  for (size_t i = 0; i < p.set->size(); ++i)
    if (auto code = dict.find(p.set->text(i)); code >= 0) wanted[static_cast<size_t>(code)] = 1;
  return scan(at, col.size(), [&](int32_t code) { return wanted[static_cast<size_t>(code)]; }, false);
}

row_list string_rows(const predicate& p, const column& col) {
  auto* at = col.data<string_ref>();
  std::unordered_set<std::string_view> wanted;
  if (p.kind == predicate::form::compare) wanted.insert(p.operand.text());
  else
    for (size_t i = 0; i < p.set->size(); ++i) wanted.insert(p.set->text(i));
  auto positive = p.how != op::ne;
  return scan(at, col.size(), [&](const string_ref& s) { return wanted.contains(s.view()) == positive; }, false);
}

} // namespace

bool predicate::is_typed(const schema& columns) const {
  if (!function.empty() || column >= columns.size()) return false;
  auto type = columns[column].type;
  auto in_range = [&](const value& x) {
    switch (physical_of(type)) {
      case physical::i8: return fits<int8_t>(x);
      case physical::i16: return fits<int16_t>(x);
      case physical::i32: return fits<int32_t>(x);
      default: return true;
    }
  };
  auto ok = [&](const value& x) { return agree(type, x) && (is_text(type) || in_range(x)); };
  switch (kind) {
    case form::compare: return ok(operand) && (!is_text(type) || how == op::eq || how == op::ne);
    case form::between:
      return !is_text(type) && ok(operand) && ok(high) && !operand.is_null() && !high.is_null();
    case form::in:
      if (is_text(type)) return is_text(set->type());
      return set->type() == type && (is_temporal(type) || (is_integral(type) && type != type_id::bool_));
  }
  return false;
}

void split_conjunction(const node_ptr& condition, node_list& into) {
  auto* b = try_as<binary_node>(condition);
  if (b != nullptr && b->op == op::and_) {
    split_conjunction(b->left, into);
    split_conjunction(b->right, into);
  } else {
    into.push_back(condition);
  }
}

std::optional<predicate> simple_predicate(const node_ptr& condition, expression_binder& binder) {
  if (auto* b = try_as<binary_node>(condition)) return comparison(*b, binder);
  if (auto* c = try_as<call_node>(condition)) return membership(*c, binder);
  return std::nullopt;
}

row_list matching_rows(const predicate& p, const column& col) {
  switch (col.physical()) {
    case physical::i8: return number_rows<int8_t>(p, col);
    case physical::i16: return number_rows<int16_t>(p, col);
    case physical::i32: return number_rows<int32_t>(p, col);
    case physical::i64: return number_rows<int64_t>(p, col);
    case physical::f32: return number_rows<float>(p, col);
    case physical::f64: return number_rows<double>(p, col);
    case physical::code: return symbol_rows(p, col);
    default: return string_rows(p, col);
  }
}

namespace {

/// -1, 0, 1; texts alphabetically, numbers and temporals by their raw value, the null smallest.
int three_way(const value& a, const value& b) {
  if (is_text(a.type()) && is_text(b.type())) {
    auto order = a.text() <=> b.text();
    return order < 0 ? -1 : order > 0;
  }
  if (is_floating(a.type()) || is_floating(b.type())) {
    auto x = a.as_double(), y = b.as_double();
    return x < y ? -1 : x > y;
  }
  auto x = a.is_null() ? INT64_MIN : a.raw_int(), y = b.is_null() ? INT64_MIN : b.raw_int();
  return x < y ? -1 : x > y;
}

} // namespace

bool can_match(const predicate& p, const value& low, const value& high) {
  switch (p.kind) {
    case predicate::form::between:
      return three_way(p.high, low) >= 0 && three_way(p.operand, high) <= 0;
    case predicate::form::in:
      for (size_t i = 0; i < p.set->size(); ++i) {
        auto x = element(*p.set, i);
        if (three_way(x, low) >= 0 && three_way(x, high) <= 0) return true;
      }
      return false;
    case predicate::form::compare: break;
  }
  switch (p.how) {
    case op::eq: return three_way(p.operand, low) >= 0 && three_way(p.operand, high) <= 0;
    case op::ne: return !(three_way(low, high) == 0 && three_way(p.operand, low) == 0);
    case op::lt: return three_way(low, p.operand) < 0;
    case op::le: return three_way(low, p.operand) <= 0;
    case op::gt: return three_way(high, p.operand) > 0;
    default: return three_way(high, p.operand) >= 0;
  }
}

} // namespace pelorus
