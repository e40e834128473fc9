#include "query/functions/moving_groups.hpp"

#include <algorithm>

#include "query/cast.hpp"
#include "query/functions/moving_states.hpp"
#include "storage/parallel.hpp"

namespace pelorus {

namespace {

using group_runner = void (*)(const double* x, double* out, size_t size, const window_plan& plan);

template <class State>
void run_group(const double* x, double* out, size_t size, const window_plan& plan) {
  slide_values<State, double>(x, out, size, plan);
}

/// Functions whose result is DOUBLE; with `of_doubles` only for DOUBLE arguments.
struct known_function {
  std::string_view name;
  group_runner run;
  bool of_doubles = false;
};

constexpr known_function known[] = {
    {"mavg", run_group<moving_mean>},
    {"msum", run_group<moving_sum>, true},
    {"msum2", run_group<moving_squares>},
    {"mvar", run_group<moving_variance<1, false>>},
    {"mvarp", run_group<moving_variance<0, false>>},
    {"mstd", run_group<moving_variance<1, true>>},
    {"mstdp", run_group<moving_variance<0, true>>},
    {"mmax", run_group<moving_extreme<true>>, true},
    {"mmin", run_group<moving_extreme<false>>, true},
    {"mmed", run_group<moving_median>},
};

} // namespace

column_ptr moving_by_group(std::string_view function, const column_ptr& x, const arguments& args,
                           std::span<const uint32_t> offsets) {
  auto found = std::find_if(std::begin(known), std::end(known), [&](auto& f) { return f.name == function; });
  if (found == std::end(known) || args.size() < 2 || args.size() > 3 || args[1].is_vector()) return nullptr;
  auto type = x->type();
  if (type != type_id::double_ && (found->of_doubles || !(is_integral(type) || type == type_id::float_))) return nullptr;
  auto size = args[1], least = args.size() > 2 ? args[2] : value{};
  auto is_count = [](const value& n) { return n.is_scalar() && is_integral(n.type()) && !n.is_null() && n.as_long() >= 1; };
  if (!is_count(size) || !(least.is_void() || (is_count(least) && least.as_long() <= size.as_long()))) return nullptr;
  auto plan = window_of(args, 1, function);
  auto numbers = type == type_id::double_ ? x : cast_column(x, type_id::double_);
  auto result = column::make(type_id::double_, x->size());
  auto* in = numbers->data<double>();
  auto* out = result->mutable_data<double>();
  auto groups = offsets.size() - 1;
  constexpr size_t tasks_a_processor = 16;
  auto tasks = x->size() < (size_t{1} << 16) ? size_t{1} : std::min<size_t>(groups, processors() * tasks_a_processor);
  for_each_task(tasks, [&](size_t t) {
    for (auto g = groups * t / tasks; g < groups * (t + 1) / tasks; ++g)
      found->run(in + offsets[g], out + offsets[g], offsets[g + 1] - offsets[g], plan);
  });
  return result;
}

} // namespace pelorus
