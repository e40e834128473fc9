// Routing: which partition each row belongs to.
#include "storage/partition.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace pelorus {

namespace {

constexpr uint32_t nowhere = routing::outside;

/// Per row the ordinal within one level, and the segments the ordinals stand for.
struct level_routing {
  std::vector<uint32_t> ordinal;
  std::vector<std::string> segments;
  std::vector<bool> fresh;
  column_ptr new_values;
};

/// Ordinals by the raw integer of the key: neighbours are mostly equal, so the last answer is tried first.
template <class Find>
void route_integers(const column& keys, std::vector<uint32_t>& ordinal, Find&& find) {
  with_physical(keys.physical(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>) {
      auto* data = keys.data<T>();
      uint32_t last = nowhere;
      for (size_t i = 0; i < keys.size(); ++i) {
        if (i == 0 || data[i] != data[i - 1]) last = is_null(data[i]) ? nowhere : find(static_cast<int64_t>(data[i]), i);
        ordinal[i] = last;
      }
    }
  });
}

/// The same by text; SYMBOL codes are looked up once each.
template <class Find>
void route_texts(const column& keys, std::vector<uint32_t>& ordinal, Find&& find) {
  if (keys.physical() == physical::code) {
    std::vector<int64_t> known(keys.dict()->size(), -1);
    auto* codes = keys.data<int32_t>();
    for (size_t i = 0; i < keys.size(); ++i) {
      auto& found = known[static_cast<size_t>(codes[i])];
      if (found < 0) found = codes[i] == 0 ? nowhere : find(keys.text(i), i);
      ordinal[i] = static_cast<uint32_t>(found);
    }
    return;
  }
  for (size_t i = 0; i < keys.size(); ++i) ordinal[i] = keys.is_null(i) ? nowhere : find(keys.text(i), i);
}

int64_t raw_of(const column& col, size_t i) { return element(col, i).raw_int(); }

level_routing route_values(const partition_level& level, const column_ptr& keys, bool accept_new) {
  level_routing out;
  out.ordinal.resize(keys->size());
  auto& values = *level.values;
  // Segments are spelled only for ordinals that occur.
  std::unordered_map<uint32_t, uint32_t> dense;
  auto use = [&](uint32_t scheme_ordinal, const partition_level& spelling, size_t at, bool fresh) {
    auto [place, added] = dense.emplace(scheme_ordinal, static_cast<uint32_t>(out.segments.size()));
    if (added) {
      out.segments.push_back(partition_segment(spelling, at));
      out.fresh.push_back(fresh);
    }
    return place->second;
  };
  auto added = column::make(level.key_type, 0, values.scale());
  auto miss = [&](size_t row) {
    if (!accept_new) return nowhere;
    added->append(*keys, row, 1);
    auto ordinal = static_cast<uint32_t>(values.size() + added->size() - 1);
    return use(ordinal, {level.kind, level.key_type, added, {}, 0}, added->size() - 1, true);
  };
  if (is_text(level.key_type)) {
    std::unordered_map<std::string, uint32_t> known;
    for (size_t i = 0; i < values.size(); ++i) known.emplace(values.text(i), static_cast<uint32_t>(i));
    std::unordered_map<std::string, uint32_t> news;
    route_texts(*keys, out.ordinal, [&](std::string_view text, size_t row) {
      auto found = known.find(std::string{text});
      if (found != known.end()) return use(found->second, level, found->second, false);
      auto again = news.find(std::string{text});
      if (again == news.end()) again = news.emplace(std::string{text}, miss(row)).first;
      return again->second;
    });
  } else {
    std::unordered_map<int64_t, uint32_t> known, news;
    for (size_t i = 0; i < values.size(); ++i) known.emplace(raw_of(values, i), static_cast<uint32_t>(i));
    route_integers(*keys, out.ordinal, [&](int64_t raw, size_t row) {
      auto found = known.find(raw);
      if (found != known.end()) return use(found->second, level, found->second, false);
      auto again = news.find(raw);
      if (again == news.end()) again = news.emplace(raw, miss(row)).first;
      return again->second;
    });
  }
  if (!added->empty()) out.new_values = added;
  return out;
}

/// Levels with a fixed number of partitions: `count` segments, ordinals found per row.
level_routing fixed_level(const partition_level& level, const column& keys, size_t count) {
  level_routing out;
  out.ordinal.assign(keys.size(), nowhere);
  for (size_t i = 0; i < count; ++i) out.segments.push_back(partition_segment(level, i));
  out.fresh.assign(count, false);
  return out;
}

level_routing route_ranges(const partition_level& level, const column& keys) {
  auto out = fixed_level(level, keys, level.values->size() - 1);
  auto count = static_cast<uint32_t>(out.segments.size());
  if (is_text(level.key_type)) {
    std::vector<std::string> edges;
    for (size_t i = 0; i <= count; ++i) edges.emplace_back(level.values->text(i));
    route_texts(keys, out.ordinal, [&](std::string_view text, size_t) {
      auto above = static_cast<uint32_t>(std::upper_bound(edges.begin(), edges.end(), text) - edges.begin());
      return above == 0 || above > count ? nowhere : above - 1;
    });
    return out;
  }
  std::vector<int64_t> edges;
  for (size_t i = 0; i <= count; ++i) edges.push_back(raw_of(*level.values, i));
  route_integers(keys, out.ordinal, [&](int64_t raw, size_t) {
    auto above = static_cast<uint32_t>(std::upper_bound(edges.begin(), edges.end(), raw) - edges.begin());
    return above == 0 || above > count ? nowhere : above - 1;
  });
  return out;
}

level_routing route_lists(const partition_level& level, const column& keys) {
  auto out = fixed_level(level, keys, level.lists.size());
  bool text = is_text(level.key_type);
  std::unordered_map<std::string, uint32_t> texts;
  std::unordered_map<int64_t, uint32_t> numbers;
  for (uint32_t l = 0; l < level.lists.size(); ++l)
    for (size_t i = 0; i < level.lists[l]->size(); ++i) {
      if (text) texts.emplace(level.lists[l]->text(i), l);
      else numbers.emplace(raw_of(*level.lists[l], i), l);
    }
  if (text) {
    route_texts(keys, out.ordinal, [&](std::string_view x, size_t) {
      auto found = texts.find(std::string{x});
      return found == texts.end() ? nowhere : found->second;
    });
  } else {
    route_integers(keys, out.ordinal, [&](int64_t x, size_t) {
      auto found = numbers.find(x);
      return found == numbers.end() ? nowhere : found->second;
    });
  }
  return out;
}

level_routing route_hashes(const partition_level& level, const column& keys) {
  auto out = fixed_level(level, keys, static_cast<size_t>(level.buckets));
  auto bucket = [&](auto&&, size_t row) { return static_cast<uint32_t>(hash_bucket(keys, row, level.buckets)); };
  if (is_text(level.key_type)) {
    route_texts(keys, out.ordinal, bucket);
  } else if (is_temporal(level.key_type) || is_integral(level.key_type)) {
    route_integers(keys, out.ordinal, bucket);
  } else {
    for (size_t i = 0; i < keys.size(); ++i) out.ordinal[i] = bucket(0, i);  // -1, a null, is nowhere
  }
  return out;
}

level_routing route_sequence(const partition_level& level, const column& keys) {
  auto out = fixed_level(level, keys, static_cast<size_t>(level.buckets));
  auto per = (keys.size() + out.segments.size() - 1) / out.segments.size();
  for (size_t i = 0; i < keys.size(); ++i) out.ordinal[i] = static_cast<uint32_t>(i / std::max<size_t>(per, 1));
  return out;
}

expected<level_routing> route_level(const partition_level& level, const column_ptr& raw_keys, bool accept_new) {
  if (level.kind == partition_type::seq) return route_sequence(level, *raw_keys);
  PELORUS_ASSIGN(auto keys, cast_keys(raw_keys, level.key_type));
  switch (level.kind) {
    case partition_type::value: return route_values(level, keys, accept_new);
    case partition_type::range:
      if (is_floating(level.key_type))
        return error{ec::not_supported, "RANGE partitions over floating-point keys are not supported"};
      return route_ranges(level, *keys);
    case partition_type::list: return route_lists(level, *keys);
    case partition_type::hash: return route_hashes(level, *keys);
    default: return error{ec::bad_argument, "a COMPO scheme is made of single-level schemes"};
  }
}

} // namespace

expected<routing> route_rows(const std::vector<partition_level>& levels, const std::vector<column_ptr>& keys,
                             bool accept_new_values) {
  if (levels.size() != keys.size())
    return error{ec::bad_argument, fmt::format("{} partition levels, {} key columns", levels.size(), keys.size())};
  std::vector<level_routing> routed;
  for (size_t l = 0; l < levels.size(); ++l) {
    auto one = route_level(levels[l], keys[l], accept_new_values);
    if (!one) return std::move(one).error().with_context(fmt::format("partition level {}", l + 1));
    routed.push_back(*std::move(one));
  }
  routing result;
  auto rows = keys.front()->size();
  result.part_of_row.resize(rows);
  std::unordered_map<uint64_t, uint32_t> parts;  // combined ordinals -> path
  uint64_t last_key = 0;
  uint32_t last_part = nowhere;
  for (size_t i = 0; i < rows; ++i) {
    uint64_t key = 0;
    bool inside = true;
    for (auto& level : routed) {
      inside = inside && level.ordinal[i] != nowhere;
      key = key * (level.segments.size() + 1) + level.ordinal[i];
    }
    if (!inside) {
      result.part_of_row[i] = nowhere;
      ++result.rows_outside;
      continue;
    }
    if (last_part == nowhere || key != last_key) {
      auto [found, added] = parts.emplace(key, static_cast<uint32_t>(result.paths.size()));
      if (added) {
        std::string path;
        bool fresh = false;
        for (auto& level : routed) {
          path += (path.empty() ? "" : "/") + level.segments[level.ordinal[i]];
          fresh = fresh || level.fresh[level.ordinal[i]];
        }
        result.paths.push_back(std::move(path));
        result.fresh.push_back(fresh);
      }
      last_key = key;
      last_part = found->second;
    }
    result.part_of_row[i] = last_part;
  }
  for (auto& level : routed) result.new_values.push_back(level.new_values);
  return result;
}

std::vector<std::vector<uint32_t>> rows_by_path(const routing& routed) {
  std::vector<size_t> counts(routed.paths.size());
  for (auto part : routed.part_of_row)
    if (part != nowhere) ++counts[part];
  std::vector<std::vector<uint32_t>> rows(routed.paths.size());
  for (size_t p = 0; p < rows.size(); ++p) rows[p].reserve(counts[p]);
  for (size_t i = 0; i < routed.part_of_row.size(); ++i)
    if (auto part = routed.part_of_row[i]; part != nowhere) rows[part].push_back(static_cast<uint32_t>(i));
  return rows;
}

} // namespace pelorus
