#include "tests/simulator/ledger.hpp"

#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

namespace pelorus::simulation {

namespace {

const schema columns{{"writer", type_id::int_, 0, "", ""}, {"sequence", type_id::long_, 0, "", ""}, {"item", type_id::int_, 0, "", ""}};

struct row {
  int32_t writer;
  int64_t sequence;
  int32_t item;
  friend auto operator<=>(const row&, const row&) = default;
};

expected<std::vector<row>> read_rows(const chunk_files& files, const chunk_id& id, uint32_t version) {
  PELORUS_ASSIGN(auto reader, files.open_version(id, version, columns));
  std::vector<column_ptr> cols;
  for (size_t c = 0; c < columns.size(); ++c) {
    PELORUS_ASSIGN(auto col, reader->read(c));
    cols.push_back(col);
  }
  std::vector<row> rows;
  for (size_t i = 0; i < reader->rows(); ++i)
    rows.push_back({cols[0]->data<int32_t>()[i], cols[1]->data<int64_t>()[i], cols[2]->data<int32_t>()[i]});
  return rows;
}

std::vector<chunk_info> all_chunks(cluster& x) {
  std::vector<chunk_info> chunks;
  x.of(controller_alias).metadata->state().for_each_chunk([&](const chunk_info& chunk) { chunks.push_back(chunk); });
  return chunks;
}

/// The rows of a chunk, the same on each of its replicas.
std::vector<row> rows_of(cluster& over, const chunk_info& chunk, std::vector<std::string>& wrong) {
  std::optional<std::vector<row>> first;
  for (auto& replica : chunk.replicas) {
    auto rows = read_rows(*over.of(replica.node).chunks, chunk.id, chunk.version);
    if (!rows) {
      wrong.push_back(fmt::format("partition {} cannot be read from {}: {}", chunk.partition, replica.node, rows.error().message));
      continue;
    }
    if (rows->size() != chunk.rows)
      wrong.push_back(fmt::format("partition {} has {} rows on {}, the metadata says {}", chunk.partition, rows->size(), replica.node, chunk.rows));
    if (!first) first = *rows;
    else if (*first != *rows) wrong.push_back(fmt::format("the replicas of partition {} differ", chunk.partition));
  }
  return first.value_or(std::vector<row>{});
}

} // namespace

expected<table_ptr> read_table(cluster& over, const chunk_info& chunk) {
  if (chunk.version == 0) return std::make_shared<table>(columns);
  for (auto& replica : chunk.replicas) {
    auto& node = over.of(replica.node);
    auto held = node.runs && node.chunks ? node.chunks->catalog->find(chunk.id) : nullptr;
    if (!held || !held->at(chunk.version)) continue;
    PELORUS_ASSIGN(auto reader, node.chunks->open_version(chunk.id, chunk.version, columns));
    auto rows = std::make_shared<table>();
    for (size_t c = 0; c < columns.size(); ++c) {
      PELORUS_ASSIGN(auto col, reader->read(c));
      rows->add(columns[c].name, std::make_shared<column>(*col));
    }
    return rows;
  }
  return error{ec::unavailable, "no node has the version"};
}

size_t ledger::begin(entry x) {
  entries_.push_back(std::move(x));
  return entries_.size() - 1;
}

std::vector<std::string> ledger::check(cluster& over) const {
  std::vector<std::string> wrong;
  std::map<std::pair<int32_t, int64_t>, std::map<int, std::multiset<int32_t>>> found;
  for (auto& chunk : all_chunks(over))
    for (auto& each : rows_of(over, chunk, wrong)) found[{each.writer, each.sequence}][std::stoi(chunk.partition)].insert(each.item);
  for (auto& entry : entries_) {
    auto name = fmt::format("entry {} of writer {}", entry.sequence, entry.writer);
    auto here = found.extract({entry.writer, entry.sequence});
    if (here.empty()) {
      if (entry.answer == told::acknowledged) wrong.push_back(name + " was acknowledged and is lost");
      continue;
    }
    if (entry.answer == told::refused) wrong.push_back(name + " was refused and is there");
    std::map<int, std::multiset<int32_t>> whole;
    for (auto p : entry.partitions)
      for (int32_t i = 0; i < rows_of_entry; ++i) whole[p].insert(i);
    if (here.mapped() != whole) wrong.push_back(name + " is there in part, or more than once");
  }
  for (auto& [key, parts] : found) wrong.push_back(fmt::format("entry {} of writer {} was never written", key.second, key.first));
  std::map<chunk_id, chunk_info> known;
  for (auto& chunk : all_chunks(over)) known[chunk.id] = chunk;
  for (auto& x : over.processes()) {
    if (!x.chunks) continue;
    for (auto& staged : x.chunks->catalog->staged())
      wrong.push_back(fmt::format("{} still holds rows of transaction {} for partition {}", x.where.alias, staged.tid, staged.chunk.partition));
    for (auto& held : x.chunks->catalog->all()) {
      auto chunk = known.find(held->id);
      if (chunk == known.end()) wrong.push_back(fmt::format("{} holds partition {}, whose chunk nobody knows", x.where.alias, held->partition));
    }
  }
  return wrong;
}

bool is_settled(cluster& x) {
  for (auto& each : x.processes()) {
    if (!each.runs) return false;
    if (each.chunks && !each.chunks->catalog->staged().empty()) return false;
  }
  for (auto& chunk : all_chunks(x))
    for (auto& replica : chunk.replicas) {
      auto held = x.of(replica.node).chunks->catalog->find(chunk.id);
      if (replica.version != chunk.version || !held || !held->newest() || held->newest()->version != chunk.version) return false;
    }
  return true;
}

leftover_count leftover_files(cluster& x) {
  leftover_count count;
  for (auto& each : x.processes()) {
    if (!each.chunks || each.chunks->catalog->all().empty()) continue;  // an empty catalog may be a lost one: all is kept
    std::set<std::string> named;
    for (auto& held : each.chunks->catalog->all())
      for (auto& file : each.chunks->catalog->files_of(held->id)) named.insert(file);
    for (auto& file : std::filesystem::recursive_directory_iterator{each.chunks->volumes.front()}) {
      if (!file.is_regular_file()) continue;
      auto path = file.path().string();
      if (path.find("/.quarantine/") != std::string::npos) ++count.quarantined;
      else if (!named.contains(file.path().filename().string())) count.unnamed.push_back(path);
    }
  }
  return count;
}

} // namespace pelorus::simulation
