// The codec: round trips of random values, fixed layouts of the protocol reference, streams and broken input.
#include <random>

#include <doctest/doctest.h>

#include "query/interpreter.hpp"
#include "query/wire.hpp"
#include "storage/table.hpp"
#include "tests/query/wire_values.hpp"

using namespace pelorus;
using namespace pelorus::testing;

namespace {
std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (auto b : list) out.push_back(static_cast<char>(b));
  return out;
}

value round_trip(const value& x, wire_options options = {}) {
  auto wire = encode(x, options);
  size_t consumed = 0;
  auto back = decode(wire, &consumed);
  INFO("first bytes: ", int(uint8_t(wire[0])), " ", int(uint8_t(wire[1])));
  if (!back) INFO(back.error().message);
  REQUIRE(back);
  CHECK(consumed == wire.size());
  return *back;
}
} // namespace

TEST_CASE("scalars have the layout of the protocol") {
  CHECK(encode(value::of_int(7)) == bytes({4, 0, 7, 0, 0, 0}));
  CHECK(encode(value::of_bool(true)) == bytes({1, 0, 1}));
  CHECK(encode(value{}) == bytes({0, 0, 1}));
  CHECK(encode(value::nothing()) == bytes({0, 0, 0}));
  CHECK(encode(value::of_text("ab")) == bytes({18, 0, 'a', 'b', 0}));
  CHECK(encode(value::of_text("ab", type_id::blob)) == bytes({32, 0, 2, 0, 0, 0, 'a', 'b'}));
  CHECK(encode(value::integral(type_id::decimal32, 123, 2)) == bytes({37, 0, 2, 0, 0, 0, 123, 0, 0, 0}));
  CHECK(encode(value::duration(3, 6)) == bytes({36, 0, 3, 0, 0, 0, 6, 0, 0, 0}));
  CHECK(encode(value::null(type_id::int_)) == bytes({4, 0, 0, 0, 0, 128}));
}

TEST_CASE("vectors and tables have the layout of the protocol") {
  auto ints = column::of<int32_t>(type_id::int_, std::vector<int32_t>{1, 2});
  CHECK(encode(value{ints}) == bytes({4, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0}));
  CHECK(encode(value::pair(ints)).substr(0, 2) == bytes({4, 2}));
  auto symbols = column::of_strings(std::vector<std::string>{"x", "x"}, type_id::symbol);
  CHECK(encode(value{symbols}) == bytes({145, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 'x', 0,
                                         1, 0, 0, 0, 1, 0, 0, 0}));
  auto t = std::make_shared<table>(std::vector<std::string>{"a"}, std::vector<column_ptr>{ints});
  CHECK(encode(value{t}) == bytes({0, 6, 2, 0, 0, 0, 1, 0, 0, 0, 0, 'a', 0}) + encode(value{ints}));
}

TEST_CASE("random values of every type and form come back") {
  for (uint32_t seed = 1; seed <= 600; ++seed) {
    INFO("seed ", seed);
    random_values random{seed};
    auto x = random.any_value(3);
    auto back = round_trip(x);
    CHECK(same_value(x, back));
  }
}

TEST_CASE("compressed tables come back") {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    INFO("seed ", seed);
    random_values random{seed};
    auto t = random.big_table(20000);
    CHECK(same_value(value{t}, round_trip(value{t}, {wire_compression::lz4})));
    CHECK(same_value(value{t}, round_trip(value{t}, {wire_compression::delta})));
    CHECK(same_value(value{t}, round_trip(value{t}, {wire_compression::smaller})));
  }
}

TEST_CASE("of two ways to compress a column the smaller one is taken") {
  auto packed = [](column_ptr col, wire_compression how) {
    return encode(value{std::make_shared<table>(std::vector<std::string>{"a"}, std::vector<column_ptr>{std::move(col)})}, {how}).size();
  };
  auto series = column::make(type_id::timestamp, 100000), cycle = column::make(type_id::int_, 100000);
  for (int i = 0; i < 100000; ++i) {
    series->mutable_data<int64_t>()[i] = 1700000000000 + i * 500;
    cycle->mutable_data<int32_t>()[i] = i % 5 * 1000 + 1;
  }
  CHECK(packed(series, wire_compression::smaller) == packed(series, wire_compression::delta));
  CHECK(packed(series, wire_compression::delta) < packed(series, wire_compression::lz4));
  CHECK(packed(cycle, wire_compression::smaller) == packed(cycle, wire_compression::lz4));
  CHECK(packed(cycle, wire_compression::lz4) < packed(cycle, wire_compression::delta));
}

TEST_CASE("a delta-coded series is far smaller than its items") {
  auto times = column::make(type_id::timestamp, 100000);
  auto to = times->mutable_data<int64_t>();
  for (int64_t i = 0; i < 100000; ++i) to[i] = 1700000000000 + i * 500;
  auto t = value{std::make_shared<table>(std::vector<std::string>{"t"}, std::vector<column_ptr>{times})};
  auto wire = encode(t, {wire_compression::delta});
  CHECK(wire.size() < 20000);
  CHECK(same_value(t, round_trip(t, {wire_compression::delta})));
}

TEST_CASE("a client of the other byte order is understood") {
  decode_options big{.little_endian = false};
  auto one = decode(bytes({4, 0, 0, 0, 0, 7}), nullptr, big);
  REQUIRE(one);
  CHECK(one->raw_int() == 7);
  auto two = decode(bytes({5, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2}), nullptr, big);
  REQUIRE(two);
  CHECK(two->vec().data<int64_t>()[0] == 258);
  auto complex = decode(bytes({34, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0}), nullptr, big);
  REQUIRE(complex);
  CHECK(encode(*complex) == bytes({34, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40}));
  auto duration = decode(bytes({36, 0, 0, 0, 0, 3, 0, 0, 0, 6}), nullptr, big);
  REQUIRE(duration);
  CHECK(encode(*duration) == encode(value::duration(3, 6)));
}

TEST_CASE("the scanner finds the end wherever the stream is cut") {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    INFO("seed ", seed);
    random_values random{seed};
    auto wire = encode(random.any_value(2)) + encode(random.any_value(2));
    auto size = wire.size();
    wire += "rest of the stream";
    wire_scanner scanner{2};
    std::mt19937 cuts{seed};
    size_t seen = 0;
    while (seen < size) {
      auto done = scanner.scan(std::string_view{wire}.substr(0, seen));
      REQUIRE(done);
      CHECK_FALSE(*done);
      seen += 1 + cuts() % 17;
    }
    auto done = scanner.scan(std::string_view{wire}.substr(0, std::max(seen, size)));
    REQUIRE(done);
    CHECK(*done);
    CHECK(scanner.consumed() == size);
  }
}

TEST_CASE("cut and damaged input is an error, never a crash") {
  for (uint32_t seed = 1; seed <= 150; ++seed) {
    INFO("seed ", seed);
    random_values random{seed};
    auto wire = encode(random.any_value(2));
    std::mt19937 dice{seed};
    CHECK_FALSE(decode(std::string_view{wire}.substr(0, dice() % wire.size())));
    for (int i = 0; i < 40; ++i) {
      auto damaged = wire;
      for (int k = 0; k < 3; ++k) damaged[dice() % damaged.size()] = static_cast<char>(dice());
      if (auto x = decode(damaged)) CHECK_FALSE(encode(*x).empty());
      wire_scanner scanner;
      if (auto done = scanner.scan(damaged); done && *done) CHECK(scanner.consumed() <= damaged.size());
    }
  }
}

TEST_CASE("functions travel as names and definitions") {
  session who;
  auto defined = run("def f(x, y = 2) { return x + y }", who);
  auto f = run("f", who);
  REQUIRE(f);
  auto back = round_trip(*f);
  REQUIRE(back.as<callable>());
  std::vector<value> one{value::of_int(3)};
  CHECK(back.as<callable>()->call(who, one).raw_int() == 5);

  auto builtin = run("add", who);
  REQUIRE(builtin);
  CHECK(encode(*builtin) == bytes({20, 0, 0, 'a', 'd', 'd', 0}));
  CHECK(round_trip(*builtin).as<callable>()->name() == "add");
  auto partial = run("add{10}", who);
  REQUIRE(partial);
  std::vector<value> five{value::of_int(5)};
  CHECK(round_trip(*partial).as<callable>()->call(who, five).raw_int() == 15);
}

TEST_CASE("decoding a function runs nothing, unless it is a session's own request") {
  session who;
  auto call = bytes({20, 0, 3}) + "getNodeAlias()" + std::string(1, 0);
  CHECK_FALSE(decode(call));
  REQUIRE(run("def g(x) { return x * 2 }", who));
  auto by_name = decode(bytes({20, 0, 3, 'g', 0}), nullptr, {.who = &who});
  REQUIRE(by_name);
  std::vector<value> four{value::of_int(4)};
  CHECK(by_name->as<callable>()->call(who, four).raw_int() == 8);
  CHECK_FALSE(decode(bytes({20, 0, 3, 'g', 0})));
}

TEST_CASE("metacode travels as text") {
  session who;
  auto code = run("<a + 1>", who);
  REQUIRE(code);
  auto back = round_trip(*code);
  CHECK(back.type() == type_id::code);
  CHECK(encode(back) == encode(*code));
}

TEST_CASE("lengths are checked before memory is taken") {
  CHECK_FALSE(decode(bytes({4, 1, 255, 255, 255, 127, 1, 0, 0, 0})));
  CHECK_FALSE(decode(bytes({25, 1, 255, 255, 255, 127, 1, 0, 0, 0})));
  CHECK_FALSE(decode(bytes({0, 1, 255, 255, 255, 127, 1, 0, 0, 0})));
  CHECK_FALSE(decode(bytes({0, 6, 255, 255, 255, 127, 255, 255, 0, 0})));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += bytes({25, 1, 1, 0, 0, 0, 1, 0, 0, 0});
  CHECK_FALSE(decode(deep));
}

TEST_CASE("a text of a column ends at its first NUL, also in large columns") {
  auto texts = column::make(type_id::string);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    auto text = i % 3 == 0 ? std::string{} : "item " + std::to_string(i);
    expected += text + '\0';
    texts->push_text(i == 500 ? text + std::string("\0rest", 5) : text);
  }
  auto bytes = encode(value{texts});
  REQUIRE(bytes.size() > 10);
  CHECK(bytes.substr(10) == expected);
}

TEST_CASE("big columns are given out as their own memory") {
  auto longs = column::make(type_id::long_, 100000);
  std::fill_n(longs->mutable_data<int64_t>(), 100000, 5);
  auto t = value{std::make_shared<table>(std::vector<std::string>{"a"}, std::vector<column_ptr>{longs})};
  wire_encoder encoder;
  encoder.add_raw("head");
  encoder.add(t);
  bool borrowed = false;
  std::string all;
  for (wire_piece piece; encoder.next(piece);) {
    if (piece.keep) borrowed |= piece.view().data() == reinterpret_cast<const char*>(longs->raw());
    all += piece.view();
  }
  CHECK(borrowed);
  CHECK(all == "head" + encode(t));
  CHECK_FALSE(encoder.has_work());
}

TEST_CASE("a big column is given out in spans of 4 MiB, one behind the other") {
  auto longs = column::make(type_id::long_, 1'500'000);
  for (int64_t i = 0; i < 1'500'000; ++i) longs->mutable_data<int64_t>()[i] = i;
  wire_encoder encoder;
  encoder.add(value{longs});
  std::vector<size_t> sizes;
  std::string all;
  for (wire_piece piece; encoder.next(piece);) {
    if (piece.keep) sizes.push_back(piece.view().size());
    all += piece.view();
  }
  CHECK(sizes == std::vector<size_t>{4 << 20, 4 << 20, 12'000'000 - (8 << 20)});
  CHECK(all == encode(value{longs}));
}

TEST_CASE("the size of what is to come is known unless it has to be made") {
  auto longs = column::make(type_id::long_, 1'500'000);
  std::fill_n(longs->mutable_data<int64_t>(), longs->size(), 5);
  auto symbols = column::of_strings(std::vector<std::string>(20'000, "abc"), type_id::symbol);
  auto texts = column::of_strings(std::vector<std::string>(20'000, "abc"));
  for (auto& col : {longs, symbols, texts}) {
    wire_encoder encoder;
    encoder.add_raw("head");
    encoder.add(value{col});
    auto left = encoder.bytes_left();
    CHECK(left.has_value() == (col != texts));
    for (wire_piece piece; encoder.next(piece);) {
      if (!left) continue;
      *left -= piece.view().size();
      CHECK(encoder.bytes_left() == left);
    }
    if (left) CHECK(*left == 0);
  }
}

TEST_CASE("blocks of texts hold every text once, whatever their lengths") {
  for (size_t longest : {0, 1, 11, 12, 13, 200}) {
    auto texts = column::make(type_id::string);
    std::string expected;
    for (size_t i = 0; i < 50'000; ++i) {
      std::string text(longest == 0 ? 0 : i * 7 % (longest + 1), static_cast<char>('a' + i % 26));
      texts->push_text(text);
      expected += text + '\0';
    }
    wire_encoder encoder;
    encoder.add(value{texts});
    CHECK(encoder.has_work());
    std::string all;
    for (wire_piece piece; encoder.next(piece);) {
      CHECK(piece.view().size() < (1u << 20));
      all += piece.view();
    }
    CHECK(all.substr(10) == expected);
  }
}

TEST_CASE("metacode over a table has a text to send") {
  session who;
  auto code = run("t = table(1 2 as a)\nsql(sqlCol(`a), t)", who);
  REQUIRE(code);
  auto back = encode(*code);
  CHECK(back.find("select a from") != std::string::npos);
}
