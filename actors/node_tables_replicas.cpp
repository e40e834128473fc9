// Tables of transactions and of copies of chunks.
#include "actors/node_tables.hpp"
#include "query/row_table.hpp"

namespace pelorus {

namespace {

value text(const std::string& x) { return value::of_text(x); }
value big(uint64_t x) { return value::of_long(static_cast<int64_t>(x)); }
/// Null for what has not happened yet.
value time_or_null(int64_t ms) { return ms == 0 ? value{} : value::integral(type_id::timestamp, ms); }
value id_text(uint64_t high, uint64_t low) { return text(to_string(chunk_id{high, low})); }

} // namespace

table_ptr transaction_table_of(const transaction_views& list) {
  using t = type_id;
  row_table rows{{"tid", t::long_},  {"startTime", t::timestamp},   {"type", t::string},       {"status", t::string},
                 {"partitionCount", t::long_}, {"endTime", t::timestamp}, {"elapsedTime", t::long_}};
  for (auto& x : list)
    rows.add({big(x.tid), time_or_null(x.start_ms), text(x.type), text(x.status), big(x.partitions), time_or_null(x.end_ms),
              x.end_ms == 0 ? value{} : value::of_long(x.end_ms - x.start_ms)});
  return rows.take();
}

table_ptr unresolved_table_of(const unresolved_views& list) {
  using t = type_id;
  row_table rows{{"tid", t::long_}, {"cid", t::long_}, {"chunkId", t::string}, {"initiatingNode", t::string},
                 {"firstResolutionAt", t::timestamp}, {"lastResolutionAt", t::timestamp}};
  for (auto& x : list)
    rows.add({big(x.tid), big(x.cid), id_text(x.chunk_high, x.chunk_low), text(x.coordinator), time_or_null(x.first_ms),
              time_or_null(x.last_ms)});
  return rows.take();
}

table_ptr recovery_table_of(const recovery_views& list) {
  using t = type_id;
  row_table rows{{"TaskId", t::string}, {"TaskType", t::string}, {"ChunkId", t::string}, {"ChunkPath", t::string},
                 {"Source", t::string}, {"Dest", t::string}, {"Status", t::string}, {"AttemptCount", t::int_},
                 {"DeleteSource", t::bool_}, {"StartTime", t::timestamp}, {"LastDequeueTime", t::timestamp},
                 {"LastStartTime", t::timestamp}, {"FinishTime", t::timestamp}, {"IsIncrementalRecovery", t::bool_},
                 {"IsAsyncRecovery", t::bool_}, {"ChangeFromIncrementalToFull", t::bool_},
                 {"ChangeToSyncTime", t::timestamp}, {"FailureReason", t::string}};
  for (auto& x : list)
    rows.add({text(x.id), text(x.type), id_text(x.chunk_high, x.chunk_low), text(x.path), text(x.source), text(x.target),
              text(x.status), value::of_int(static_cast<int32_t>(x.attempts)), value::of_bool(x.delete_source),
              time_or_null(x.created_ms), time_or_null(x.dequeued_ms), time_or_null(x.started_ms), time_or_null(x.finished_ms),
              value::of_bool(x.incremental), value::of_bool(x.async), value::of_bool(x.became_full), time_or_null(x.sync_ms),
              text(x.failure)});
  return rows.take();
}

} // namespace pelorus
