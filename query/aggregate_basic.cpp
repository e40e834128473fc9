// count, size, sum, avg, min, max, sum2, prod, any, all, wavg, wsum: aggregates that merge by simple sums.
#include "query/aggregate.hpp"
#include "query/aggregate_loops.hpp"

namespace pelorus {

namespace {

// -- counts -----------------------------------------------------------------------------------------

scratch<int32_t> group_sizes(const grouped_rows& by) {
  scratch<int32_t> sizes(by.groups, 0);
  if (by.ids == nullptr) {
    if (by.groups != 0) sizes[0] = static_cast<int32_t>(by.rows);
  } else {
    for (size_t i = 0; i < by.rows; ++i) ++sizes[by.ids[i]];
  }
  return sizes;
}

column_ptr size_kernel(const aggregate_call& call) {
  return finalize<int32_t>(type_id::int_, group_sizes(call.by), [](int32_t n) { return n; });
}

column_ptr count_kernel(const aggregate_call& call) {
  auto& col = *call.inputs[0];
  if (!col.may_have_nulls()) return size_kernel(call);
  std::vector<int64_t> counts(call.by.groups, 0);
  switch (col.physical()) {
    case physical::i8: case physical::i16: case physical::i32: case physical::i64:
    case physical::f32: case physical::f64:
      with_number(col, "count", [&](auto zero) {
        for_each_valid<decltype(zero)>(col, call.by, [&](uint32_t g, auto, size_t) { ++counts[g]; });
      });
      break;
    default:
      for (size_t i = 0; i < call.by.rows; ++i)
        if (!col.is_null(i)) ++counts[call.by.ids ? call.by.ids[i] : 0];
  }
  return finalize<int32_t>(type_id::int_, counts, [](int64_t n) { return n; });
}

/// Sum of partial counts; LONG, since many chunks may pass 2^31 rows.
column_ptr merge_count(const aggregate_call& call) {
  std::vector<int64_t> totals(call.by.groups, 0);
  with_number(*call.inputs[0], "count", [&](auto zero) {
    using T = decltype(zero);
    for_each_valid<T>(*call.inputs[0], call.by,
                      [&](uint32_t g, T n, size_t) { totals[g] += static_cast<int64_t>(n); });
  });
  return finalize<int64_t>(type_id::long_, totals, [](int64_t n) { return n; });
}

// -- sums -------------------------------------------------------------------------------------------

/// Integers add up in 64 bits (wrapping as the language does), reals in doubles, DECIMAL in 128 bits.
template <class T>
using sum_of = std::conditional_t<std::is_floating_point_v<T>, double,
                                  std::conditional_t<sizeof(T) == 16, int128, uint64_t>>;

template <class T>
struct sum_state {
  sum_of<T> sum = 0;
  bool any = false;
  void add(T x) {
    sum += static_cast<sum_of<T>>(x);
    any = true;
  }
};

/// Eight independent sums keep the adders busy; used for one group of reals.
template <class T>
sum_state<T> sum_reals(const T* at, size_t rows, bool nulls) {
  double part[8] = {};
  size_t valid = 0, i = 0;
  for (; i + 8 <= rows; i += 8)
    for (size_t k = 0; k < 8; ++k) {
      auto x = at[i + k];
      bool ok = !nulls || !is_null(x);
      part[k] += ok ? static_cast<double>(x) : 0.0;
      valid += ok;
    }
  for (; i < rows; ++i)
    if (!nulls || !is_null(at[i])) part[0] += static_cast<double>(at[i]), ++valid;
  return {((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7])),
          valid != 0};
}

template <class T>
scratch<sum_state<T>> sums_of(const column& col, const grouped_rows& by) {
  if constexpr (std::is_floating_point_v<T>)
    if (by.ids == nullptr && by.groups == 1)
      return {sum_reals(col.data<T>(), by.rows, col.may_have_nulls())};
  return reduce_groups<sum_state<T>, T>(col, by);
}

template <class R, class State>
R sum_or_null(const State& s) {
  return s.any ? static_cast<R>(s.sum) : null_of<R>;
}

column_ptr sum_kernel(const aggregate_call& call) {
  auto& col = *call.inputs[0];
  return with_number(col, "sum", [&](auto zero) -> column_ptr {
    using T = decltype(zero);
    auto sums = sums_of<T>(col, call.by);
    if (is_decimal(col.type())) {
      if constexpr (sizeof(T) == 16)
        return finalize<int128>(type_id::decimal128, sums, sum_or_null<int128, sum_state<T>>, col.scale());
      auto wide = col.type() == type_id::decimal32 ? type_id::decimal64 : type_id::decimal128;
      if (wide == type_id::decimal64)
        return finalize<int64_t>(wide, sums, sum_or_null<int64_t, sum_state<T>>, col.scale());
      return finalize<int128>(wide, sums, [](auto& s) {
        return s.any ? static_cast<int128>(static_cast<int64_t>(s.sum)) : null_of<int128>;
      }, col.scale());
    }
    if constexpr (std::is_floating_point_v<T>)
      return finalize<double>(type_id::double_, sums, [](auto& s) {
        return s.any ? finite_or_null(s.sum) : null_of<double>;
      });
    else
      return finalize<int64_t>(type_id::long_, sums, sum_or_null<int64_t, sum_state<T>>);
  });
}

template <class T>
struct square_state {
  using sum_type = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  sum_type sum = 0;
  bool any = false;
  void add(T x) {
    sum += static_cast<sum_type>(x) * static_cast<sum_type>(x);
    any = true;
  }
};

column_ptr sum2_kernel(const aggregate_call& call) {
  auto input = call.inputs[0];
  if (is_decimal(input->type())) input = as_doubles(input);
  return with_number(*input, "sum2", [&](auto zero) -> column_ptr {
    using T = decltype(zero);
    auto sums = reduce_groups<square_state<T>, T>(*input, call.by);
    if constexpr (std::is_floating_point_v<T>)
      return finalize<double>(type_id::double_, sums, [](auto& s) {
        return s.any ? finite_or_null(s.sum) : null_of<double>;
      });
    else
      return finalize<int64_t>(type_id::long_, sums, sum_or_null<int64_t, square_state<T>>);
  });
}

struct mean_state {
  double sum = 0;
  uint64_t count = 0;
  template <class T>
  void add(T x) {
    sum += static_cast<double>(x);
    ++count;
  }
};

column_ptr avg_kernel(const aggregate_call& call) {
  auto& col = *call.inputs[0];
  auto scale = is_decimal(col.type()) ? std::pow(10.0, -col.scale()) : 1.0;
  return with_number(col, "avg", [&](auto zero) {
    using T = decltype(zero);
    auto states = reduce_groups<mean_state, T>(col, call.by);
    return finalize<double>(type_id::double_, states, [scale](const mean_state& s) {
      return s.count == 0 ? null_of<double>
                          : finite_or_null(s.sum * scale / static_cast<double>(s.count));
    });
  });
}

/// avg from sums and counts of the chunks.
column_ptr merge_avg(const aggregate_call& call) {
  auto sums = as_doubles(call.inputs[0]), counts = as_doubles(call.inputs[1]);
  std::vector<mean_state> states(call.by.groups);
  auto* n = counts->data<double>();
  for_each_valid<double>(*sums, call.by, [&](uint32_t g, double x, size_t row) {
    states[g].sum += x;
    states[g].count += static_cast<uint64_t>(n[row]);
  });
  return finalize<double>(type_id::double_, states, [](const mean_state& s) {
    return s.count == 0 ? null_of<double> : finite_or_null(s.sum / static_cast<double>(s.count));
  });
}

template <class T>
struct product_state {
  std::conditional_t<std::is_floating_point_v<T>, double, uint64_t> product = 1;
  bool any = false;
  void add(T x) {
    product *= static_cast<decltype(product)>(x);
    any = true;
  }
};

column_ptr prod_kernel(const aggregate_call& call) {
  auto input = call.inputs[0];
  if (is_decimal(input->type())) input = as_doubles(input);
  return with_number(*input, "prod", [&](auto zero) -> column_ptr {
    using T = decltype(zero);
    auto states = reduce_groups<product_state<T>, T>(*input, call.by);
    if constexpr (std::is_floating_point_v<T>)
      return finalize<double>(type_id::double_, states, [](auto& s) {
        return s.any ? finite_or_null(s.product) : null_of<double>;
      });
    else
      return finalize<int64_t>(type_id::long_, states, [](auto& s) {
        return s.any ? static_cast<int64_t>(s.product) : null_of<int64_t>;
      });
  });
}

// -- truth ------------------------------------------------------------------------------------------

template <bool All>
column_ptr truth_kernel(const aggregate_call& call) {
  std::vector<int8_t> truth(call.by.groups, All ? 1 : 0);
  auto& col = *call.inputs[0];
  with_number(col, All ? "all" : "any", [&](auto zero) {
    using T = decltype(zero);
    for_each_valid<T>(col, call.by, [&](uint32_t g, T x, size_t) {
      if ((x != 0) != All) truth[g] = !All;
    });
  });
  return finalize<int8_t>(type_id::bool_, truth, [](int8_t x) { return x; });
}

// -- weighted ---------------------------------------------------------------------------------------

struct weighted {
  double sum = 0, weight = 0;
  bool any = false;
};

std::vector<weighted> weigh(const aggregate_call& call) {
  auto values = as_doubles(call.inputs[0]), weights = as_doubles(call.inputs[1]);
  std::vector<weighted> states(call.by.groups);
  auto* w = weights->data<double>();
  for_each_valid<double>(*values, call.by, [&](uint32_t g, double x, size_t row) {
    if (is_null(w[row])) return;
    states[g].sum += x * w[row];
    states[g].weight += w[row];
    states[g].any = true;
  });
  return states;
}

column_ptr wsum_kernel(const aggregate_call& call) {
  return finalize<double>(type_id::double_, weigh(call), [](const weighted& s) {
    return s.any ? finite_or_null(s.sum) : null_of<double>;
  });
}

column_ptr wavg_kernel(const aggregate_call& call) {
  return finalize<double>(type_id::double_, weigh(call), [](const weighted& s) {
    return s.any ? finite_or_null(s.sum / s.weight) : null_of<double>;
  });
}

/// Sum of the weights whose value is not null: the divisor of wavg.
column_ptr weight_kernel(const aggregate_call& call) {
  return finalize<double>(type_id::double_, weigh(call), [](const weighted& s) {
    return s.any ? s.weight : null_of<double>;
  });
}

column_ptr merge_wavg(const aggregate_call& call) {
  std::vector<weighted> states(call.by.groups);
  auto weights = call.inputs[1]->data<double>();
  for_each_valid<double>(*call.inputs[0], call.by, [&](uint32_t g, double x, size_t row) {
    states[g].sum += x;
    states[g].weight += weights[row];
    states[g].any = true;
  });
  return finalize<double>(type_id::double_, states, [](const weighted& s) {
    return s.any ? finite_or_null(s.sum / s.weight) : null_of<double>;
  });
}

} // namespace

std::span<const aggregate_kind> basic_aggregates() {
  static const std::vector<aggregate_kind> kinds{
      {"count", 1, count_kernel, {"count"}, "merge_count"},
      {"size", 1, size_kernel, {"size"}, "merge_count"},
      {"sum", 1, sum_kernel, {"sum"}, "sum"},
      {"sum2", 1, sum2_kernel, {"sum2"}, "sum"},
      {"avg", 1, avg_kernel, {"sum", "count"}, "merge_avg"},
      {"mean", 1, avg_kernel, {"sum", "count"}, "merge_avg"},
      {"prod", 1, prod_kernel, {"prod"}, "prod"},
      {"any", 1, truth_kernel<false>, {"any"}, "any"},
      {"all", 1, truth_kernel<true>, {"all"}, "all"},
      {"wsum", 2, wsum_kernel, {"wsum"}, "sum"},
      {"wavg", 2, wavg_kernel, {"wsum", "weight_of_valid"}, "merge_wavg"},
      {"weight_of_valid", 2, weight_kernel},
      {"merge_count", 1, merge_count},
      {"merge_avg", 2, merge_avg},
      {"merge_wavg", 2, merge_wavg},
  };
  return kinds;
}

} // namespace pelorus
