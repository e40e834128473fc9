// Making vectors: take, til, array, repeat, and parts of them: head, tail, slice, cut, reverse.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "query/cast.hpp"
#include "query/constants.hpp"
#include "query/dictionary.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/indexing.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/session.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

// -- take
// ---------------------------------------------------------------------------------------------

/// `count` elements going round: the first ones, or with a negative count the last ones.
column_ptr taken(column_ptr from, int64_t count) {
  auto size = static_cast<int64_t>(from->size());
  if (size == 0)
    return column::make_null(from->type(), static_cast<size_t>(std::abs(count)), from->scale());
  if (count >= 0 && count <= size) return from->slice(0, static_cast<size_t>(count));
  if (count < 0 && -count <= size)
    return from->slice(static_cast<size_t>(size + count), static_cast<size_t>(-count));
  constexpr int64_t enough = 4096;
  if (size < enough && std::abs(count) > enough) {
    // Many rounds of few elements: copy blocks of whole rounds.
    std::vector<uint32_t> rows(static_cast<size_t>(size * (enough / size)));
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i] = static_cast<uint32_t>(i % static_cast<size_t>(size));
    from = from->gather(std::span<const uint32_t>{rows});
    size = static_cast<int64_t>(rows.size());
  }
  auto start = count < 0 ? (size - (-count % size)) % size : 0;
  auto total = static_cast<size_t>(std::abs(count));
  auto result = column::make(from->type(), 0, from->scale());
  result->reserve(total);
  while (result->size() < total) {
    auto part = std::min<size_t>(static_cast<size_t>(size - start), total - result->size());
    result->append(*from, static_cast<size_t>(start), part);
    start = 0;
  }
  return result;
}

value take(call_context&, arguments& args) {
  auto& x = args[0];
  if (args[1].is_vector()) {
    // A count for each element.
    auto from = vector_argument(x, "take(X, n)", "X");
    auto& counts = args[1].vec();
    if (counts.size() != from->size())
      refuse("take(X, n)", "n must have a count for each element of X.");
    std::vector<uint32_t> rows;
    for (size_t i = 0; i < counts.size(); ++i)
      rows.insert(rows.end(),
                  static_cast<size_t>(std::max<int64_t>(element(counts, i).as_long(), 0)),
                  static_cast<uint32_t>(i));
    return value{from->gather(std::span<const uint32_t>{rows})};
  }
  auto count = integer_argument(args, 1, 0, "take(X, n)", "n");
  if (x.is_void()) refuse("take(X, n)", "X must not be NULL.");
  if (auto t = x.as<table>()) {
    std::vector<column_ptr> columns;
    for (auto& col : t->columns())
      columns.push_back(taken(col, count));
    return value{std::make_shared<table>(t->names(), std::move(columns))};
  }
  if (auto m = x.as<matrix>()) {
    auto width = std::abs(count);
    std::vector<int64_t> rows(m->rows()), columns(static_cast<size_t>(width));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    for (int64_t i = 0; i < width; ++i)
      columns[static_cast<size_t>(i)] = i % static_cast<int64_t>(m->columns());
    return sub_matrix(*m, rows, columns);
  }
  if (x.is_scalar() && x.is_text() && count > 0) {
    auto col = column::make(type_id::string, static_cast<size_t>(count));
    auto one = to_column(x);
    col->share_arenas(*one);
    std::fill_n(col->mutable_data<string_ref>(), count, one->data<string_ref>()[0]);
    if (x.type() == type_id::string) return value{col};
  }
  return value{taken(vector_argument(x, "take(X, n)", "X"), count)};
}

// -- making
// -------------------------------------------------------------------------------------------

value til(call_context&, arguments& args) {
  auto count = integer_argument(args, 0, 0, "til(n)", "n");
  if (count < 0) refuse("til(n)", "n must not be negative.");
  bool wide = args[0].type() == type_id::long_;
  auto result = column::make(wide ? type_id::long_ : type_id::int_, static_cast<size_t>(count));
  if (wide)
    std::iota(result->mutable_data<int64_t>(), result->mutable_data<int64_t>() + count, int64_t{0});
  else
    std::iota(result->mutable_data<int32_t>(), result->mutable_data<int32_t>() + count, 0);
  result->set_no_nulls();
  return value{result};
}

/// Zeros of a number type, nulls of other types.
column_ptr zeros(type_spec spec, size_t size) {
  auto result = column::make_null(spec.type, size, spec.scale);
  bool number = is_integral(spec.type) || is_floating(spec.type) || is_decimal(spec.type) ||
                is_temporal(spec.type);
  if (number && size != 0)
    std::memset(static_cast<void*>(const_cast<std::byte*>(result->raw())), 0,
                size * width_of(result->physical()));
  return result;
}

value array(call_context&, arguments& args) {
  constexpr std::string_view usage = "array(dataType, [initialSize], [capacity], [defaultValue])";
  if (args[0].is_vector() && !is_given(args, 1)) return value{args[0].vec().clone()};
  auto spec = unwrap(type_of_value(args[0]));
  auto size =
      static_cast<size_t>(std::max<int64_t>(integer_argument(args, 1, 0, usage, "initialSize"), 0));
  auto capacity = integer_argument(args, 2, 0, usage, "capacity");
  column_ptr result;
  if (is_given(args, 3) && !is_array(spec.type)) {
    result = column::make(spec.type, 0, spec.scale);
    result->append(
        *taken(to_column(cast(args[3], spec.type, spec.scale)), static_cast<int64_t>(size)));
  } else {
    result = zeros(spec, size);
  }
  if (capacity > static_cast<int64_t>(size) && capacity <= 10'000'000)
    result->reserve(static_cast<size_t>(capacity));
  return value{result};
}

value repeat(call_context&, arguments& args) {
  auto count = integer_argument(args, 1, 0, "repeat(X, n)", "n");
  auto repeated = [&](std::string_view text) {
    std::string all;
    for (int64_t i = 0; i < count; ++i)
      all += text;
    return all;
  };
  if (args[0].is_text()) return value::of_text(repeated(args[0].text()));
  auto from = vector_argument(args[0], "repeat(X, n)", "X");
  if (!is_text(from->type())) refuse_type("repeat(X, n)", "X", args[0], "a string or strings");
  auto result = column::make(type_id::string);
  for (size_t i = 0; i < from->size(); ++i)
    result->push_text(repeated(from->text(i)));
  return value{result};
}

value enlist(call_context&, arguments& args) {
  auto& x = args[0];
  if (x.is_scalar() && !x.is_void() && physical_of(x.type()) != physical::any)
    return value{to_column(x)};
  if (auto d = x.as<dictionary>(); d && is_text(d->key_type())) {
    auto result = std::make_shared<table>();
    for (auto i : d->shown()) {
      auto item = element(*d->value_column(), i);
      auto cell = item.is_scalar() && !item.is_void() ? to_column(item)
                                                      : make_tuple_value({item}).vec_ptr();
      result->add(std::string{d->key_column()->text(i)}, cell);
    }
    return value{result};
  }
  return make_tuple_value({x});
}

// -- parts
// --------------------------------------------------------------------------------------------

/// Elements, rows or columns [from, from+count).
value part(const value& x, size_t from, size_t count, std::string_view function) {
  if (auto t = x.as<table>()) return value{t->slice(from, count)};
  if (auto m = x.as<matrix>()) {
    std::vector<int64_t> rows(count), columns(m->columns());
    std::iota(rows.begin(), rows.end(), static_cast<int64_t>(from));
    std::iota(columns.begin(), columns.end(), int64_t{0});
    return sub_matrix(*m, rows, columns);
  }
  return value{vector_argument(x, function, "obj")->slice(from, count)};
}

value column_part(const matrix& m, size_t from, size_t count) {
  auto cells = m.cells()->slice(from * m.rows(), count * m.rows());
  return value{std::make_shared<matrix>(cells, m.rows(), count)};
}

/// The first or last n; without n one element (for a matrix a column, for a table a row).
template <bool First>
value end_part(call_context& context, arguments& args) {
  constexpr std::string_view usage = First ? "head(obj, [n=1])" : "tail(obj, [n=1])";
  auto& x = args[0];
  if (!is_given(args, 1)) {
    if (x.is_scalar()) return x;
    auto m = x.as<matrix>();
    auto size = m ? m->columns() : x.size();
    if (size == 0) return x.is_vector() ? value::null(x.type(), x.scale()) : value{};
    auto at = First ? 0 : static_cast<int64_t>(size) - 1;
    value index = value::of_long(at);
    return get_indexed(x, std::span<const value>{&index, 1}, context.who);
  }
  auto n = integer_argument(args, 1, 1, usage, "n");
  auto m = x.as<matrix>();
  auto size = m ? m->columns() : x.size();
  auto count =
      static_cast<size_t>(n < 0 ? std::max<int64_t>(static_cast<int64_t>(size) + n, 0) : n);
  count = std::min(count, size);
  if (m) return column_part(*m, First ? 0 : size - count, count);
  return part(x, First ? 0 : size - count, count, usage);
}

value subarray(call_context&, arguments& args) {
  if (!args[1].is_pair()) refuse_type("subarray(X, range)", "range", args[1], "a pair");
  auto col = vector_argument(args[0], "subarray(X, range)", "X");
  auto begin = element(args[1].vec(), 0), end = element(args[1].vec(), 1);
  auto from = std::clamp<int64_t>(begin.is_null() ? 0 : begin.as_long(), 0,
                                  static_cast<int64_t>(col->size()));
  auto to = std::clamp<int64_t>(end.is_null() ? static_cast<int64_t>(col->size()) : end.as_long(),
                                from, static_cast<int64_t>(col->size()));
  return value{col->slice(static_cast<size_t>(from), static_cast<size_t>(to - from))};
}

value slice(call_context& context, arguments& args) {
  std::vector<value> indices{args.begin() + 1, args.end()};
  while (indices.size() > 1 && !is_given(indices, indices.size() - 1))
    indices.pop_back();
  return get_indexed(args[0], indices, context.who);
}

value cut(call_context&, arguments& args) {
  auto size = args[0].form() == form::matrix ? args[0].as<matrix>()->columns() : args[0].size();
  std::vector<size_t> starts;
  if (args[1].is_vector()) {
    for (size_t i = 0; i < args[1].size(); ++i)
      starts.push_back(static_cast<size_t>(element(args[1].vec(), i).as_long()));
  } else {
    auto step = integer_argument(args, 1, 1, "cut(X, size|positions)", "size");
    if (step <= 0) refuse("cut(X, size|positions)", "size must be positive.");
    for (size_t i = 0; i < size; i += static_cast<size_t>(step))
      starts.push_back(i);
  }
  std::vector<value> parts;
  for (size_t k = 0; k < starts.size(); ++k) {
    auto end = k + 1 < starts.size() ? starts[k + 1] : size;
    if (starts[k] > end || end > size)
      refuse("cut(X, size|positions)", "positions must ascend and lie within X.");
    if (auto m = args[0].as<matrix>()) {
      auto count = end - starts[k];
      parts.emplace_back(std::make_shared<matrix>(
          m->cells()->slice(starts[k] * m->rows(), count * m->rows()), m->rows(), count));
    } else {
      parts.push_back(part(args[0], starts[k], end - starts[k], "cut"));
    }
  }
  bool single = args[1].is_scalar() && args[1].as_long() == 1 && args[0].is_vector() &&
                args[0].type() != type_id::any;
  if (single) {
    std::vector<value> scalars;
    for (auto& p : parts)
      scalars.push_back(element(p.vec(), 0));
    return make_tuple_value(std::move(scalars));
  }
  return make_tuple_value(std::move(parts));
}

value reverse(call_context&, arguments& args) {
  auto reversed = [](const column_ptr& col) {
    std::vector<uint32_t> rows(col->size());
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i] = static_cast<uint32_t>(rows.size() - 1 - i);
    return col->gather(std::span<const uint32_t>{rows});
  };
  if (auto m = args[0].as<matrix>()) return with_cells(*m, reversed(m->cells()));
  if (args[0].is_vector() && args[0].type() == type_id::any)
    return value{reversed(args[0].vec_ptr())};
  return map_columns(args[0], reversed, "reverse");
}

const std::vector<function_entry> sequence_table = {
    {"take",
     "take(X, n)",
     "n elements of X, starting over at its end; the last ones when n is negative. A vector n "
     "gives how often each element comes.",
     take,
     2,
     2,
     plain,
     {{"take(1 2 3, 5)", "[1,2,3,1,2]"},
      {"take(`a, 2)", "[\"a\",\"a\"]"},
      {"take(1 2, 2 1)", "[1,1,2]"}}},
    {"til", "til(n)", "0 to n-1.", til, 1, 1, plain, {{"til(4)", "[0,1,2,3]"}}},
    {"array",
     "array(dataType, [initialSize=0], [capacity], [defaultValue])",
     "A vector of initialSize elements: defaultValue, or zeros (nulls for texts).",
     array,
     1,
     4,
     plain,
     {{"array(INT, 3)", "[0,0,0]"}, {"array(DOUBLE, 2, 2, 1.5)", "[1.5,1.5]"}}},
    {"repeat",
     "repeat(X, n)",
     "Each string n times in a row.",
     repeat,
     2,
     2,
     plain,
     {{"repeat(`AB, 3)", "ABABAB"}}},
    {"enlist",
     "enlist(X)",
     "X as the only element of a vector, tuple or table.",
     enlist,
     1,
     1,
     plain,
     {{"enlist(1)", "[1]"}}},
    {"head",
     "head(obj, [n])",
     "The first n elements or rows, all but the last -n when negative; without n the first one "
     "itself.",
     end_part<true>,
     1,
     2,
     plain,
     {{"head(5 6 7, 2)", "[5,6]"}, {"head(5 6 7)", "5"}}},
    {"tail",
     "tail(obj, [n])",
     "The last n elements or rows; without n the last one itself.",
     end_part<false>,
     1,
     2,
     plain,
     {{"tail(5 6 7, 2)", "[6,7]"}}},
    {"subarray",
     "subarray(X, range)",
     "The elements [a, b) of the pair a:b, sharing their memory.",
     subarray,
     2,
     2,
     plain,
     {{"subarray(1..5, 1:3)", "[2,3]"}}},
    {"slice",
     "slice(obj, rowIndex, [colIndex])",
     "obj[rowIndex, colIndex].",
     slice,
     2,
     3,
     plain,
     {{"slice(5 6 7, 0 2)", "[5,7]"}}},
    {"cut",
     "cut(X, size)",
     "X as a tuple of parts of `size`, or of parts that start at the positions given.",
     cut,
     2,
     2,
     plain,
     {{"cut(1..5, 2)", "([1,2],[3,4],[5])"}}},
    {"reverse",
     "reverse(X)",
     "The elements backwards.",
     reverse,
     1,
     1,
     order_sensitive,
     {{"reverse(1 2 3)", "[3,2,1]"}}},
};

} // namespace

function_family sequence_functions() { return sequence_table; }

} // namespace pelorus
