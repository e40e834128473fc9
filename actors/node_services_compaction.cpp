// node_services: merges of segments on this node.
#include <fmt/format.h>

#include "actors/clock.hpp"
#include "actors/node_services.hpp"
#include "query/row_table.hpp"

namespace pelorus {

namespace {
value time_or_null(int64_t ms) { return ms == 0 ? value{} : value::integral(type_id::timestamp, ms); }
} // namespace

expected<void> node_services::compact_chunk(const std::string& chunk, int level) {
  auto files = config_.files ? config_.files() : nullptr;
  PELORUS_ASSIGN(auto id, parse_chunk_id(chunk));
  if (!files || !files->catalog->find(id)) return error{ec::not_found, fmt::format("The chunk [{}] is not on this node.", chunk)};
  files->compactions.order(id, level, system_now_ms());
  return {};
}

expected<table_ptr> node_services::compaction_status(size_t count) {
  auto files = config_.files ? config_.files() : nullptr;
  if (!files) return error{ec::not_supported, "This node has no chunks."};
  using t = type_id;
  row_table rows{{"volume", t::string},        {"level", t::int_},          {"chunkId", t::string},     {"tableName", t::string},
                 {"files", t::string},         {"force", t::bool_},         {"receivedTime", t::timestamp}, {"startTime", t::timestamp},
                 {"endTime", t::timestamp},    {"errorMessage", t::string}};
  for (auto& task : files->compactions.list(count))
    rows.add({value::of_text(task.volume), value::of_int(task.level), value::of_text(to_string(task.chunk)), value::of_text(task.table),
              value::of_text(task.files), value::of_bool(task.force), time_or_null(task.received_ms), time_or_null(task.started_ms),
              time_or_null(task.ended_ms), value::of_text(task.failure)});
  return rows.take();
}

} // namespace pelorus
