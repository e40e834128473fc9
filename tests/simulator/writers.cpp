#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include "actors/append_coordinator.hpp"
#include "actors/errors.hpp"
#include "tests/simulator/ledger.hpp"

namespace pelorus::simulation {

namespace {

constexpr milliseconds step_deadline{5'000}, pause{50}, probe_pause{2'000};
constexpr int32_t prober = 99;

append_order order_of(const entry& x, const place& from, uint64_t frame_bytes) {
  append_order order;
  order.begin.database = database_path;
  order.begin.table = table_name;
  order.begin.coordinator = from.alias;
  order.begin.incarnation = from.incarnation;
  order.rows = rows_of(x, x.partitions.size());
  order.step_deadline = step_deadline;
  order.frame_bytes = frame_bytes;
  uint32_t next = 0;
  for (auto p : x.partitions) {
    order.begin.partitions.push_back(std::to_string(p));
    auto& numbers = order.rows_of.emplace_back();
    for (int32_t i = 0; i < rows_of_entry; ++i) numbers.push_back(next++);
  }
  return order;
}

} // namespace

table_ptr rows_of(const entry& x, size_t partitions) {
  auto rows = std::make_shared<table>(schema{{"writer", type_id::int_, 0, "", ""}, {"sequence", type_id::long_, 0, "", ""}, {"item", type_id::int_, 0, "", ""}});
  for (size_t p = 0; p < partitions; ++p)
    for (int32_t i = 0; i < rows_of_entry; ++i) {
      rows->own(0).push(x.writer);
      rows->own(1).push(x.sequence);
      rows->own(2).push(i);
    }
  return rows;
}

told told_by(const error& why) {
  return why.message.find("may or may not") != std::string::npos ? told::unknown : told::refused;
}

void append_entry(cluster& where, cluster::process& x, const entry& what, uint64_t frame_bytes, std::function<void(told)> then) {
  auto coordinator = where.adopt(x, caf::actor_cast<caf::actor>(where.system().spawn(
      append_coordinator, caf::actor_cast<peers_actor>(x.peers), order_of(what, x.where, frame_bytes))));
  where.adopt(x, where.system().spawn([coordinator, then](caf::event_based_actor* self) {
    self->request(caf::actor_cast<append_coordinator_actor>(coordinator), caf::infinite, run_append{})
        .then([then](uint64_t) { then(told::acknowledged); },
              [then](caf::error& err) { then(told_by(from_caf(err, "a write"))); });
  }));
}

writers::writers(cluster& where, ledger& book, workload load) : cluster_(where), book_(book), load_(load), written_(load.writers), busy_(load.writers) {
  cluster_.on_start = [this](cluster::process& x) { start(x); };
  for (auto& x : cluster_.processes()) start(x);
}

bool writers::done() const {
  for (size_t w = 0; w < written_.size(); ++w)
    if (busy_[w] || written_[w] < load_.entries) return false;
  return true;
}

void writers::start(cluster::process& x) {
  for (int32_t w = 0; w < load_.writers; ++w) {
    auto home = w == 0 ? std::string{writer_alias} : fmt::format("N{}", w);
    if (home != x.where.alias) continue;
    busy_[w] = 0;
    write(x, w);
  }
}

void writers::write(cluster::process& x, int32_t writer) {
  if (written_[writer] == load_.entries) return;
  std::vector<int> partitions;
  for (int p = 0; p < load_.partitions; ++p)
    if (!load_.mixes || cluster_.random()() % 2 == 0) partitions.push_back(p);
  if (partitions.empty()) partitions.push_back(0);
  bool replaces = load_.replaces && cluster_.random()() % 3 == 0;
  auto number = book_.begin({writer, written_[writer]++, std::move(partitions), told::unknown, replaces});
  busy_[writer] = 1;
  auto where = x.where;
  auto write_it = replaces ? replace_entry : append_entry;
  write_it(cluster_, x, book_.entries()[number], load_.frame_bytes, [this, number, writer, where](told answer) {
    book_.end(number, answer);
    busy_[writer] = 0;
    cluster_.at(cluster_.now() + pause, [this, writer, where] {
      auto& x = cluster_.of(where.alias);
      if (x.runs && x.where == where) write(x, writer);
    });
  });
}

void writers::probe() {
  probed_ = false;
  std::vector<int> partitions;
  for (int p = 0; p < load_.partitions; ++p) partitions.push_back(p);
  auto number = book_.begin({prober, static_cast<int64_t>(book_.entries().size()), std::move(partitions)});
  append_entry(cluster_, cluster_.of(writer_alias), book_.entries()[number], load_.frame_bytes, [this, number](told answer) {
    book_.end(number, answer);
    if (answer == told::acknowledged) probed_ = true;
    else cluster_.at(cluster_.now() + probe_pause, [this] { probe(); });
  });
}

} // namespace pelorus::simulation
