#include "query/plan_prune.hpp"

#include <algorithm>

#include "query/script_error.hpp"
#include "query/sort.hpp"

namespace pelorus {

namespace {

/// Coarseness of a temporal type: what a larger one forgets, a smaller one still knows. 0: not on this ladder.
int coarseness(type_id t) {
  switch (t) {
    case type_id::nanotimestamp: return 1;
    case type_id::timestamp: return 2;
    case type_id::datetime: return 3;
    case type_id::datehour: return 4;
    case type_id::date: return 5;
    case type_id::month: return 6;
    default: return 0;
  }
}

/// Type of function(column), when the function is a monotone cast; VOID otherwise.
type_id cast_type(const std::string& function, type_id column) {
  if (function.empty()) return column;
  auto type = type_from_name(function);
  if (!type || coarseness(*type) == 0 || coarseness(column) == 0) return type_id::void_;
  return coarseness(*type) >= coarseness(column) ? *type : type_id::void_;
}

std::optional<value> cast_scalar(const value& x, type_id to) {
  if (x.is_null()) return std::nullopt;
  if (x.type() == to) return x;
  auto cast = cast_keys(to_column(x), to);
  if (!cast) return std::nullopt;
  return element(**cast, 0);
}

enum class verdict : uint8_t { no, maybe, yes };

/// A predicate seen from one partition level: cast to what both sides can be compared in.
class level_test {
public:
  level_test(const partition_level& level, const predicate& p, type_id column_type)
      : level_(level), test_(p) {
    auto seen = cast_type(p.function, column_type);
    if (seen == type_id::void_) return;
    auto key = level.key_type;
    common_ = coarseness(seen) > coarseness(key) ? seen : key;
    if (coarseness(key) == 0 || coarseness(seen) == 0) common_ = key;
    usable_ = cast_operands(seen);
  }

  verdict operator()(const key_range& keys) const {
    if (!usable_) return verdict::maybe;
    if (keys.bucket >= 0) return hash(keys.bucket);
    if (!keys.key.is_void()) return exact(keys.key);
    if (keys.exact) {
      for (size_t i = 0; i < keys.exact->size(); ++i)
        if (auto answer = exact(element(*keys.exact, i)); answer != verdict::no) return answer;
      return verdict::no;
    }
    if (keys.low.is_void() || keys.high.is_void()) return verdict::maybe;
    auto low = cast_scalar(keys.low, common_), high = cast_scalar(keys.high, common_);
    if (!low || !high || can_match(test_, *low, *high)) return verdict::maybe;
    return verdict::no;
  }

private:
  bool cast_operands(type_id seen) {
    auto lossy = coarseness(common_) > coarseness(seen);
    auto cast = [&](value& x) {
      auto casted = cast_scalar(x, common_);
      lossy = lossy || coarseness(common_) > coarseness(x.type());
      if (casted) x = *casted;
      return casted.has_value();
    };
    switch (test_.kind) {
      case predicate::form::between:
        if (!cast(test_.operand) || !cast(test_.high)) return false;
        break;
      case predicate::form::in: {
        lossy = lossy || coarseness(common_) > coarseness(test_.set->type());
        auto casted = cast_keys(test_.set, common_);
        if (!casted) return false;
        test_.set = *casted;
        break;
      }
      case predicate::form::compare:
        if (!cast(test_.operand)) return false;
        if (lossy && test_.how == op::ne) return false;
        if (lossy && test_.how == op::lt) test_.how = op::le;
        if (lossy && test_.how == op::gt) test_.how = op::ge;
    }
    decides_ = !lossy && common_ == level_.key_type && level_.kind == partition_type::value && seen == common_;
    return true;
  }

  verdict exact(const value& wanted) const {
    auto key = cast_scalar(wanted, common_);
    if (key && !can_match(test_, *key, *key)) return verdict::no;
    return decides_ ? verdict::yes : verdict::maybe;
  }

  verdict hash(int32_t bucket) const {
    auto in_bucket = [&](const column& wanted, size_t i) {
      return hash_bucket(wanted, i, level_.buckets) == bucket;
    };
    if (test_.kind == predicate::form::compare && test_.how == op::eq)
      return in_bucket(*to_column(test_.operand), 0) ? verdict::maybe : verdict::no;
    if (test_.kind != predicate::form::in) return verdict::maybe;
    for (size_t i = 0; i < test_.set->size(); ++i)
      if (test_.set->is_null(i) || in_bucket(*test_.set, i)) return verdict::maybe;
    return verdict::no;
  }

  const partition_level& level_;
  predicate test_;
  type_id common_ = type_id::void_;
  bool usable_ = false, decides_ = false;
};

/// Order of chunks: by their lowest key, level after level.
std::vector<size_t> in_key_order(const table_snapshot& snapshot, const std::vector<chunk_keys>& keys) {
  std::vector<sort_key> order;
  for (size_t level = 0; level < snapshot.database.levels.size(); ++level) {
    if (snapshot.table.partition_columns.empty()) break;
    auto hashed = snapshot.database.levels[level].kind == partition_type::hash ||
                  snapshot.database.levels[level].kind == partition_type::seq;
    auto type = hashed ? type_id::int_ : snapshot.database.levels[level].key_type;
    auto col = column::make_null(type, keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      auto& k = keys[i][level];
      if (hashed) unwrap(set_element(*col, i, value::of_int(k.bucket)));
      else if (!k.key.is_void()) unwrap(set_element(*col, i, k.key));
      else if (k.exact && !k.exact->empty()) unwrap(set_element(*col, i, element(*k.exact, 0)));
      else if (!k.low.is_void()) unwrap(set_element(*col, i, k.low));
    }
    order.push_back({col});
  }
  auto rows = sorted_rows(order, keys.size());
  return {rows.begin(), rows.end()};
}

} // namespace

std::vector<chunk_keys> keys_of_chunks(const table_snapshot& snapshot) {
  std::vector<chunk_keys> result;
  result.reserve(snapshot.chunks.size());
  auto levels = snapshot.table.partition_columns.empty() ? 0 : snapshot.database.levels.size();
  std::vector<segment_decoder> decode;
  for (size_t level = 0; level < levels; ++level) decode.emplace_back(snapshot.database.levels[level]);
  for (auto& chunk : snapshot.chunks) {
    auto& keys = result.emplace_back(levels);
    std::string_view rest{chunk.partition};
    for (size_t level = 0; level < levels; ++level) {
      if (level != 0 && rest.empty())
        throw script_error{ec::corrupt, "Partition '" + chunk.partition + "' does not fit the scheme of " +
                                            snapshot.database.path + "."};
      auto end = std::min(rest.find('/'), rest.size());
      keys[level] = unwrap(decode[level](rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return result;
}

pruned_chunks prune(const table_snapshot& snapshot, const std::vector<chunk_keys>& keys,
                    const std::vector<predicate>& predicates) {
  pruned_chunks result;
  auto& columns = snapshot.table.partition_columns;
  struct test {
    size_t level;
    level_test decide;
  };
  std::vector<test> tests;
  for (auto& p : predicates) {
    auto decided = false;
    for (size_t level = 0; level < columns.size(); ++level)
      if (static_cast<size_t>(columns[level]) == p.column) {
        tests.push_back({level, {snapshot.database.levels[level], p, snapshot.table.columns[p.column].type}});
        decided = true;
      }
    if (!decided) result.exact = false;
  }
  for (auto i : in_key_order(snapshot, keys)) {
    auto answer = verdict::yes;
    for (auto& t : tests) answer = std::min(answer, t.decide(keys[i][t.level]));
    if (answer == verdict::no) continue;
    if (answer == verdict::maybe) result.exact = false;
    result.chunks.push_back(i);
  }
  return result;
}

bool pins_level(const table_snapshot& snapshot, size_t level, size_t column, const std::string& function) {
  if (static_cast<size_t>(snapshot.table.partition_columns[level]) != column) return false;
  auto seen = cast_type(function, snapshot.table.columns[column].type);
  if (seen == type_id::void_) return false;
  if (function.empty()) return true;
  auto key = coarseness(snapshot.database.levels[level].key_type);
  return key != 0 && coarseness(seen) <= key;
}

bool is_monotone_cast(const std::string& function, type_id column) {
  return !function.empty() && cast_type(function, column) != type_id::void_;
}

bool equals_level(const table_snapshot& snapshot, size_t level, size_t column, const std::string& function) {
  if (!pins_level(snapshot, level, column, function)) return false;
  auto& scheme = snapshot.database.levels[level];
  return scheme.kind == partition_type::value &&
         cast_type(function, snapshot.table.columns[column].type) == scheme.key_type;
}

} // namespace pelorus
