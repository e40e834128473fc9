// Order: sort, isort, rank.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "query/cast.hpp"
#include "query/dictionary.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/literals.hpp"
#include "query/matrix.hpp"
#include "query/sort.hpp"
#include "storage/table.hpp"

namespace pelorus {

function_family vector_order_functions();

namespace {

column_ptr sorted(const column_ptr& col, bool ascending) {
  auto rows = sorted_rows({{col, !ascending}}, col->size());
  return col->gather(std::span<const uint32_t>{rows});
}

value sort_value(const value& x, bool ascending) {
  if (auto m = x.as<matrix>()) return with_cells(*m, sorted(m->cells(), ascending));
  if (x.is_vector() && x.type() == type_id::any) {
    auto flat = combine(x.vec().items());
    if (flat.type() == type_id::any) refuse("sort(X, [ascending=true])", "X must not be a tuple.");
    return value{sorted(flat.vec_ptr(), ascending)};
  }
  return value{sorted(vector_argument(x, "sort(X, [ascending=true])", "X"), ascending)};
}

value sort(call_context&, arguments& args) {
  return sort_value(args[0], flag_argument(args, 1, true));
}
value sort_in_place(call_context&, arguments& args) {
  return args[0] = sort_value(args[0], flag_argument(args, 1, true));
}

/// Keys of a vector, or of several in a tuple, with a direction each.
std::vector<sort_key> keys_of(const arguments& args, std::string_view usage) {
  std::vector<sort_key> keys;
  if (args[0].is_vector() && args[0].type() == type_id::any) {
    for (auto& item : args[0].vec().items())
      keys.push_back({vector_argument(item, usage, "X")});
  } else if (auto t = args[0].as<table>()) {
    for (auto& col : t->columns())
      keys.push_back({col});
  } else {
    keys.push_back({vector_argument(args[0], usage, "X")});
  }
  for (size_t k = 0; k < keys.size(); ++k) {
    if (keys[k].keys->size() != keys[0].keys->size())
      refuse(usage, "the vectors must have the same length.");
    if (!is_given(args, 1)) continue;
    auto& direction = args[1];
    auto flag = direction.is_vector() ? element(direction.vec(), std::min(k, direction.size() - 1))
                                      : direction;
    keys[k].descending = flag.as_double() == 0;
  }
  return keys;
}

value isort(call_context&, arguments& args) {
  auto keys = keys_of(args, "isort(X, [ascending=true])");
  auto rows = sorted_rows(keys, keys[0].keys->size());
  auto result = column::make(type_id::int_, rows.size());
  std::copy(rows.begin(), rows.end(), result->mutable_data<int32_t>());
  result->set_no_nulls();
  return value{result};
}

// -- rank
// --------------------------------------------------------------------------------------------------

struct rank_options {
  bool ascending = true, ignore_nulls = true, percent = false;
  int64_t groups = 0;
  std::string ties = "min";
};

bool equal_elements(const column& col, size_t i, size_t k) {
  if (is_text(col.type())) return col.text(i) == col.text(k);
  return std::memcmp(col.raw(i), col.raw(k), width_of(col.physical())) == 0;
}

/// n places in groups as even as can be, the larger ones first.
size_t group_of(size_t place, size_t n, size_t groups) {
  auto small = n / groups, larger = n % groups, in_larger = larger * (small + 1);
  if (place < in_larger) return place / (small + 1);
  return larger + (small == 0 ? 0 : (place - in_larger) / small);
}

column_ptr ranked(const column_ptr& col, const rank_options& o) {
  auto rows = sorted_rows({{col, !o.ascending}}, col->size());
  if (o.ignore_nulls) std::erase_if(rows, [&](uint32_t r) { return col->is_null(r); });
  auto n = rows.size();
  bool real = o.percent || o.ties == "average";
  auto result = column::make_null(real ? type_id::double_ : type_id::int_, col->size());
  auto put = [&](uint32_t row, double rank) {
    if (o.groups > 0)
      rank = static_cast<double>(
          group_of(static_cast<size_t>(rank), n, static_cast<size_t>(o.groups)));
    if (o.percent) rank = (rank + 1) / static_cast<double>(n);
    if (real)
      result->mutable_data<double>()[row] = rank;
    else
      result->mutable_data<int32_t>()[row] = static_cast<int32_t>(rank);
  };
  for (size_t from = 0; from < n;) {
    auto to = from + 1;
    while (to < n && equal_elements(*col, rows[from], rows[to]))
      ++to;
    for (auto k = from; k < to; ++k) {
      auto rank = o.ties == "max"       ? static_cast<double>(to - 1)
                  : o.ties == "average" ? static_cast<double>(from + to - 1) / 2
                  : o.ties == "first"   ? static_cast<double>(k)
                                        : static_cast<double>(from);
      put(rows[k], rank);
    }
    from = to;
  }
  return result;
}

value rank(call_context&, arguments& args) {
  constexpr std::string_view usage = "rank(X, [ascending=true], [groupNum], [ignoreNA=true], "
                                     "[tiesMethod='min'], [percent=false], [precision])";
  rank_options o;
  o.ascending = flag_argument(args, 1, true);
  o.groups = integer_argument(args, 2, 0, usage, "groupNum");
  o.ignore_nulls = flag_argument(args, 3, true);
  o.ties = text_argument(args, 4, "min", usage, "tiesMethod");
  o.percent = flag_argument(args, 5, false);
  auto precision = integer_argument(args, 6, -1, usage, "precision");
  auto d = args[0].as<dictionary>();
  value x = d ? value{d->shown_values()} : args[0];
  return map_columns(
      x,
      [&](const column_ptr& col) {
        if (precision < 0 || !is_floating(col->type())) return ranked(col, o);
        auto rounded = cast_column(col, type_id::double_)->clone();
        auto scale = std::pow(10.0, static_cast<double>(precision));
        auto* at = rounded->mutable_data<double>();
        for (size_t i = 0; i < rounded->size(); ++i)
          if (!is_null(at[i])) at[i] = std::round(at[i] * scale);
        return ranked(rounded, o);
      },
      usage);
}

/// Whether each element differs from its neighbour before (prev), after (next), either or both.
value value_changed(call_context&, arguments& args) {
  std::string mode{text_argument(args, 1, "prev", "valueChanged(X, [mode='prev'])", "mode")};
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto size = col->size();
        auto result = column::make(type_id::bool_, size);
        auto* out = result->mutable_data<int8_t>();
        for (size_t i = 0; i < size; ++i) {
          bool before = i != 0 && !equal_elements(*col, i, i - 1),
               after = i + 1 < size && !equal_elements(*col, i, i + 1);
          out[i] = mode == "next"     ? after
                   : mode == "either" ? before || after
                   : mode == "both"   ? before && after
                                      : before;
        }
        result->set_no_nulls();
        return result;
      },
      "valueChanged");
}

template <int Wanted>
value monotonic(call_context&, arguments& args) {
  auto col = vector_argument(args[0], "isSorted(X)", "X");
  auto rows = sorted_rows({{col, Wanted < 0}}, col->size());
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows[i] != i) return value::of_bool(false);
  return value::of_bool(true);
}

const std::vector<function_entry> vector_order_table = {
    {"sort",
     "sort(X, [ascending=true])",
     "The elements in order, nulls as the smallest.",
     sort,
     1,
     2,
     plain,
     {{"sort(9 1 5)", "[1,5,9]"}, {"sort(9 NULL 5, false)", "[9,5,]"}}},
    {"sort!",
     "sort!(X, [ascending=true])",
     "sort in place.",
     sort_in_place,
     1,
     2,
     mutates_first,
     {{"x = 9 1 5; sort!(x); x", "[1,5,9]"}}},
    {"isort",
     "isort(X, [ascending=true])",
     "The positions of the elements in order; several vectors in a tuple are compared one after "
     "the other.",
     isort,
     1,
     2,
     plain,
     {{"isort(4 1 3 2)", "[1,3,2,0]"}, {"isort([2 2 1 1, 2 1 1 2])", "[2,3,1,0]"}}},
    {"rank",
     "rank(X, [ascending=true], [groupNum], [ignoreNA=true], [tiesMethod='min'], "
     "[percent=false], [precision])",
     "The place of each element in the order, from 0; ties get the min, max, average or first of "
     "their places. Nulls have none unless ignoreNA is false.",
     rank,
     1,
     7,
     order_sensitive,
     {{"rank(45 16 32 21)", "[3,0,2,1]"}, {"rank(1 2 2 3)", "[0,1,1,3]"}}},
    {"valueChanged",
     "valueChanged(X, [mode='prev'])",
     "Whether each element differs from the one before (prev), after (next), either or both.",
     value_changed,
     1,
     2,
     order_sensitive,
     {{"valueChanged(1 2 2 3)", "[false,true,false,true]"}}},
    {"isMonotonicIncreasing",
     "isMonotonicIncreasing(X)",
     "Whether no element is smaller than the one before.",
     monotonic<1>,
     1,
     1,
     order_sensitive,
     {{"isMonotonicIncreasing(1 2 2)", "true"}}},
    {"isMonotonicDecreasing",
     "isMonotonicDecreasing(X)",
     "Whether no element is larger than the one before.",
     monotonic<-1>,
     1,
     1,
     order_sensitive,
     {{"isMonotonicDecreasing(1 2)", "false"}}},
};

} // namespace

function_family vector_order_functions() { return vector_order_table; }

} // namespace pelorus
