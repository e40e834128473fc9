// What the redo log of a data node says, as bytes.
#pragma once

#include <string>
#include <string_view>

#include "storage/chunk_catalog.hpp"

namespace pelorus {

struct redo_record {
  enum class kind : uint8_t { staged = 1, decided = 2 };
  kind what = kind::staged;
  tid_t tid = 0;
  cid_t cid = 0;               ///< decided: 0 when rolled back
  staged_record rows = {};     ///< staged
  std::string_view table = {}; ///< staged: table_info's bytes, columns under their stored names
  std::string_view image = {}; ///< staged: the only segment, as its file would be; empty when it is a file already
};

std::string encode_redo(const redo_record& x);
/// The views point into `bytes`. Errors: corrupt.
expected<redo_record> decode_redo(std::string_view bytes);

} // namespace pelorus
