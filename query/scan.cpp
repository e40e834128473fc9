#include "query/scan.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "storage/parallel.hpp"

namespace pelorus {

namespace {

constexpr size_t portion_rows = 4096;
constexpr size_t portions_between_checks = 64;

/// What one thread found in its rows.
class part_scan {
public:
  explicit part_scan(const scan_request& request) : request_(request), sizes_(request.groups, 0) {
    for (auto& a : request.aggregates) states_.push_back(make_scan_state(a.name, a.inputs, request.groups));
  }

  void run(size_t from, size_t to) {
    size_t done = 0;
    for (auto at = from; at < to; at += portion_rows) {
      if (done++ % portions_between_checks == 0 && request_.check) request_.check();
      take(at, std::min(portion_rows, to - at));
    }
  }

  void join(const part_scan& later) {
    for (size_t g = 0; g < sizes_.size(); ++g) sizes_[g] += later.sizes_[g];
    for (size_t a = 0; a < states_.size(); ++a) states_[a]->join(*later.states_[a]);
  }

  std::span<const uint32_t> sizes() const { return sizes_; }
  column_ptr result(size_t aggregate, std::span<const uint32_t> groups) const {
    return states_[aggregate]->finish(groups, sizes_);
  }

private:
  void take(size_t from, size_t n) {
    portion p{from, n, nullptr, nullptr, {}};
    if (!request_.filters.empty()) {
      p.rows = kept_.data();
      p.count = request_.filters.front().pick(from, n, kept_.data());
      for (size_t f = 1; f < request_.filters.size(); ++f) p.count = request_.filters[f].refine(from, kept_.data(), p.count);
      if (p.count == 0) return;
    }
    group(p);
    count_rows(p, sizes_.data());
    for (auto& s : states_) s->take(p);
  }

  void group(portion& p) {
    if (request_.ids != nullptr) {
      p.groups = request_.ids + p.from;
    } else if (request_.keys != nullptr) {
      auto* codes = p.rows == nullptr ? request_.keys->codes() : nullptr;
      if (codes == nullptr) request_.keys->read(p.from, p.count, p.rows, numbers_.data());
      p.groups = codes ? codes + p.from : numbers_.data();
    } else {
      return;
    }
    find_runs(p);
  }

  /// Sorted data come in long runs of one group: states then stay in registers.
  void find_runs(portion& p) {
    auto changes = [&](size_t n) {
      size_t count = 0;
      for (size_t i = 1; i < n; ++i) count += p.groups[i] != p.groups[i - 1];
      return count;
    };
    constexpr size_t sample = 64, long_run = 8;
    if (p.count < sample || changes(sample) > sample / long_run) return;
    size_t n = 1;
    runs_[0] = 0;
    for (size_t i = 1; i < p.count; ++i) {
      runs_[n] = static_cast<uint32_t>(i);
      n += p.groups[i] != p.groups[i - 1];
    }
    runs_[n] = static_cast<uint32_t>(p.count);
    if (n * 4 <= p.count) p.runs = {runs_.data(), n + 1};
  }

  const scan_request& request_;
  scratch<uint32_t> sizes_;
  std::vector<std::unique_ptr<scan_state>> states_;
  std::array<uint32_t, portion_rows> kept_, numbers_;
  std::array<uint32_t, portion_rows + 1> runs_;
};

} // namespace

scan_answer scan_rows(const scan_request& request) {
  auto parts = parts_of(request.rows, std::max<size_t>(size_t{1} << 16, request.groups));
  std::vector<std::unique_ptr<part_scan>> scans(parts);
  for_each_part(request.rows, parts, [&](size_t p, size_t from, size_t to) {
    scans[p] = std::make_unique<part_scan>(request);
    scans[p]->run(from, to);
  });
  auto& whole = *scans.front();
  for (size_t p = 1; p < parts; ++p) whole.join(*scans[p]);
  scan_answer answer;
  if (request.keys != nullptr) {
    for (uint32_t g = 0; g < request.groups; ++g)
      if (whole.sizes()[g] != 0) answer.groups.push_back(g);
    answer.groups = request.keys->in_key_order(std::move(answer.groups));
  } else {
    answer.groups.resize(request.groups);
    std::iota(answer.groups.begin(), answer.groups.end(), 0u);
  }
  for (size_t a = 0; a < request.aggregates.size(); ++a) answer.results.push_back(whole.result(a, answer.groups));
  return answer;
}

} // namespace pelorus
