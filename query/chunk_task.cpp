#include "query/chunk_task.hpp"

#include <algorithm>
#include <numeric>

#include "query/interpreter.hpp"
#include "query/parser.hpp"
#include "query/plan.hpp"
#include "query/select_pipeline.hpp"
#include "query/window_task.hpp"
#include "storage/checksum.hpp"
#include "storage/column_cache.hpp"

namespace pelorus {

namespace {

/// A stored chunk as a source of rows. Conditions may rule out blocks before anything is read; row numbers count
/// within the blocks that are left.
class chunk_source final : public row_source {
public:
  explicit chunk_source(const chunk_reader& reader) : reader_(reader), whole_(reader.columns().size()) {
    for (size_t b = 0; b < reader.blocks().size(); ++b) blocks_.push_back(b);
    number_rows();
  }

  size_t rows() const override { return rows_; }
  const schema& columns() const override { return reader_.columns(); }

  std::optional<std::pair<value, value>> range_of(size_t column) override {
    std::optional<std::pair<value, value>> all;
    auto type = columns()[column].type;
    if (!is_integral(type) && !is_temporal(type)) return std::nullopt;
    for (auto b : blocks_) {
      auto r = reader_.range_of(column, b);
      if (!r || r->nulls != 0 || r->low.is_null() || r->high.is_null()) return std::nullopt;
      if (!all) all.emplace(r->low, r->high);
      if (r->low.raw_int() < all->first.raw_int()) all->first = r->low;
      if (r->high.raw_int() > all->second.raw_int()) all->second = r->high;
    }
    return all;
  }

  column_ptr load(size_t column) override {
    if (!whole_[column]) {
      auto all = blocks_.size() == reader_.blocks().size();
      whole_[column] = unwrap(all ? reader_.read(column) : reader_.read(column, blocks_));
    }
    return whole_[column];
  }

  /// Decodes only the blocks that the rows lie in, when these are few.
  column_ptr load_rows(size_t column, std::span<const uint32_t> rows) override {
    if (whole_[column] || !std::is_sorted(rows.begin(), rows.end())) return load(column)->gather(rows);
    std::vector<size_t> needed;
    std::vector<uint32_t> within(rows.size());
    size_t at = 0;
    uint32_t before = 0;  // rows of the needed blocks in front of the current one
    for (size_t i = 0; i < rows.size(); ++i) {
      while (rows[i] >= starts_[at + 1]) ++at;
      if (needed.empty() || needed.back() != blocks_[at]) {
        if (!needed.empty()) before += static_cast<uint32_t>(reader_.blocks()[needed.back()].rows);
        needed.push_back(blocks_[at]);
      }
      within[i] = before + rows[i] - starts_[at];
    }
    if (needed.size() * 2 > blocks_.size()) return load(column)->gather(rows);
    return unwrap(reader_.read(column, needed))->gather(std::span<const uint32_t>{within});
  }

  const std::vector<size_t>& blocks() const { return blocks_; }
  /// No block was left out.
  bool is_whole() const { return blocks_.size() == reader_.blocks().size(); }

  /// Leaves out the blocks in which no row can satisfy the predicate. Only before anything was loaded.
  void skip_blocks(const predicate& p) {
    std::erase_if(blocks_, [&](size_t b) {
      auto range = reader_.range_of(p.column, b);
      if (!range || range->low.is_void() || range->high.is_void()) return false;
      auto low = range->nulls != 0 ? value::null(range->low.type()) : range->low;
      return !can_match(p, low, range->high);
    });
    number_rows();
  }

private:
  void number_rows() {
    starts_.assign(1, 0);
    for (auto b : blocks_) starts_.push_back(starts_.back() + static_cast<uint32_t>(reader_.blocks()[b].rows));
    rows_ = starts_.back();
  }

  const chunk_reader& reader_;
  std::vector<size_t> blocks_;     // those still in question
  std::vector<uint32_t> starts_;   // first row of each of them, and the end
  size_t rows_ = 0;
  std::vector<column_ptr> whole_;
};

/// A plan made ready: its own session with the parameters as variables, and its tree.
class map_side {
public:
  map_side(const chunk_plan& plan, session& who) {
    local_.user = who.user;
    local_.is_admin = who.is_admin;
    local_.logged_in = who.logged_in;
    local_.node = who.node;
    local_.cancel = who.cancel;
    if (!plan.functions.empty()) (void)unwrap(run_definitions(plan.functions));
    for (auto& [name, x] : decode_parameters(plan)) local_.variables.set(name, x);
    for (auto& own : plan.of_chunk)
      for (auto& [name, x] : own) local_.variables.set(name, x);
    parse_options options;
    options.known = [this](std::string_view name) {
      auto* x = local_.variables.find(name);
      if (x == nullptr) return name_use::unknown;
      return x->type() == type_id::functiondef ? name_use::function : name_use::variable;
    };
    tree_ = parse_expression(plan.sql, options);
    if (tree_->kind != node_kind::select)
      throw script_error{ec::bad_argument, "The map side of a query must be a select."};
  }

  const select_node& query() const { return as<select_node>(*tree_); }
  session& who() { return local_; }

private:
  expected<value> run_definitions(const std::string& text) { return run(text, local_); }

  session local_;
  node_ptr tree_;
};

template <class F>
expected<table_ptr> guarded(F&& f) {
  try {
    return f();
  } catch (const script_error& e) {
    return error{e.code(), e.message()};
  } catch (const memory_exceeded&) {
    auto e = current_script_error();
    return error{e.code(), e.message()};
  }
}

// -- order ------------------------------------------------------------------------------------------------

/// The order of all rows of a version stays the same, and working it out costs more than most queries: it is kept beside
/// the columns, as no rows when they are in order as they lie.
column_key key_of(const chunk_reader& reader, const chunk_order& order) {
  uint64_t keys = static_cast<uint64_t>(order.keep);
  for (auto key : order.keys) keys = checksum(reader.columns()[key].stored_name(), keys);
  constexpr uint64_t order_part = ~uint64_t{0} - 2;  // the last two are chunk_reader's
  return {reader.identity(), keys, order_part};
}

std::optional<row_list> kept_order(const column_key& key) {
  auto kept = column_cache::indexes().find(key);
  if (!kept) return std::nullopt;
  row_list rows(kept->size());
  std::copy_n(kept->data<int32_t>(), rows.size(), rows.begin());
  return rows;
}

void keep_order(const column_key& key, const row_list& rows) {
  auto kept = column::make(type_id::int_, rows.size());
  std::copy(rows.begin(), rows.end(), kept->mutable_data<int32_t>());  // there may be none
  column_cache::indexes().put(key, std::move(kept));
}

/// The rows of the blocks that are left, in order; segments that are sorted are merged, a single one is read as it is.
row_source_ptr put_in_order(const std::shared_ptr<chunk_source>& source, const chunk_reader& reader, const chunk_order& order) {
  if (order.keys.empty()) return source;
  auto runs = runs_of(reader, source->blocks(), order);
  if (runs.is_order(order.keep) || source->rows() == 0) return source;
  auto key = key_of(reader, order);
  if (source->is_whole())
    if (auto rows = kept_order(key)) return rows->empty() ? source : rows_of(source, *std::move(rows));
  std::vector<column_ptr> keys;
  for (auto column : order.keys) keys.push_back(source->load(column));
  auto rows = rows_in_order(keys, source->rows(), order.keep, runs);
  if (source->is_whole()) keep_order(key, rows ? *rows : row_list{});
  return rows ? rows_of(source, *std::move(rows)) : source;
}

/// A select over the result of moving windows, as plan_windows.cpp sends it.
table_ptr run_after(const value& then, const table_ptr& rows, session& who) {
  if (!then.is_vector() || then.type() != type_id::any || then.size() != 3)
    throw script_error{ec::corrupt, "The parameters of a chunk task are malformed."};
  auto text = [&](size_t i) { return std::string{element(then.vec(), i).text()}; };
  chunk_plan plan;
  plan.sql = text(0);
  plan.parameters = text(1);
  plan.functions = text(2);
  return unwrap(run_map_side(plan, std::make_shared<table_source>(rows), who));
}

table_ptr run_on(map_side& side, row_source_ptr rows) {
  evaluator eval{side.who()};
  auto& variables = side.who().variables;
  if (auto* reach = variables.find(window_parameter::reach)) {
    auto *halo = variables.find(window_parameter::halo), *then = variables.find(window_parameter::then);
    auto before = halo ? halo->as<table>() : nullptr;
    if (!before || then == nullptr || reach->as_long() < 1)
      throw script_error{ec::corrupt, "The parameters of a chunk task are malformed."};
    auto moved = run_windows(side.query(), std::move(rows), before, static_cast<size_t>(reach->as_long()), eval);
    return run_after(*then, moved, side.who());
  }
  column_names names{rows->columns()};
  return select_pipeline{side.query(), std::move(rows), names, eval}.run();
}

} // namespace

expected<table_ptr> run_map_side(const chunk_plan& plan, row_source_ptr rows, session& who) {
  return guarded([&] {
    map_side side{plan, who};
    return run_on(side, std::move(rows));
  });
}

expected<table_ptr> run_chunk_task(const chunk_plan& plan, const chunk_reader& reader, session& who,
                                   const chunk_order& order) {
  return guarded([&] {
    map_side side{plan, who};
    auto source = std::make_shared<chunk_source>(reader);
    column_names names{reader.columns()};
    evaluator eval{side.who()};
    expression_binder binder{names, eval};
    auto predicates = pruning_of(side.query(), binder).predicates;
    std::erase_if(predicates, [&](auto& p) { return !p.is_typed(reader.columns()); });
    // A row that fails a condition may yet displace one that does not, unless they have to share what it looks at.
    for (auto& p : predicates)
      if (order.keep == chunk_order::duplicates::all || order.is_key(p.column)) source->skip_blocks(p);
    if (runs_of(reader, source->blocks(), order).is_order(order.keep))  // nothing displaces anything
      for (auto& p : predicates) source->skip_blocks(p);
    return run_on(side, put_in_order(source, reader, order));
  });
}

} // namespace pelorus
