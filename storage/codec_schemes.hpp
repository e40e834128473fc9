// The schemes behind storage/codec.hpp. Each family has its file: analyse and encode, then decode.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/codec.hpp"

namespace pelorus::schemes {

/// constant, packed, nullable, delta or delta2; empty bytes when none of them helps. T: int8_t .. int64_t.
template <class T>
encoded_block encode_integers(const T* from, size_t count);
template <class T>
bool decode_integers(codec scheme, std::string_view bytes, size_t count, T* to);

/// constant, or a dictionary of few distinct values told apart by their bits; empty when there are too many.
/// T: float, double, int32_t, int64_t.
template <class T>
encoded_block encode_distinct(const T* from, size_t count);
/// A dictionary block.
template <class T>
bool decode_distinct(std::string_view bytes, size_t count, T* to);

/// constant, dictionary or decimal (the idea of ALP: Afroozeh, Kuffo, Boncz, SIGMOD 2024); empty when none helps.
/// T: float, double.
template <class T>
encoded_block encode_floats(const T* from, size_t count);
template <class T>
bool decode_floats(codec scheme, std::string_view bytes, size_t count, T* to);

/// A chimp block, perhaps longer than the elements. T: float, double; count > 0.
template <class T>
encoded_block encode_xor(const T* from, size_t count);
template <class T>
bool decode_xor(std::string_view bytes, size_t count, T* to);

/// LZ4 or Zstandard when a sample promises less than `below` bytes and the whole keeps it; else empty bytes.
encoded_block encode_general(std::string_view raw, size_t below, bool prefer_zstd);
/// The bytes an LZ4 or Zstandard block unpacks to; `size` is what they must be, 0 when unknown (strings).
bool decode_general(codec scheme, std::string_view bytes, size_t size, std::string& raw);

/// Strings as one raw run: lengths, then text.
std::string raw_strings(const column& col, size_t from, size_t count);
bool strings_from_raw(std::string_view raw, size_t count, column& to);

/// One element, repeated.
template <class T>
bool decode_constant(std::string_view bytes, size_t count, T* to) {
  if (bytes.size() != sizeof(T)) return false;
  T x;
  std::memcpy(&x, bytes.data(), sizeof x);
  for (size_t i = 0; i < count; ++i) to[i] = x;
  return true;
}

template <class T>
void put_bytes(std::string& out, const T& x) { out.append(reinterpret_cast<const char*>(&x), sizeof x); }

/// Takes a T from the front of `bytes`; the caller has made sure that it is there.
template <class T>
T take_bytes(std::string_view& bytes) {
  T x;
  std::memcpy(&x, bytes.data(), sizeof x);
  bytes.remove_prefix(sizeof x);
  return x;
}

} // namespace pelorus::schemes
