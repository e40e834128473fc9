// Keys of partitions: casting, spelling as path segments, hashing, and checks of a scheme.
#include "storage/partition.hpp"

#include <charconv>
#include <cstring>
#include <unordered_set>

#include <fmt/format.h>

#include "storage/checksum.hpp"
#include "storage/temporal.hpp"

namespace pelorus {

namespace {

error bad_key_type(const column& keys, type_id wanted) {
  return {ec::type_mismatch, fmt::format("a partition column of type {} cannot be used with a partition scheme of type {}",
                                         type_name(keys.type()), type_name(wanted))};
}

/// Path segments name directories: anything but letters, digits and a few signs is percent-escaped.
std::string safe_name(std::string_view text) {
  std::string result;
  for (char c : text) {
    auto u = static_cast<unsigned char>(c);
    bool plain = std::isalnum(u) || c == '_' || c == '-' || c == '+' || u >= 0x80;
    if (plain) result += c;
    else result += fmt::format("%{:02X}", u);
  }
  return result.empty() ? "%" : result;
}

std::string plain_name(std::string_view segment) {
  if (segment == "%") return {};
  std::string result;
  for (size_t i = 0; i < segment.size(); ++i) {
    unsigned code = 0;
    if (segment[i] == '%' && i + 2 < segment.size() &&
        std::from_chars(segment.data() + i + 1, segment.data() + i + 3, code, 16).ec == std::errc{}) {
      result += static_cast<char>(code);
      i += 2;
    } else {
      result += segment[i];
    }
  }
  return result;
}

std::string spelled(const column& keys, size_t i) {
  auto type = keys.type();
  if (is_text(type)) return safe_name(keys.text(i));
  auto raw = element(keys, i).raw_int();
  if (type == type_id::date) {
    auto d = civil_from_days(static_cast<int32_t>(raw));
    return fmt::format("{:04}{:02}{:02}", d.year, d.month, d.day);
  }
  if (type == type_id::month) return fmt::format("{:04}{:02}M", floor_div(raw, 12), raw - floor_div(raw, 12) * 12 + 1);
  if (type == type_id::datehour) {
    auto d = civil_from_days(static_cast<int32_t>(floor_div(raw, 24)));
    return fmt::format("{:04}{:02}{:02}T{:02}", d.year, d.month, d.day, raw - floor_div(raw, 24) * 24);
  }
  if (is_floating(type)) return safe_name(fmt::format("{}", element(keys, i).raw_real()));
  return fmt::format("{}", raw);
}

bool digits(std::string_view text, int64_t& x) {
  auto end = std::from_chars(text.data(), text.data() + text.size(), x);
  return end.ec == std::errc{} && end.ptr == text.data() + text.size();
}

/// The raw key a VALUE segment spells; false when it does not.
bool parse_spelled(type_id type, std::string_view segment, int64_t& raw) {
  auto date_at = [](std::string_view text, int64_t& days) {
    int64_t number = 0;
    if (text.size() < 8 || !digits(text, number) || number < 0 || number / 10000 > 9999) return false;
    civil_date d{static_cast<int32_t>(number / 10000), static_cast<uint32_t>(number / 100 % 100), static_cast<uint32_t>(number % 100)};
    days = days_from_civil(d.year, d.month, d.day);
    auto back = civil_from_days(static_cast<int32_t>(days));
    return back.year == d.year && back.month == d.month && back.day == d.day;
  };
  if (type == type_id::date) return date_at(segment, raw);
  if (type == type_id::month) {
    int64_t number = 0;
    if (!segment.ends_with('M') || !digits(segment.substr(0, segment.size() - 1), number)) return false;
    raw = number / 100 * 12 + number % 100 - 1;
    return true;
  }
  if (type == type_id::datehour) {
    auto t = segment.find('T');
    int64_t days = 0, hour = 0;
    if (t == std::string_view::npos || !date_at(segment.substr(0, t), days) || !digits(segment.substr(t + 1), hour)) return false;
    raw = days * 24 + hour;
    return true;
  }
  return digits(segment, raw);
}

} // namespace

expected<column_ptr> cast_keys(const column_ptr& keys, type_id key_type) {
  if (keys->type() == key_type) return keys;
  if (is_temporal(key_type)) {
    if (!is_temporal(keys->type())) return bad_key_type(*keys, key_type);
    auto cast = convert_temporal(keys, key_type);
    return cast ? cast : bad_key_type(*keys, key_type);
  }
  if (is_text(key_type) && is_text(keys->type())) {
    auto text = column::make(key_type);
    text->append(*keys);
    return text;
  }
  bool integers = is_integral(key_type) && is_integral(keys->type());
  if (!integers) return bad_key_type(*keys, key_type);
  auto cast = column::make(key_type, keys->size());
  for (size_t i = 0; i < keys->size(); ++i) PELORUS_TRY(set_element(*cast, i, element(*keys, i)));
  return cast;
}

std::string partition_segment(const partition_level& level, size_t ordinal) {
  switch (level.kind) {
    case partition_type::value: return spelled(*level.values, ordinal);
    case partition_type::range: return spelled(*level.values, ordinal) + "_" + spelled(*level.values, ordinal + 1);
    case partition_type::list: return fmt::format("List{}", ordinal);
    case partition_type::hash: return fmt::format("Key{}", ordinal);
    default: return fmt::format("{}", ordinal);
  }
}

expected<key_range> segment_keys(const partition_level& level, std::string_view segment) {
  return segment_decoder{level}(segment);
}

segment_decoder::segment_decoder(const partition_level& level) : level_(&level) {
  if (level.kind == partition_type::range)
    for (size_t i = 0; i + 1 < level.values->size(); ++i) ranges_.emplace(partition_segment(level, i), i);
}

expected<key_range> segment_decoder::operator()(std::string_view segment) const {
  auto bad = [&] { return error{ec::corrupt, fmt::format("[{}] is not a {} partition", segment, partition_type_name(level_->kind))}; };
  key_range range;
  int64_t number = 0;
  switch (level_->kind) {
    case partition_type::value: {
      auto type = level_->key_type;
      if (is_text(type)) range.key = value::of_text(plain_name(segment), type);
      else if (parse_spelled(type, segment, number)) range.key = value::integral(type, number);
      else return bad();
      return range;
    }
    case partition_type::range: {
      auto found = ranges_.find(std::string{segment});
      if (found == ranges_.end()) return bad();
      range.low = element(*level_->values, found->second);
      range.high = element(*level_->values, found->second + 1);
      return range;
    }
    case partition_type::list:
      if (!segment.starts_with("List") || !digits(segment.substr(4), number) ||
          static_cast<size_t>(number) >= level_->lists.size())
        return bad();
      range.exact = level_->lists[static_cast<size_t>(number)];
      return range;
    case partition_type::hash:
      if (!segment.starts_with("Key") || !digits(segment.substr(3), number)) return bad();
      range.bucket = static_cast<int32_t>(number);
      return range;
    default: return range;
  }
}

int32_t hash_bucket(const column& keys, size_t row, int32_t buckets) {
  if (keys.is_null(row)) return -1;
  uint64_t hash = 0;
  if (is_text(keys.type())) {
    hash = checksum(keys.text(row));
  } else if (keys.physical() == physical::b16) {
    hash = checksum(keys.raw(row), 16);
  } else {
    auto raw = static_cast<uint64_t>(element(keys, row).raw_int());
    hash = raw;  // integers spread by their remainder, as users expect of HASH([INT, n])
  }
  return static_cast<int32_t>(hash % static_cast<uint64_t>(buckets));
}

namespace {
std::string check_level(const partition_level& level) {
  switch (level.kind) {
    case partition_type::value: {
      if (!level.values || level.values->empty()) return "a VALUE scheme needs at least one value";
      if (!is_temporal(level.key_type) && !is_integral(level.key_type) && !is_text(level.key_type))
        return fmt::format("a VALUE scheme cannot have values of type {}", type_name(level.key_type));
      std::unordered_set<std::string> seen;
      for (size_t i = 0; i < level.values->size(); ++i) {
        if (level.values->is_null(i)) return "a VALUE scheme must not contain a null";
        if (!seen.insert(partition_segment(level, i)).second)
          return fmt::format("the value {} occurs twice in a VALUE scheme", partition_segment(level, i));
      }
      return "";
    }
    case partition_type::range: {
      if (!level.values || level.values->size() < 2) return "a RANGE scheme needs at least two edges";
      if (is_floating(level.key_type))
        return fmt::format("a RANGE scheme cannot have edges of type {}", type_name(level.key_type));
      for (size_t i = 0; i + 1 < level.values->size(); ++i) {
        bool ascending = is_text(level.key_type) ? level.values->text(i) < level.values->text(i + 1)
                                                 : element(*level.values, i).as_double() < element(*level.values, i + 1).as_double();
        if (!ascending) return fmt::format("the edges of a RANGE scheme must ascend; edge {} does not", i + 1);
      }
      return "";
    }
    case partition_type::list: return level.lists.empty() ? "a LIST scheme needs at least one list" : "";
    case partition_type::hash: case partition_type::seq:
      return level.buckets > 0 ? "" : "a HASH or SEQ scheme needs a positive number of partitions";
    default: return "a COMPO scheme is made of single-level schemes";
  }
}
} // namespace

std::string check_levels(const std::vector<partition_level>& levels) {
  if (levels.empty()) return "a database needs a partition scheme";
  if (levels.size() > 3) return fmt::format("a COMPO scheme has at most 3 levels, not {}", levels.size());
  for (size_t i = 0; i < levels.size(); ++i)
    if (auto wrong = check_level(levels[i]); !wrong.empty())
      return levels.size() == 1 ? wrong : fmt::format("level {}: {}", i + 1, wrong);
  return "";
}

} // namespace pelorus
