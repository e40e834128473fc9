#include "query/merge_segments.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace pelorus {

namespace {

/// Every column that one of the sources has.
expected<schema> columns_of(const std::string& directory, std::span<const segment_ref> sources) {
  schema columns;
  for (auto& source : sources) {
    PELORUS_ASSIGN(auto opened, segment::open(directory, source));
    for (auto& col : opened->footer().columns) {
      auto known = std::find_if(columns.begin(), columns.end(), [&](auto& c) { return c.name == col.name; });
      if (known == columns.end()) columns.push_back({col.name, col.type, col.scale, "", ""});
      else if (known->type != col.type || known->scale != col.scale)
        return error{ec::not_supported, fmt::format("column {} has different types in the segments of {}", col.name, directory)};
    }
  }
  return columns;
}

/// The sort columns of the table among the columns of the file.
expected<chunk_order> order_in(const table_info& info, const schema& columns) {
  auto order = order_of(info);
  for (auto& key : order.keys) {
    auto& name = info.columns[key].name;
    auto found = std::find_if(columns.begin(), columns.end(), [&](auto& c) { return c.name == name; });
    if (found == columns.end()) return error{ec::not_supported, fmt::format("no segment has the sort column {}", name)};
    key = static_cast<size_t>(found - columns.begin());
  }
  return order;
}

segment_options options_for(const table_info& info, const schema& columns, const chunk_order& order, bool sync, unsigned threads) {
  segment_options options{sync, threads};
  for (auto& c : columns) {
    auto known = std::find_if(info.columns.begin(), info.columns.end(), [&](auto& k) { return k.name == c.name; });
    options.codecs.push_back(known == info.columns.end() ? "" : known->codec);
  }
  for (auto key : order.keys) options.sorted_by.push_back(columns[key].name);
  options.distinct = order.keep != chunk_order::duplicates::all;
  return options;
}

} // namespace

expected<segment_ref> merge_segments(const std::string& directory, std::span<const segment_ref> sources, const table_info& info,
                                     const std::string& name, bool sync, unsigned threads) {
  PELORUS_ASSIGN(auto columns, columns_of(directory, sources));
  PELORUS_ASSIGN(auto order, order_in(info, columns));
  PELORUS_ASSIGN(auto reader, chunk_reader::open(directory, {sources.begin(), sources.end()}, columns));
  std::optional<row_list> picked;
  if (!order.keys.empty()) {
    std::vector<size_t> blocks(reader->blocks().size());
    std::iota(blocks.begin(), blocks.end(), size_t{0});
    std::vector<column_ptr> keys;
    for (auto key : order.keys) {
      PELORUS_ASSIGN(auto col, reader->read_once(key));
      keys.push_back(std::move(col));
    }
    picked = rows_in_order(keys, reader->rows(), order.keep, runs_of(*reader, blocks, order));
  }
  column_supply supply{columns, picked ? picked->size() : reader->rows(), nullptr};
  supply.make = [&](size_t c) -> expected<column_ptr> {
    PELORUS_ASSIGN(auto col, reader->read_once(c));
    return picked ? col->gather(std::span<const uint32_t>{picked->data(), picked->size()}) : col;
  };
  return write_segment(directory, name, supply, options_for(info, columns, order, sync, threads));
}

} // namespace pelorus
