// Random numbers: one generator a thread, seeded from the system or by setRandomSeed.
#include <bit>
#include <random>

#include "query/cast.hpp"
#include "query/functions/columnwise.hpp"
#include "query/functions/kernels.hpp"
#include "query/matrix.hpp"

namespace pelorus {

namespace {

/// xoshiro256++ (Blackman and Vigna, 2019): 256 bits of state, 64 random bits a step.
class generator {
public:
  using result_type = uint64_t;
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }

  explicit generator(uint64_t seed) { reset(seed); }
  void reset(uint64_t seed) {
    for (auto& word : state_) { // splitmix64
      seed += 0x9e3779b97f4a7c15ull;
      auto z = seed;
      z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
      z = (z ^ z >> 27) * 0x94d049bb133111ebull;
      word = z ^ z >> 31;
    }
  }
  uint64_t operator()() {
    auto result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    auto t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  /// In [0, bound), by multiplication instead of division.
  uint64_t below(uint64_t bound) {
    __extension__ using wide = unsigned __int128;
    return static_cast<uint64_t>(static_cast<wide>((*this)()) * bound >> 64);
  }
  /// In [0, 1).
  double unit() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

private:
  uint64_t state_[4];
};

generator& random_bits() {
  thread_local generator bits{std::random_device{}() * uint64_t{0x100000001} ^
                              static_cast<uint64_t>(std::random_device{}()) << 17};
  return bits;
}

size_t count_argument(const arguments& args, size_t i, std::string_view function) {
  auto count = integer_argument(args, i, 1, function, "count");
  if (count < 0) refuse(function, "count must not be negative.");
  return static_cast<size_t>(count);
}

/// `count` or `rows:columns` elements made by `make(size)`.
template <class F>
value shaped(const arguments& args, size_t i, std::string_view function, F&& make) {
  if (is_given(args, i) && args[i].is_pair()) {
    auto rows = element(args[i].vec(), 0).as_long(), columns = element(args[i].vec(), 1).as_long();
    if (rows < 0 || columns < 0) refuse(function, "the shape must not be negative.");
    auto r = static_cast<size_t>(rows), c = static_cast<size_t>(columns);
    return value{std::make_shared<matrix>(make(r * c), r, c)};
  }
  return value{make(count_argument(args, i, function))};
}

column_ptr sample(const column& from, size_t count) {
  if (from.size() == 0) refuse("rand(X, count)", "X must not be empty.");
  auto& bits = random_bits();
  std::vector<uint32_t> rows(count);
  for (auto& row : rows)
    row = static_cast<uint32_t>(bits.below(from.size()));
  return from.gather(std::span<const uint32_t>{rows});
}

column_ptr uniform(const value& bound, size_t count) {
  auto& bits = random_bits();
  auto type = bound.type();
  auto result = column::make(type, count);
  with_plain(result->physical(), [&](auto zero) {
    using T = decltype(zero);
    auto* at = result->template mutable_data<T>();
    if constexpr (std::is_floating_point_v<T>) {
      auto top = static_cast<T>(bound.raw_real());
      for (size_t i = 0; i < count; ++i)
        at[i] = static_cast<T>(bits.unit()) * top;
    } else {
      auto top = static_cast<uint64_t>(bound.raw_int());
      for (size_t i = 0; i < count; ++i)
        at[i] = static_cast<T>(bits.below(top));
    }
  });
  result->set_no_nulls();
  return result;
}

value rand_call(call_context&, arguments& args) {
  auto& x = args[0];
  auto m = x.as<matrix>();
  if (x.is_vector() || m) {
    auto from = m ? m->cells() : x.vec_ptr();
    return shaped(args, 1, "rand(X, count)", [&](size_t n) { return sample(*from, n); });
  }
  if (!x.is_scalar() || !is_plain(x.type()) || x.is_null())
    refuse_type("rand(X, count)", "X", x, "a positive number or a vector");
  bool positive = is_floating(x.type()) ? x.raw_real() > 0 : x.raw_int() > 0;
  if (x.type() == type_id::bool_) positive = true;
  if (!positive) refuse("rand(X, count)", "X must be positive.");
  value bound = x.type() == type_id::bool_ ? value::integral(type_id::bool_, 2) : x;
  auto result = shaped(args, 1, "rand(X, count)", [&](size_t n) { return uniform(bound, n); });
  return is_given(args, 1) ? result : element(result.vec(), 0);
}

template <class F>
value drawn(const arguments& args, size_t count_at, std::string_view function, F&& draw) {
  return shaped(args, count_at, function, [&](size_t n) {
    auto result = column::make(type_id::double_, n);
    auto* at = result->mutable_data<double>();
    for (size_t i = 0; i < n; ++i)
      at[i] = draw(random_bits());
    result->set_no_nulls();
    return result;
  });
}

value rand_normal(call_context&, arguments& args) {
  std::normal_distribution<double> normal{args[0].as_double(), args[1].as_double()};
  return drawn(args, 2, "randNormal(mean, std, count)",
               [&](generator& bits) { return normal(bits); });
}
value rand_uniform(call_context&, arguments& args) {
  auto low = args[0].as_double(), high = args[1].as_double();
  return drawn(args, 2, "randUniform(lower, upper, count)",
               [&](generator& bits) { return low + (high - low) * bits.unit(); });
}
value rand_exp(call_context&, arguments& args) {
  std::exponential_distribution<double> law{1 / args[0].as_double()};
  return drawn(args, 1, "randExp(mean, count)", [&](generator& bits) { return law(bits); });
}
value rand_poisson(call_context&, arguments& args) {
  std::poisson_distribution<int64_t> law{args[0].as_double()};
  return drawn(args, 1, "randPoisson(mean, count)",
               [&](generator& bits) { return static_cast<double>(law(bits)); });
}

value shuffle(call_context&, arguments& args) {
  auto shuffled = [](const column_ptr& col) {
    std::vector<uint32_t> rows(col->size());
    for (size_t i = 0; i < rows.size(); ++i)
      rows[i] = static_cast<uint32_t>(i);
    for (size_t i = rows.size(); i > 1; --i)
      std::swap(rows[i - 1], rows[random_bits().below(i)]);
    return col->gather(std::span<const uint32_t>{rows});
  };
  if (auto m = args[0].as<matrix>()) return with_cells(*m, shuffled(m->cells()));
  return value{shuffled(vector_argument(args[0], "shuffle(X)", "X"))};
}

value set_seed(call_context&, arguments& args) {
  random_bits().reset(
      static_cast<uint64_t>(integer_argument(args, 0, 0, "setRandomSeed(seed)", "seed")));
  return value::nothing();
}

const std::vector<function_entry> random_table = {
    {"rand",
     "rand(X, [count])",
     "`count` random elements: of the vector X (with repetition), or numbers from 0 on below the "
     "scalar X, of its type. count may be rows:columns.",
     rand_call,
     1,
     2,
     impure,
     {{"size(rand(10, 5))", "5"},
      {"typestr(rand(1.0, 3))", "FAST DOUBLE VECTOR"},
      {"rand(7 7, 3)", "[7,7,7]"}}},
    {"randNormal",
     "randNormal(mean, std, count)",
     "`count` numbers of the normal distribution.",
     rand_normal,
     3,
     3,
     impure,
     {{"size(randNormal(0, 1, 4))", "4"}}},
    {"randUniform",
     "randUniform(lower, upper, count)",
     "`count` numbers evenly from [lower, upper).",
     rand_uniform,
     3,
     3,
     impure,
     {{"x = randUniform(2, 3, 10); all(x >= 2 && x < 3)", "true"}}},
    {"randExp",
     "randExp(mean, count)",
     "`count` numbers of the exponential distribution.",
     rand_exp,
     2,
     2,
     impure,
     {{"size(randExp(2, 4))", "4"}}},
    {"randPoisson",
     "randPoisson(mean, count)",
     "`count` numbers of the Poisson distribution.",
     rand_poisson,
     2,
     2,
     impure,
     {{"size(randPoisson(2, 4))", "4"}}},
    {"shuffle",
     "shuffle(X)",
     "The elements of X in random order.",
     shuffle,
     1,
     1,
     impure,
     {{"sort(shuffle(3 1 2))", "[1,2,3]"}}},
    {"setRandomSeed",
     "setRandomSeed(seed)",
     "Makes the random numbers of this worker thread repeatable.",
     set_seed,
     1,
     1,
     impure,
     {{"setRandomSeed(5); x = rand(100, 3); setRandomSeed(5); eqObj(x, rand(100, 3))", "true"}}},
};

} // namespace

function_family random_functions() { return random_table; }

} // namespace pelorus
