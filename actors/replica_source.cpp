#include "actors/replica_source.hpp"

#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>

#include "cfg/limits.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/segment.hpp"

namespace pelorus {

expected<bytes> list_for_copy(const chunk_files& files, const list_segments& ask) {
  PELORUS_ASSIGN(auto chunk, decode_chunk(ask.chunk));
  auto held = files.catalog->find(chunk.id);
  if (!held || !held->newest())
    return error{ec::not_found, fmt::format("chunk {} is not on this node", to_string(chunk.id))};
  // Files of older versions are not copied, so these versions are not either.
  auto newest = *held;
  newest.versions = {*held->newest()};
  return encode_held(newest);
}

expected<bytes> read_frame(const chunk_files& files, const fetch_segment& ask) {
  PELORUS_ASSIGN(auto chunk, decode_chunk(ask.chunk));
  auto held = files.catalog->find(chunk.id);
  if (!held) return error{ec::not_found, fmt::format("chunk {} is not on this node", to_string(chunk.id))};
  const segment_ref* known = nullptr;
  for (auto& version : held->versions)
    for (auto& s : version.segments)
      if (s.file == ask.file) known = &s;
  if (!known) return error{ec::not_found, fmt::format("chunk {} has no segment {}", to_string(chunk.id), ask.file)};
  if (known->cached) return known->cached->rows->image()->substr(std::min<uint64_t>(ask.offset, known->bytes), std::min<uint64_t>(ask.size, limits::frame_bytes));
  PELORUS_ASSIGN(auto in, file::open_read(files.path_of(chunk.id, held->directory) + "/" + ask.file));
  PELORUS_ASSIGN(auto size, in.size());
  if (ask.offset >= size) return bytes{};
  bytes frame(std::min<uint64_t>({ask.size, size - ask.offset, limits::frame_bytes}), '\0');
  PELORUS_TRY(in.read_at(ask.offset, frame.data(), frame.size()));
  // The disk reads on while this frame travels.
  (void)::posix_fadvise(in.fd(), static_cast<off_t>(ask.offset + frame.size()), static_cast<off_t>(2 * frame.size()), POSIX_FADV_WILLNEED);
  return frame;
}

} // namespace pelorus
