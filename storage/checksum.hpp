// The checksum of everything at rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pelorus {

/// XXH3, 64 bits.
uint64_t checksum(const void* data, size_t size, uint64_t seed = 0);
inline uint64_t checksum(std::string_view bytes, uint64_t seed = 0) { return checksum(bytes.data(), bytes.size(), seed); }

} // namespace pelorus
