// cum*: a running state over the elements so far. Nulls before the first value stay null, later
// ones repeat the state.
#include <cmath>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/dispatch.hpp"
#include "query/functions/reshaping.hpp"
#include "query/matrix.hpp"

namespace pelorus {

namespace {

/// State: `using result = R; void add(T); R get() const;` over elements of type T; get() gives the
/// type's null as long as there is nothing to tell.
template <class State, class T>
column_ptr run(const column& col, type_id type) {
  using R = typename State::result;
  auto result = column::make(type, col.size());
  auto* out = result->template mutable_data<R>();
  auto* at = col.data<T>();
  State state;
  bool nulls = false;
  for (size_t i = 0; i < col.size(); ++i) {
    if (at[i] != null_of<T>) state.add(at[i]);
    out[i] = state.get();
    nulls |= out[i] == null_of<R>;
  }
  if (!nulls) result->set_no_nulls();
  return result;
}

template <class R>
struct sum_state {
  using result = R;
  R sum = 0;
  bool any = false;
  template <class T>
  void add(T x) {
    sum += static_cast<R>(x);
    any = true;
  }
  R get() const { return any ? sum : null_of<R>; }
};
template <class R>
struct product_state {
  using result = R;
  R product = 1;
  bool any = false;
  template <class T>
  void add(T x) {
    product *= static_cast<R>(x);
    any = true;
  }
  R get() const { return any ? valid_or_null(product) : null_of<R>; }
};
template <class R, bool Largest>
struct extreme_state {
  using result = R;
  R best = null_of<R>;
  bool any = false;
  void add(R x) {
    if (!any || (Largest ? x > best : x < best)) best = x;
    any = true;
  }
  R get() const { return best; }
};
struct count_state {
  using result = int32_t;
  int32_t count = 0;
  template <class T>
  void add(T) {
    ++count;
  }
  int32_t get() const { return count; }
};
struct mean_state {
  using result = double;
  double sum = 0;
  int64_t count = 0;
  template <class T>
  void add(T x) {
    sum += static_cast<double>(x);
    ++count;
  }
  double get() const { return count ? sum / static_cast<double>(count) : null_of<double>; }
};
struct square_state {
  using result = double;
  double sum = 0;
  bool any = false;
  template <class T>
  void add(T x) {
    sum += static_cast<double>(x) * static_cast<double>(x);
    any = true;
  }
  double get() const { return any ? sum : null_of<double>; }
};
/// Welford's update. Less: what is taken from the count (1 sample, 0 population).
template <int Less, bool Root>
struct variance_state {
  using result = double;
  double mean = 0, squares = 0;
  int64_t count = 0;
  template <class T>
  void add(T x) {
    ++count;
    auto d = static_cast<double>(x) - mean;
    mean += d / static_cast<double>(count);
    squares += d * (static_cast<double>(x) - mean);
  }
  double get() const {
    if (count <= Less) return null_of<double>;
    auto v = squares / static_cast<double>(count - Less);
    return Root ? std::sqrt(v) : v;
  }
};

void require_number(const column& col, std::string_view usage) {
  if (!is_plain(col.type()))
    refuse_type(usage, "X", value{std::make_shared<column>(col)}, "numeric");
}

/// Integers add up in LONG, floats in DOUBLE.
template <template <class> class State>
value wide_call(arguments& args, std::string_view usage) {
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = is_decimal(col->type()) ? cast_column(col, type_id::double_) : col;
        require_number(*x, usage);
        return with_plain(x->physical(), [&](auto zero) {
          using T = decltype(zero);
          if constexpr (std::is_floating_point_v<T>)
            return run<State<double>, T>(*x, type_id::double_);
          else
            return run<State<int64_t>, T>(*x, type_id::long_);
        });
      },
      usage);
}

template <class State>
value fixed_call(arguments& args, type_id type, std::string_view usage) {
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        bool counts = type == type_id::int_;
        if (counts && !is_plain(col->type())) {
          auto result = column::make(type, col->size());
          int32_t count = 0;
          for (size_t i = 0; i < col->size(); ++i)
            result->mutable_data<int32_t>()[i] = count += !col->is_null(i);
          return result;
        }
        auto x = is_decimal(col->type()) ? cast_column(col, type_id::double_) : col;
        require_number(*x, usage);
        return with_plain(x->physical(),
                          [&](auto zero) { return run<State, decltype(zero)>(*x, type); });
      },
      usage);
}

template <bool Largest>
value extreme(arguments& args, std::string_view usage) {
  return map_columns(
      args[0],
      [&](const column_ptr& col) {
        auto x = is_decimal(col->type()) ? cast_column(col, type_id::double_) : col;
        require_number(*x, usage);
        return with_plain(x->physical(), [&](auto zero) {
          using T = decltype(zero);
          return run<extreme_state<T, Largest>, T>(*x, x->type());
        });
      },
      usage);
}

value cum_sum(call_context&, arguments& args) { return wide_call<sum_state>(args, "cumsum(X)"); }
value cum_product(call_context&, arguments& args) {
  return wide_call<product_state>(args, "cumprod(X)");
}
value cum_max(call_context&, arguments& args) { return extreme<true>(args, "cummax(X)"); }
value cum_min(call_context&, arguments& args) { return extreme<false>(args, "cummin(X)"); }
value cum_count(call_context&, arguments& args) {
  return fixed_call<count_state>(args, type_id::int_, "cumcount(X)");
}
value cum_mean(call_context&, arguments& args) {
  return fixed_call<mean_state>(args, type_id::double_, "cumavg(X)");
}
value cum_squares(call_context&, arguments& args) {
  return fixed_call<square_state>(args, type_id::double_, "cumsum2(X)");
}
value cum_std(call_context&, arguments& args) {
  return fixed_call<variance_state<1, true>>(args, type_id::double_, "cumstd(X)");
}
value cum_stdp(call_context&, arguments& args) {
  return fixed_call<variance_state<0, true>>(args, type_id::double_, "cumstdp(X)");
}
value cum_var(call_context&, arguments& args) {
  return fixed_call<variance_state<1, false>>(args, type_id::double_, "cumvar(X)");
}
value cum_varp(call_context&, arguments& args) {
  return fixed_call<variance_state<0, false>>(args, type_id::double_, "cumvarp(X)");
}

/// First or last element that is not null so far.
template <bool First>
value cum_kept(call_context&, arguments& args) {
  return map_columns(
      args[0],
      [](const column_ptr& col) {
        std::vector<int64_t> rows(col->size());
        int64_t kept = -1;
        for (size_t i = 0; i < rows.size(); ++i) {
          if (!col->is_null(i) && (!First || kept < 0)) kept = static_cast<int64_t>(i);
          rows[i] = kept;
        }
        return col->gather(std::span<const int64_t>{rows});
      },
      First ? "cumfirstNot(X)" : "cumlastNot(X)");
}

// -- two vectors
// ----------------------------------------------------------------------------------------------

/// Running sums of pairs without a null.
struct pair_sums {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  void add(double a, double b) {
    ++n;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  double sum() const { return n > 0 ? xy : null_of<double>; }
  double mean() const { return y != 0 ? xy / y : null_of<double>; }
  double covariance() const { return n > 1 ? (xy - x * y / n) / (n - 1) : null_of<double>; }
  double correlation() const {
    auto d = std::sqrt((n * xx - x * x) * (n * yy - y * y));
    return n > 1 && d > 0 ? (n * xy - x * y) / d : null_of<double>;
  }
};

template <double (pair_sums::*Get)() const>
value cum_pair(call_context&, arguments& args) {
  constexpr std::string_view usage = "X, Y";
  auto x = cast_column(vector_argument(args[0], usage, "X"), type_id::double_),
       y = cast_column(vector_argument(args[1], usage, "Y"), type_id::double_);
  if (x->size() != y->size()) refuse(usage, "X and Y must have the same length.");
  auto result = column::make(type_id::double_, x->size());
  pair_sums sums;
  for (size_t i = 0; i < x->size(); ++i) {
    auto a = x->data<double>()[i], b = y->data<double>()[i];
    if (!is_null(a) && !is_null(b)) sums.add(a, b);
    result->mutable_data<double>()[i] = valid_or_null((sums.*Get)());
  }
  return value{result};
}

constexpr auto flags = order_sensitive;

const std::vector<function_entry> cumulative_table = {
    {"cumsum",
     "cumsum(X)",
     "Sum of the elements so far: LONG for integers, DOUBLE otherwise.",
     cum_sum,
     1,
     1,
     flags,
     {{"cumsum(1 2 NULL 4)", "[1,3,3,7]"}}},
    {"cumprod",
     "cumprod(X)",
     "Product of the elements so far.",
     cum_product,
     1,
     1,
     flags,
     {{"cumprod(1 2 3)", "[1,2,6]"}}},
    {"cummax",
     "cummax(X)",
     "Largest element so far.",
     cum_max,
     1,
     1,
     flags,
     {{"cummax(7 4 8)", "[7,7,8]"}}},
    {"cummin",
     "cummin(X)",
     "Smallest element so far.",
     cum_min,
     1,
     1,
     flags,
     {{"cummin(7 4 8)", "[7,4,4]"}}},
    {"cumcount",
     "cumcount(X)",
     "Elements so far that are not null.",
     cum_count,
     1,
     1,
     flags,
     {{"cumcount(1 NULL 3)", "[1,1,2]"}}},
    {"cumavg",
     "cumavg(X)",
     "Mean of the elements so far.",
     cum_mean,
     1,
     1,
     flags,
     {{"cumavg(2 3 NULL 4)", "[2,2.5,2.5,3]"}}},
    {"cumsum2",
     "cumsum2(X)",
     "Sum of the squares so far.",
     cum_squares,
     1,
     1,
     flags,
     {{"cumsum2(1 2 3)", "[1,5,14]"}}},
    {"cumstd",
     "cumstd(X)",
     "Sample standard deviation so far.",
     cum_std,
     1,
     1,
     flags,
     {{"cumstd(1 2 4)", "[,0.707107,1.527525]"}}},
    {"cumstdp",
     "cumstdp(X)",
     "Population standard deviation so far.",
     cum_stdp,
     1,
     1,
     flags,
     {{"cumstdp(1 3)", "[0,1]"}}},
    {"cumvar",
     "cumvar(X)",
     "Sample variance so far.",
     cum_var,
     1,
     1,
     flags,
     {{"cumvar(1 2 3)", "[,0.5,1]"}}},
    {"cumvarp",
     "cumvarp(X)",
     "Population variance so far.",
     cum_varp,
     1,
     1,
     flags,
     {{"cumvarp(1 3)", "[0,1]"}}},
    {"cumfirstNot",
     "cumfirstNot(X)",
     "First element so far that is not null.",
     cum_kept<true>,
     1,
     1,
     flags,
     {{"cumfirstNot(NULL 2 3)", "[,2,2]"}}},
    {"cumlastNot",
     "cumlastNot(X)",
     "Last element so far that is not null.",
     cum_kept<false>,
     1,
     1,
     flags,
     {{"cumlastNot(1 NULL 3)", "[1,1,3]"}}},
    {"cumwsum",
     "cumwsum(X, Y)",
     "Sum of the products so far.",
     cum_pair<&pair_sums::sum>,
     2,
     2,
     flags,
     {{"cumwsum(1 2, 3 4)", "[3,11]"}}},
    {"cumwavg",
     "cumwavg(X, Y)",
     "Mean of X weighted by Y so far.",
     cum_pair<&pair_sums::mean>,
     2,
     2,
     flags,
     {{"cumwavg(1 3, 1 1)", "[1,2]"}}},
    {"cumcovar",
     "cumcovar(X, Y)",
     "Sample covariance so far.",
     cum_pair<&pair_sums::covariance>,
     2,
     2,
     flags,
     {{"cumcovar(1 2 3, 1 2 3)", "[,0.5,1]"}}},
    {"cumcorr",
     "cumcorr(X, Y)",
     "Correlation so far.",
     cum_pair<&pair_sums::correlation>,
     2,
     2,
     flags,
     {{"cumcorr(1 2 3, 2 4 6)", "[,1,1]"}}},
};

} // namespace

function_family cumulative_functions() { return cumulative_table; }

} // namespace pelorus
