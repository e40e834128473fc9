// Messages about the files of a chunk: damage that a reader met, and files put in the place of others.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>

namespace pelorus {

/// Data node to controller: its replica of this chunk cannot be read. `why` names the file.
struct damaged_chunk { std::string alias; uint64_t id_high = 0, id_low = 0; uint32_t version = 0; std::string why; };
template <class F> auto inspect(F& f, damaged_chunk& x) {
  return f(caf::meta::type_name("damaged_chunk"), x.alias, x.id_high, x.id_low, x.version, x.why);
}

/// `compactor` to `chunk_store`: `file` holds the rows of the segments `replaced`, which follow each other in versions of
/// the chunk. Does not travel.
struct swap_segments {
  uint64_t id_high = 0, id_low = 0;
  std::vector<std::string> replaced;
  std::string file;
  uint64_t rows = 0, bytes = 0;
};
template <class F> auto inspect(F& f, swap_segments& x) {
  return f(caf::meta::type_name("swap_segments"), x.id_high, x.id_low, x.replaced, x.file, x.rows, x.bytes);
}

} // namespace pelorus
