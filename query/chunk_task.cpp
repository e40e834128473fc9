#include "query/chunk_task.hpp"

#include <algorithm>
#include <numeric>

#include "query/interpreter.hpp"
#include "query/parser.hpp"
#include "query/plan.hpp"
#include "query/select_pipeline.hpp"

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

table_ptr run_on(map_side& side, row_source_ptr rows) {
  evaluator eval{side.who()};
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
    // A row that fails a condition may yet displace one that does not, unless they have to share what it looks at.
    auto may_skip = [&](const predicate& p) { return order.keep == chunk_order::duplicates::all || order.is_key(p.column); };
    for (auto& p : pruning_of(side.query(), binder).predicates)
      if (p.is_typed(reader.columns()) && may_skip(p)) source->skip_blocks(p);
    return run_on(side, in_order(source, order));
  });
}

} // namespace pelorus
