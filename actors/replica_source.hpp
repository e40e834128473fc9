// What other nodes read of the chunks of this one to copy them.
#pragma once

#include "actors/messages.hpp"
#include "storage/chunk_files.hpp"

namespace pelorus {

/// The chunk's record with its newest version alone, encoded. Errors: not_found.
expected<bytes> list_for_copy(const chunk_files& files, const list_segments& ask);

/// At most limits::frame_bytes of a segment; fewer than asked for, or none, where it ends. Errors: not_found, those of files.
expected<bytes> read_frame(const chunk_files& files, const fetch_segment& ask);

} // namespace pelorus
