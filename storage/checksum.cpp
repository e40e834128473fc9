#include "storage/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pelorus {

uint64_t checksum(const void* data, size_t size, uint64_t seed) { return XXH3_64bits_withSeed(data, size, seed); }

} // namespace pelorus
