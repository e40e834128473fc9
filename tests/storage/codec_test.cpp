#include "storage/codec.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <doctest/doctest.h>

using namespace pelorus;

namespace {

template <class T>
void check_round_trip(type_id type, const std::vector<T>& items, codec expected_scheme) {
  auto col = column::of<T>(type, items);
  auto block = encode_block(*col, 0, items.size());
  CHECK(static_cast<int>(block.scheme) == static_cast<int>(expected_scheme));
  auto back = column::make(type);
  back->push(T{});  // decoding appends
  REQUIRE(decode_block(block.scheme, block.bytes, items.size(), *back));
  REQUIRE(back->size() == items.size() + 1);
  CHECK(std::memcmp(back->data<T>() + 1, items.data(), items.size() * sizeof(T)) == 0);
}

std::mt19937_64 engine{20261125};

} // namespace

TEST_CASE("each scheme is chosen where it fits, and gives every bit back") {
  std::vector<int32_t> same(1000, 7), near(1000), rising(1000), wild(1000);
  for (size_t i = 0; i < 1000; ++i) {
    near[i] = 100 + static_cast<int32_t>(engine() % 100);
    rising[i] = static_cast<int32_t>(i * 60 + engine() % 3);
    wild[i] = static_cast<int32_t>(engine());
  }
  check_round_trip(type_id::int_, same, codec::constant);
  check_round_trip(type_id::int_, near, codec::packed);
  check_round_trip(type_id::datetime, rising, codec::delta);
  check_round_trip(type_id::int_, wild, codec::raw);
  check_round_trip(type_id::int_, std::vector<int32_t>{null_of<int32_t>, std::numeric_limits<int32_t>::max()}, codec::raw);
}

TEST_CASE("nulls among integers cost one code, regular steps nothing, few wild values an index each") {
  std::vector<int32_t> holes(1000), ids(4000);
  std::vector<int64_t> ticks(1000), speeding(1000), wild(4000);
  std::vector<int64_t> some{1, -77, std::numeric_limits<int64_t>::max(), null_of<int64_t>, 1LL << 40};
  for (size_t i = 0; i < 1000; ++i) {
    holes[i] = i % 50 == 0 ? null_of<int32_t> : static_cast<int32_t>(engine() % 1000);
    ticks[i] = 1'700'000'000'000'000'000 + static_cast<int64_t>(i) * 1'000'000'000;
    speeding[i] = static_cast<int64_t>(i * i * 1000);
  }
  for (size_t i = 0; i < 4000; ++i) {
    wild[i] = some[engine() % some.size()];
    ids[i] = static_cast<int32_t>(engine() % 3 * 700'000'000);
  }
  check_round_trip(type_id::int_, holes, codec::nullable);
  check_round_trip(type_id::nanotimestamp, ticks, codec::delta);
  check_round_trip(type_id::long_, speeding, codec::delta2);
  check_round_trip(type_id::long_, wild, codec::dictionary);
  check_round_trip(type_id::int_, ids, codec::dictionary);
  CHECK(encode_block(*column::of<int64_t>(type_id::nanotimestamp, ticks), 0, 1000).bytes.size() < 40);
}

TEST_CASE("prices with nulls and odd values stay decimals, as doubles and as floats") {
  std::vector<double> prices(20'000);
  std::vector<float> floats(20'000);
  for (size_t i = 0; i < prices.size(); ++i) {
    prices[i] = static_cast<double>(engine() % 100'000'000) / 100;
    floats[i] = static_cast<float>(engine() % 100'000) / 100;
    if (i % 9 == 0) prices[i] = null_of<double>, floats[i] = null_of<float>;
  }
  double odd[] = {-0.0, std::nan("77"), INFINITY, -INFINITY, 1e300, 5e-324, 1.0 / 3, 4503599627370497.0, -9e15};
  for (size_t i = 0; i < std::size(odd); ++i) {
    prices[i * 1900 + 1] = odd[i];
    floats[i * 1900 + 1] = static_cast<float>(odd[i]);
  }
  check_round_trip(type_id::double_, prices, codec::decimal);
  check_round_trip(type_id::float_, floats, codec::decimal);
}

TEST_CASE("a wish for zstd is followed where no scheme of our own fits") {
  auto col = column::make(type_id::string);
  for (int i = 0; i < 3000; ++i) col->push_text("message " + std::to_string(engine() % 5000) + " of a log");
  auto plain = encode_block(*col, 0, 3000), dense = encode_block(*col, 0, 3000, codec_wish::zstd);
  CHECK(plain.scheme == codec::lz4);
  CHECK(dense.scheme == codec::zstd);
  CHECK(dense.bytes.size() < plain.bytes.size());
  auto back = column::make(type_id::string);
  REQUIRE(decode_block(dense.scheme, dense.bytes, 3000, *back));
  for (size_t i = 0; i < 3000; ++i) CHECK(back->text(i) == col->text(i));
}

TEST_CASE("a wish for lz4, delta or chimp is followed, unless it makes the block longer") {
  std::vector<int64_t> times(5000);
  std::vector<double> walk(5000), noise(5000);
  std::vector<float> narrow(5000);
  double at = 100;
  for (size_t i = 0; i < times.size(); ++i) {
    times[i] = 1'700'000'000'000 + static_cast<int64_t>(i * 500);
    at += static_cast<double>(engine() % 1000) / 65536;
    walk[i] = i % 100 == 0 ? null_of<double> : at;
    narrow[i] = i % 7 == 0 ? narrow[i == 0 ? 0 : i - 1] : static_cast<float>(at);
    auto bits = engine();
    std::memcpy(&noise[i], &bits, sizeof bits);
  }
  auto check = [](const column& col, codec_wish wish, codec wanted) {
    auto block = encode_block(col, 0, col.size(), wish);
    CHECK(static_cast<int>(block.scheme) == static_cast<int>(wanted));
    CHECK(block.bytes.size() <= col.size() * width_of(col.physical()));
    auto back = column::make(col.type());
    REQUIRE(decode_block(block.scheme, block.bytes, col.size(), *back));
    CHECK(std::memcmp(back->raw(0), col.raw(0), col.size() * width_of(col.physical())) == 0);
    // Cut off or longer: told, never other values.
    for (size_t cut : {size_t{0}, size_t{1}, block.bytes.size() / 2, block.bytes.size() - 1}) {
      auto part = column::make(col.type());
      if (wanted != codec::raw) CHECK_FALSE(decode_block(block.scheme, std::string_view{block.bytes}.substr(0, cut), col.size(), *part));
    }
  };
  auto time_column = column::of<int64_t>(type_id::timestamp, times);
  check(*time_column, codec_wish::automatic, codec::delta);
  check(*time_column, codec_wish::delta, codec::delta);
  check(*time_column, codec_wish::lz4, codec::lz4);
  check(*time_column, codec_wish::zstd, codec::zstd);
  check(*column::of<double>(type_id::double_, walk), codec_wish::chimp, codec::chimp);
  check(*column::of<float>(type_id::float_, narrow), codec_wish::chimp, codec::chimp);
  check(*column::of<double>(type_id::double_, noise), codec_wish::chimp, codec::raw);
  check(*column::of<double>(type_id::double_, std::vector<double>(1000, 1.5)), codec_wish::chimp, codec::chimp);
  check(*column::of<double>(type_id::double_, std::vector<double>{2.5}), codec_wish::chimp, codec::raw);
}

TEST_CASE("which columns a method is for") {
  CHECK(fits(wish_of("delta"), type_id::nanotimestamp));
  CHECK(fits(wish_of("delta"), type_id::decimal64));
  CHECK_FALSE(fits(wish_of("delta"), type_id::double_));
  CHECK_FALSE(fits(wish_of("delta"), type_id::symbol));
  CHECK(fits(wish_of("chimp"), type_id::float_));
  CHECK_FALSE(fits(wish_of("chimp"), type_id::long_));
  CHECK(fits(wish_of("zstd"), type_id::string));
  CHECK(wish_of("") == codec_wish::automatic);
}

TEST_CASE("doubles: few distinct values, decimals, and anything else") {
  std::vector<double> few(5000), decimals(5000), any(5000);
  for (size_t i = 0; i < 5000; ++i) {
    few[i] = static_cast<double>(engine() % 100) / 7;
    decimals[i] = static_cast<double>(engine() % 10'000'000) / 100;
    uint64_t bits = engine();
    std::memcpy(&any[i], &bits, 8);
  }
  few[3] = null_of<double>;
  few[4] = -0.0;
  few[5] = std::nan("1");
  few[6] = INFINITY;
  check_round_trip(type_id::double_, few, codec::dictionary);
  check_round_trip(type_id::double_, decimals, codec::decimal);
  check_round_trip(type_id::double_, any, codec::raw);
  decimals[77] = -0.0;  // not an integer over a power of ten to the bit
  auto block = encode_block(*column::of<double>(type_id::double_, decimals), 0, 5000);
  auto back = column::make(type_id::double_);
  REQUIRE(decode_block(block.scheme, block.bytes, 5000, *back));
  CHECK(std::signbit(back->data<double>()[77]));
}

TEST_CASE("random columns of every stored type round-trip at every size") {
  for (auto type : {type_id::bool_, type_id::char_, type_id::short_, type_id::int_, type_id::long_, type_id::date,
                    type_id::nanotimestamp, type_id::float_, type_id::double_, type_id::uuid, type_id::decimal128})
    for (size_t size : {1, 2, 3, 63, 64, 65, 1000})
      for (int spread : {1, 8, 20, 64}) {
        CAPTURE(type_name(type));
        CAPTURE(size);
        auto col = column::make(type, size);
        with_physical(col->physical(), [&](auto zero) {
          using T = decltype(zero);
          auto* to = col->template mutable_data<T>();
          for (size_t i = 0; i < size; ++i) {
            int128 bits = engine() >> (64 - spread);
            std::memcpy(static_cast<void*>(to + i), &bits, sizeof(T));
          }
        });
        auto block = encode_block(*col, 0, size);
        auto back = column::make(type);
        REQUIRE(decode_block(block.scheme, block.bytes, size, *back));
        CHECK(std::memcmp(back->raw(), col->raw(), size * width_of(col->physical())) == 0);
      }
}

TEST_CASE("extreme neighbours, nulls and ends of every integer type round-trip") {
  auto check = [](type_id type, auto zero) {
    using T = decltype(zero);
    const T ends[] = {std::numeric_limits<T>::min(), static_cast<T>(std::numeric_limits<T>::min() + 1), T(-1), T(0), T(1),
                      static_cast<T>(std::numeric_limits<T>::max() - 1), std::numeric_limits<T>::max()};
    for (int round = 0; round < 300; ++round) {
      std::vector<T> items(1 + engine() % 300);
      auto kinds = 1 + engine() % std::size(ends), first = engine() % std::size(ends);
      for (auto& x : items) x = ends[(first + engine() % kinds) % std::size(ends)];
      auto block = encode_block(*column::of<T>(type, items), 0, items.size());
      auto back = column::make(type);
      REQUIRE(decode_block(block.scheme, block.bytes, items.size(), *back));
      CHECK(std::memcmp(back->data<T>(), items.data(), items.size() * sizeof(T)) == 0);
    }
  };
  check(type_id::char_, int8_t{});
  check(type_id::short_, int16_t{});
  check(type_id::int_, int32_t{});
  check(type_id::long_, int64_t{});
}

TEST_CASE("strings keep length and bytes") {
  auto col = column::make(type_id::string);
  for (int i = 0; i < 500; ++i) col->push_text(std::string(engine() % 40, static_cast<char>('a' + i % 26)));
  auto block = encode_block(*col, 100, 400);
  auto back = column::make(type_id::string);
  REQUIRE(decode_block(block.scheme, block.bytes, 400, *back));
  for (size_t i = 0; i < 400; ++i) CHECK(back->text(i) == col->text(100 + i));
}

TEST_CASE("damaged or short blocks answer corrupt and leave the column as it was") {
  std::vector<double> prices(3000);
  for (auto& x : prices) x = static_cast<double>(engine() % 1000) / 100;
  auto block = encode_block(*column::of<double>(type_id::double_, prices), 0, prices.size());
  auto back = column::make(type_id::double_);
  for (int scheme = 0; scheme < 12; ++scheme)
    for (size_t keep = 0; keep < block.bytes.size(); keep += 1 + keep / 3) {
      auto done = decode_block(static_cast<codec>(scheme), std::string_view{block.bytes}.substr(0, keep), prices.size(), *back);
      if (!done) CHECK(done.error().code == ec::corrupt);
      if (!done) CHECK(back->size() == 0);
      else back->resize(0);
    }
}
