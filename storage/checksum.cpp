#include "storage/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pelorus {

uint64_t checksum(const void* data, size_t size, uint64_t seed) { return XXH3_64bits_withSeed(data, size, seed); }

struct running_checksum::state { XXH3_state_t x; };  // over-aligned: new knows

void running_checksum::remove::operator()(state* x) const { delete x; }

running_checksum::running_checksum() : state_{new state} { XXH3_64bits_reset(&state_->x); }

void running_checksum::add(std::string_view bytes) { XXH3_64bits_update(&state_->x, bytes.data(), bytes.size()); }

uint64_t running_checksum::take() {
  auto sum = XXH3_64bits_digest(&state_->x);
  XXH3_64bits_reset(&state_->x);
  return sum;
}

} // namespace pelorus
