// The tables that administrative functions answer, made from messages and records. Pure.
#pragma once

#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "storage/chunk_files.hpp"
#include "storage/dfs.hpp"

namespace pelorus {

/// getClusterPerf (protocol reference, chapter 5.2). `self` is never left out.
table_ptr perf_table(const member_list& nodes, bool include_controller, const std::string& self);
/// getClusterChunksStatus.
table_ptr cluster_chunk_table(const std::vector<chunk_info>& chunks);
/// getChunksMeta and getTabletsMeta of one node; `files` may be null.
table_ptr local_chunk_table(const chunk_files* files, const std::string& alias);
/// getTransactionStatus, getUnresolvedTxn, getRecoveryTaskStatus.
table_ptr transaction_table_of(const transaction_views& list);
table_ptr unresolved_table_of(const unresolved_views& list);
table_ptr recovery_table_of(const recovery_views& list);
/// getActorTree.
table_ptr actor_table(const actor_tree& tree);
/// Lines of the last `length` bytes of a log before the last `offset` bytes, or `from_tail` false: of the first `length`
/// bytes behind the first `offset`. Lines cut at the beginning are left out, and at the end of a piece from the head.
expected<std::vector<std::string>> lines_of_file(const std::string& path, int64_t length, int64_t offset, bool from_tail);

} // namespace pelorus
