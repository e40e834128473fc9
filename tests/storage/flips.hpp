// Tools of the tests that turn bits of files: PELORUS_FLIPS=N sets how many flips each kind of file gets, PELORUS_SEED where
// they fall.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "storage/file.hpp"

namespace pelorus::flips {

namespace fs = std::filesystem;

inline uint64_t from_environment(const char* name, uint64_t otherwise) {
  auto* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Where the next flips fall; the same seed, the same flips.
class dice {
public:
  dice() : seed_(from_environment("PELORUS_SEED", 20261129)), engine_(seed_) {}
  uint64_t below(uint64_t n) { return engine_() % n; }
  uint64_t seed() const { return seed_; }

private:
  uint64_t seed_;
  std::mt19937_64 engine_;
};

/// Turns one bit of a file round, for as long as it lives.
class flip {
public:
  flip(const std::string& path, uint64_t bit) : path_(path), bit_(bit) { turn(path, bit); }
  ~flip() { turn(path_, bit_); }
  flip(const flip&) = delete;
  flip& operator=(const flip&) = delete;

  static void turn(const std::string& path, uint64_t bit) {
    auto f = file::open_write(path);
    REQUIRE(f);
    char byte = 0;
    REQUIRE(f->read_at(bit / 8, &byte, 1));
    byte = static_cast<char>(byte ^ (1 << (bit % 8)));
    REQUIRE(f->write_at(bit / 8, {&byte, 1}));
  }

private:
  std::string path_;
  uint64_t bit_;
};

inline uint64_t bits_of(const std::string& path) { return fs::file_size(path) * 8; }

struct tally {
  uint64_t told = 0, harmless = 0;
  void report(const char* what, uint64_t seed) const {
    MESSAGE(fmt::format("{}: {} flips were told of, {} were in bytes that nobody reads (seed {})", what, told, harmless, seed));
  }
};

inline void copy_to(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

} // namespace pelorus::flips
