// Aggregates as plain functions: one group over the kernels that group by uses (query/aggregate.hpp).
#include <algorithm>

#include "query/aggregate.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "storage/table.hpp"

namespace pelorus {

namespace {

/// A name as a template argument: each entry of the table below is its own function.
template <size_t N>
struct fixed_name {
  char text[N];
  constexpr fixed_name(const char (&name)[N]) { std::copy_n(name, N, text); }
  constexpr operator std::string_view() const { return {text, N - 1}; }
};

[[noreturn]] void not_a_vector(std::string_view name) {
  throw script_error{ec::type_mismatch, std::string{name} + "(X): X must be a scalar, vector, matrix or table."};
}

column_ptr input_column(const value& x, size_t rows, std::string_view name) {
  if (x.is_scalar()) return x.is_void() ? column::make_null(type_id::int_, rows) : to_column(x, rows);
  if (!x.is_vector() && !x.is_pair()) not_a_vector(name);
  if (x.size() != rows)
    throw script_error{ec::bad_argument, std::string{name} + ": the arguments must have the same length."};
  return x.vec_ptr();
}

/// A tuple of scalars as a vector, when that is what it is.
value flattened(const value& x) {
  if (!x.is_vector() || x.type() != type_id::any) return x;
  std::vector<value> parts{x.vec().items().begin(), x.vec().items().end()};
  if (parts.empty() || !std::all_of(parts.begin(), parts.end(), [](const value& p) { return p.is_scalar(); }))
    return x;
  return value{concatenate(parts, {}, false)};
}

value over_vectors(const aggregate_kind& kind, const arguments& args) {
  std::vector<column_ptr> inputs;
  auto first = flattened(args[0]);
  auto rows = first.is_scalar() ? 1 : first.size();
  if (args.size() > 1 && kind.inputs > 1 && args[1].is_vector()) rows = args[1].size();
  inputs.push_back(input_column(first, rows, kind.name));
  for (size_t i = 1; i < kind.inputs; ++i) inputs.push_back(input_column(args[i], rows, kind.name));
  std::vector<value> parameters(args.begin() + kind.inputs, args.end());
  while (!parameters.empty() && !is_given(parameters, parameters.size() - 1)) parameters.pop_back();
  return element(*kind.kernel({inputs, parameters, {rows, 1, nullptr}}), 0);
}

/// Tables and matrices go column by column; a second input of the same shape goes along.
value call_aggregate(std::string_view name, arguments& args) {
  auto& kind = *find_aggregate(name);
  if (auto columns = columns_of(args[0]); !columns.empty()) {
    std::vector<value> results;
    for (size_t c = 0; c < columns.size(); ++c) {
      auto one = args;
      one[0] = value{columns[c]};
      for (size_t i = 1; i < kind.inputs; ++i)
        if (auto others = columns_of(args[i]); c < others.size()) one[i] = value{others[c]};
      results.push_back(over_vectors(kind, one));
    }
    return per_column(args[0], results);
  }
  return over_vectors(kind, args);
}

template <fixed_name Name>
value aggregate_function(call_context&, arguments& args) {
  return call_aggregate(Name, args);
}

/// min and max of two arguments: element by element.
template <fixed_name Name, fixed_name Compare>
value extreme_function(call_context& context, arguments& args) {
  if (!is_given(args, 1)) {
    args.resize(1);
    return call_aggregate(Name, args);
  }
  arguments compared{args[0], args[1]};
  auto chosen = find_function(Compare)->call(context, compared);
  arguments choice{chosen, args[0], args[1]};
  return find_function("iif")->call(context, choice);
}

/// any(f, X, ..) and all(f, X, ..) apply f to each element first.
template <fixed_name Name>
value truth_function(call_context& context, arguments& args) {
  if (args.size() > 1) {
    auto each = find_function("each")->call(context, args);
    args = {each};
  }
  if (args[0].is_vector() && args[0].type() == type_id::any) args[0] = flattened(args[0]);
  if (Name == std::string_view{"any"})  // a matrix is one set of cells
    if (auto columns = columns_of(args[0]); !columns.empty()) {
      auto truth = false;
      for (auto& c : columns) {
        arguments one{value{c}};
        truth = truth || over_vectors(*find_aggregate("any"), one).as_long() == 1;
      }
      return value::of_bool(truth);
    }
  return call_aggregate(Name, args);
}

value count_function(call_context&, arguments& args) {
  auto& x = args[0];
  if (x.is_table() || x.form() == form::dictionary || x.form() == form::set)
    return value::of_int(static_cast<int32_t>(x.size()));
  if (x.is_scalar()) return value::of_int(x.is_void() || x.is_null() ? 0 : 1);
  if (auto columns = columns_of(x); !columns.empty()) return call_aggregate("count", args);
  auto n = x.size() - x.vec().count_nulls();
  return value::of_int(static_cast<int32_t>(n));
}

value size_function(call_context&, arguments& args) {
  return value::of_int(static_cast<int32_t>(args[0].is_scalar() ? 1 : args[0].size()));
}

constexpr uint16_t plain_aggregate = aggregate;
constexpr uint16_t ordered = aggregate | order_sensitive;

const function_entry table_of_aggregates[] = {
    {"count", "count(X)", "Number of elements that are not null; of a table the number of rows.", count_function, 1, 1,
     plain_aggregate, {{"count(1 NULL 3)", "2"}, {"count(NULL)", "0"}}},
    {"size", "size(X)", "Number of elements, nulls included; of a table the number of rows.", size_function, 1, 1,
     plain_aggregate, {{"size(1 NULL 3)", "3"}}},
    {"sum", "sum(X)", "Sum of the elements, nulls skipped; LONG for integers, DOUBLE for reals. All null: null.",
     aggregate_function<"sum">, 1, 1, plain_aggregate, {{"sum(1 2 NULL 4)", "7"}, {"sum(1.5 2)", "3.5"}}},
    {"sum2", "sum2(X)", "Sum of the squares of the elements, nulls skipped.", aggregate_function<"sum2">, 1, 1,
     plain_aggregate, {{"sum2(1 2 3)", "14"}}},
    {"avg", "avg(X)", "Mean of the elements as DOUBLE, nulls skipped.", aggregate_function<"avg">, 1, 1, plain_aggregate,
     {{"avg(1 2 NULL 6)", "3"}}, {"mean"}},
    {"prod", "prod(X)", "Product of the elements, nulls skipped.", aggregate_function<"prod">, 1, 1, plain_aggregate,
     {{"prod(1 2 NULL 4)", "8"}}},
    {"min", "min(X, [Y])", "Smallest element, nulls skipped; of two arguments the smaller ones, element by element.",
     extreme_function<"min", "lt">, 1, 2, plain_aggregate, {{"min(3 NULL 2)", "2"}, {"min(1 2 3, 2)", "[1,2,2]"}}},
    {"max", "max(X, [Y])", "Largest element, nulls skipped; of two arguments the larger ones, element by element.",
     extreme_function<"max", "gt">, 1, 2, plain_aggregate, {{"max(3 NULL 2)", "3"}, {"max(1 2 3, 2)", "[2,2,3]"}}},
    {"first", "first(X)", "The first element, null or not.", aggregate_function<"first">, 1, 1, ordered,
     {{"first(5 6 7)", "5"}}},
    {"last", "last(X)", "The last element, null or not.", aggregate_function<"last">, 1, 1, ordered,
     {{"last(5 6 7)", "7"}}},
    {"firstNot", "firstNot(X, [k])", "The first element that is neither null nor k.", aggregate_function<"firstNot">, 1,
     2, ordered, {{"firstNot(NULL 0 3 2, 0)", "3"}, {"firstNot(NULL 0 1)", "0"}}},
    {"lastNot", "lastNot(X, [k])", "The last element that is neither null nor k.", aggregate_function<"lastNot">, 1, 2,
     ordered, {{"lastNot(3 2 0 NULL, 0)", "2"}}},
    {"imin", "imin(X)", "Position of the smallest element, the first of several; -1 when there is none.",
     aggregate_function<"imin">, 1, 1, ordered, {{"imin(3 NULL 1 1)", "2"}}},
    {"imax", "imax(X)", "Position of the largest element, the first of several; -1 when there is none.",
     aggregate_function<"imax">, 1, 1, ordered, {{"imax(1.2 2 NULL 6 -1 6)", "3"}}},
    {"std", "std(X)", "Sample standard deviation (divisor n-1), nulls skipped.", aggregate_function<"std">, 1, 1,
     plain_aggregate, {{"std(1 2 3)", "1"}}},
    {"stdp", "stdp(X)", "Population standard deviation (divisor n), nulls skipped.", aggregate_function<"stdp">, 1, 1,
     plain_aggregate, {{"stdp(2 4 NULL)", "1"}}},
    {"var", "var(X)", "Sample variance (divisor n-1), nulls skipped.", aggregate_function<"var">, 1, 1, plain_aggregate,
     {{"var(1 2 3)", "1"}}},
    {"varp", "varp(X)", "Population variance (divisor n), nulls skipped.", aggregate_function<"varp">, 1, 1,
     plain_aggregate, {{"varp(1 2 3)", "0.666667"}}},
    {"sem", "sem(X)", "Standard error of the mean: std(X)\\sqrt(count(X)).", aggregate_function<"sem">, 1, 1,
     plain_aggregate, {{"sem([85,90,95,NULL])", "2.886751"}}},
    {"mad", "mad(X, [useMedian=false])", "Mean absolute deviation about the mean, or the median about the median.",
     aggregate_function<"mad">, 1, 2, plain_aggregate, {{"mad([85, 90, 95, NULL])", "3.333333"}}},
    {"skew", "skew(X, [biased=true])", "Skewness; null when it is not defined.", aggregate_function<"skew">, 1, 2,
     plain_aggregate, {{"skew(1 2 3)", "0"}}},
    {"kurtosis", "kurtosis(X, [biased=true])", "Kurtosis (3 for a normal distribution).", aggregate_function<"kurtosis">,
     1, 2, plain_aggregate, {{"kurtosis(1..10)", "1.775758"}}},
    {"med", "med(X)", "Median as DOUBLE, nulls skipped.", aggregate_function<"med">, 1, 1, plain_aggregate,
     {{"med(3 6 1 5 9)", "5"}, {"med(4 5 NULL)", "4.5"}}, {"median"}},
    {"percentile", "percentile(X, percent, [interpolation='linear'])",
     "The percent-th percentile (0..100); interpolation is linear, lower, higher, midpoint or nearest.",
     aggregate_function<"percentile">, 2, 3, plain_aggregate,
     {{"percentile([6, 47, 49, 15, 42, 41, 7, 39, 43, 40, 36], 54)", "40.4"},
      {"percentile([6, 47, 49, 15, 42, 41, 7, 39, 43, 40, 36], 25, \"lower\")", "15"}}},
    {"quantile", "quantile(X, q, [interpolation='linear'])", "The q-quantile, q between 0 and 1.",
     aggregate_function<"quantile">, 2, 3, plain_aggregate, {{"quantile(1 2 3 4 5, 0.5)", "3"}}},
    {"mode", "mode(X)", "The most frequent element; of several the smallest.", aggregate_function<"mode">, 1, 1,
     plain_aggregate, {{"mode(1 3 3 3 4 5 5)", "3"}}},
    {"nunique", "nunique(X, [ignoreNull=false])", "Number of distinct elements.", aggregate_function<"nunique">, 1, 2,
     plain_aggregate, {{"nunique(1 3 1 -6 NULL 2 NULL 1)", "5"}, {"nunique(1 1 NULL, true)", "1"}}},
    {"wsum", "wsum(X, Y)", "Sum of the products; pairs with a null are skipped.", aggregate_function<"wsum">, 2, 2,
     plain_aggregate, {{"wsum(7 8 9, 1 2 3)", "50"}}},
    {"wavg", "wavg(X, Y)", "Mean of X weighted by Y; pairs with a null are skipped.", aggregate_function<"wavg">, 2, 2,
     plain_aggregate, {{"wavg(1 NULL 1, 1 1 1)", "1"}}},
    {"corr", "corr(X, Y)", "Correlation; pairs with a null are skipped.", aggregate_function<"corr">, 2, 2,
     plain_aggregate, {{"corr(1 2 3, 2 4 6)", "1"}}},
    {"covar", "covar(X, Y)", "Sample covariance; pairs with a null are skipped.", aggregate_function<"covar">, 2, 2,
     plain_aggregate, {{"covar(1 2 3, 2 4 6)", "2"}}, {"cov"}},
    {"covarp", "covarp(X, Y)", "Population covariance; pairs with a null are skipped.", aggregate_function<"covarp">, 2,
     2, plain_aggregate, {{"covarp(1 3, 2 4)", "1"}}},
    {"beta", "beta(Y, X)", "Slope of the regression of Y on X; pairs with a null are skipped.",
     aggregate_function<"beta">, 2, 2, plain_aggregate, {{"beta(2 4 6, 1 2 3)", "2"}}},
    {"any", "any(X, [args..])", "True when an element is not zero. any(f, X, ..) applies f to each element first.",
     truth_function<"any">, 1, 255, plain_aggregate, {{"any(0 0 NULL)", "false"}, {"any(1 0 2)", "true"}}},
    {"all", "all(X, [args..])", "True when no element is zero. all(f, X, ..) applies f to each element first.",
     truth_function<"all">, 1, 255, plain_aggregate, {{"all(1 2 3)", "true"}, {"all(0 1 2)", "false"}}},
};

} // namespace

function_family aggregate_functions() { return table_of_aggregates; }

} // namespace pelorus
