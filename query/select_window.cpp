#include "query/select_window.hpp"

#include <algorithm>

#include "query/interpreter.hpp"
#include "query/select_expression.hpp"
#include "query/select_pipeline.hpp"
#include "query/select_tree.hpp"
#include "query/sort.hpp"

namespace pelorus {

namespace {

/// Rows in partitions, in the wanted order; peers are rows that the order by does not tell apart.
struct partitioned_rows {
  grouped_order order;
  std::vector<uint32_t> peer;  ///< by position in order.rows: number of the peer group within all rows
};

class window_run {
public:
  window_run(const window_node& w, row_frame& frame, evaluator& eval)
      : window_(w), call_(as<call_node>(*w.call)), frame_(frame), eval_(eval), names_(frame.columns()),
        binder_(names_, eval), by_(arrange()) {}

  column_ptr operator()() {
    auto name = std::string{called_name(*window_.call)};
    if (auto* kind = find_aggregate(name)) return aggregate_over(*kind);
    std::erase(name, '_');
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name == "rownumber") return numbers([](const partition_view& p, size_t i) { return static_cast<int64_t>(i + 1 - p.begin); });
    if (name == "rank") return numbers([](const partition_view& p, size_t i) {
      while (i > p.begin && p.peer[i - 1] == p.peer[i]) --i;
      return static_cast<int64_t>(i - p.begin + 1);
    });
    if (name == "denserank") return numbers([](const partition_view& p, size_t i) { return static_cast<int64_t>(p.peer[i] - p.peer[p.begin] + 1); });
    if (name == "ntile") return ntile();
    if (name == "lead" || name == "lag") return shifted(name == "lead" ? 1 : -1);
    if (name == "firstvalue") return aggregate_over(*find_aggregate("first"));
    if (name == "lastvalue") return aggregate_over(*find_aggregate("last"));
    throw script_error{ec::not_supported, "'" + std::string{called_name(*window_.call)} +
                                              "' cannot be used with over.", window_.at};
  }

private:
  struct partition_view {
    size_t begin, end;
    const std::vector<uint32_t>& peer;
  };

  column_ptr evaluate(const node_ptr& expr, const char* what) {
    auto bound = binder_.bind(expr, false);
    return as_column(evaluate_rows(bound, frame_, eval_), frame_.rows(), what);
  }

  partitioned_rows arrange() {
    std::vector<column_ptr> keys;
    for (auto& k : window_.partition_by) keys.push_back(evaluate(k, "partition by"));
    auto found = group_rows(keys, frame_.rows());
    partitioned_rows result{order_by_group(found.ids, found.groups()), {}};
    std::vector<sort_key> order;
    auto group = column::make(type_id::int_, frame_.rows());
    std::copy(found.ids.begin(), found.ids.end(), group->mutable_data<int32_t>());
    order.push_back({group});
    std::vector<column_ptr> peers{group};
    for (auto& item : window_.order_by) {
      order.push_back({evaluate(item.expr, "order by"), item.descending, static_cast<sort_key::nulls>(item.place)});
      peers.push_back(order.back().keys);
    }
    if (!window_.order_by.empty()) result.order.rows = sorted_rows(order, frame_.rows());
    auto peer_groups = group_rows(peers, frame_.rows());
    result.peer.resize(frame_.rows());
    uint32_t number = 0;
    for (size_t i = 0; i < result.peer.size(); ++i) {
      if (i > 0 && peer_groups.ids[result.order.rows[i]] != peer_groups.ids[result.order.rows[i - 1]]) ++number;
      result.peer[i] = number;
    }
    return result;
  }

  template <class F>
  column_ptr numbers(F&& f) {
    auto result = column::make(type_id::int_, frame_.rows());
    auto* to = result->mutable_data<int32_t>();
    each_partition([&](const partition_view& p) {
      for (auto i = p.begin; i < p.end; ++i) to[by_.order.rows[i]] = static_cast<int32_t>(f(p, i));
    });
    result->set_no_nulls();
    return result;
  }

  template <class F>
  void each_partition(F&& f) {
    for (size_t g = 0; g + 1 < by_.order.offsets.size(); ++g)
      f(partition_view{by_.order.offsets[g], by_.order.offsets[g + 1], by_.peer});
  }

  int64_t integer_argument(size_t i, int64_t otherwise) {
    if (i >= call_.arguments.size() || !call_.arguments[i].expr) return otherwise;
    return eval_.evaluate(*call_.arguments[i].expr).as_long();
  }

  column_ptr ntile() {
    auto buckets = std::max<int64_t>(1, integer_argument(0, 1));
    return numbers([&](const partition_view& p, size_t i) {
      auto n = static_cast<int64_t>(p.end - p.begin), at = static_cast<int64_t>(i - p.begin);
      auto big = n % buckets, small = n / buckets;
      return at < big * (small + 1) ? at / (small + 1) + 1 : big + (at - big * (small + 1)) / std::max<int64_t>(small, 1) + 1;
    });
  }

  column_ptr shifted(int64_t direction) {
    auto input = evaluate(call_.arguments.at(0).expr, "over");
    auto by = direction * integer_argument(1, 1);
    std::vector<int64_t> from(frame_.rows(), -1);
    each_partition([&](const partition_view& p) {
      for (auto i = p.begin; i < p.end; ++i) {
        auto source = static_cast<int64_t>(i) + by;
        if (source >= static_cast<int64_t>(p.begin) && source < static_cast<int64_t>(p.end))
          from[by_.order.rows[i]] = by_.order.rows[static_cast<size_t>(source)];
      }
    });
    return input->gather(std::span<const int64_t>{from});
  }

  // -- aggregates over a frame of rows ------------------------------------------------------------------

  int64_t bound_at(const window_node::bound& b, int64_t i, const partition_view& p, int64_t offset) const {
    using place = window_node::bound::place;
    switch (b.where) {
      case place::unbounded_preceding: return static_cast<int64_t>(p.begin);
      case place::preceding: return i - offset;
      case place::current_row: return i;
      case place::following: return i + offset;
      case place::unbounded_following: return static_cast<int64_t>(p.end) - 1;
    }
    return i;
  }

  /// First and last position (inclusive) of the frame of the row at position i.
  std::pair<int64_t, int64_t> frame_of(int64_t i, const partition_view& p, int64_t low, int64_t high) const {
    auto begin = static_cast<int64_t>(p.begin), last = static_cast<int64_t>(p.end) - 1;
    if (!window_.has_frame) {
      if (window_.order_by.empty()) return {begin, last};
      auto end = i;
      while (end < last && by_.peer[static_cast<size_t>(end) + 1] == by_.peer[static_cast<size_t>(i)]) ++end;
      return {begin, end};
    }
    return {std::max(begin, bound_at(window_.from, i, p, low)), std::min(last, bound_at(window_.to, i, p, high))};
  }

  /// Evaluates the kernel with one group a row, in portions, so that wide frames do not need wide memory.
  column_ptr aggregate_over(const aggregate_kind& kind) {
    if (window_.by_range && window_.has_frame)
      throw script_error{ec::not_supported, "range frames are not supported; use rows.", window_.at};
    std::vector<column_ptr> inputs;
    for (size_t i = 0; i < kind.inputs; ++i) {
      auto star = i < call_.arguments.size() && call_.arguments[i].expr->kind == node_kind::star;
      inputs.push_back(star || i >= call_.arguments.size() ? ones() : evaluate(call_.arguments[i].expr, "over"));
    }
    std::vector<value> parameters;
    for (auto i = size_t{kind.inputs}; i < call_.arguments.size(); ++i)
      parameters.push_back(eval_.evaluate(*call_.arguments[i].expr));
    auto offset = [&](const window_node::bound& b) { return b.offset ? eval_.evaluate(*b.offset).as_long() : 0; };
    auto low = offset(window_.from), high = offset(window_.to);
    portion work{kind, inputs, parameters};
    each_partition([&](const partition_view& p) {
      for (auto i = static_cast<int64_t>(p.begin); i < static_cast<int64_t>(p.end); ++i) {
        auto [from, to] = frame_of(i, p, low, high);
        for (auto k = from; k <= to; ++k) {
          work.rows.push_back(by_.order.rows[static_cast<size_t>(k)]);
          work.ids.push_back(work.groups);
        }
        ++work.groups;
        if (work.rows.size() > 1'000'000) work.flush();
      }
    });
    work.flush();
    std::vector<uint32_t> back(frame_.rows());
    for (uint32_t i = 0; i < back.size(); ++i) back[by_.order.rows[i]] = i;
    if (work.results.empty()) return column::make(type_id::int_, 0);
    return concatenate(work.results, {}, false)->gather(std::span<const uint32_t>{back});
  }

  struct portion {
    const aggregate_kind& kind;
    const std::vector<column_ptr>& inputs;
    const std::vector<value>& parameters;
    std::vector<uint32_t> rows = {}, ids = {};
    uint32_t groups = 0;
    std::vector<value> results = {};

    void flush() {
      if (groups == 0) return;
      std::vector<column_ptr> parts;
      for (auto& c : inputs) parts.push_back(c->gather(std::span<const uint32_t>{rows}));
      results.emplace_back(kind.kernel({parts, parameters, {rows.size(), groups, ids.data()}}));
      rows.clear();
      ids.clear();
      groups = 0;
    }
  };

  column_ptr ones() const {
    auto result = column::make(type_id::int_, frame_.rows());
    std::fill_n(result->mutable_data<int32_t>(), frame_.rows(), 1);
    result->set_no_nulls();
    return result;
  }

  const window_node& window_;
  const call_node& call_;
  row_frame& frame_;
  evaluator& eval_;
  column_names names_;
  expression_binder binder_;
  partitioned_rows by_;
};

} // namespace

column_ptr window_column(const window_node& window, row_frame& frame, evaluator& eval) {
  return window_run{window, frame, eval}();
}

} // namespace pelorus
