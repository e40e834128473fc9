// The schemes behind storage/codec.hpp. Each family has its file: analyse and encode, then decode.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/codec.hpp"

namespace pelorus::schemes {

/// constant, packed or delta; empty bytes when none of them helps. T: int8_t .. int64_t.
template <class T>
encoded_block encode_integers(const T* from, size_t count);
template <class T>
bool decode_integers(codec scheme, std::string_view bytes, size_t count, T* to);

/// constant, dictionary or decimal (the idea of ALP: Afroozeh, Kuffo, Boncz, SIGMOD 2024); empty when none helps.
encoded_block encode_doubles(const double* from, size_t count);
bool decode_doubles(codec scheme, std::string_view bytes, size_t count, double* to);

/// The smaller of raw and LZ4.
encoded_block encode_general(std::string raw);
/// The raw bytes of a general block.
bool decode_general(codec scheme, std::string_view bytes, std::string& raw);

/// Strings as one raw run: lengths, then text.
std::string raw_strings(const column& col, size_t from, size_t count);
bool strings_from_raw(std::string_view raw, size_t count, column& to);

} // namespace pelorus::schemes
