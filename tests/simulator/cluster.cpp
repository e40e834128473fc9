#include "tests/simulator/cluster.hpp"

#include <algorithm>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

namespace pelorus::simulation {

namespace {

constexpr milliseconds hang_time{30'000}, notice_time{2};
constexpr time_point begin_of_time{std::chrono::hours{24}};

} // namespace

cluster::cluster(caf::actor_system& system, cluster_options options, fault_plan& faults)
    : system_(system), scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())), options_(std::move(options)),
      faults_(faults), random_(options_.seed) {
  disk_ = std::make_unique<faulty_disk>(
      options_.root, faulty_disk::hooks{[this](uint64_t number, const std::string& node, disk_step step) { return faults_.fate_of(number, node, step); },
                                        [this](const std::string& node) { of(node).dying = true; }});
  network::hooks hooks;
  hooks.fate = [this](uint64_t number, const packet& x) { return faults_.fate_of(number, x); };
  hooks.latency = [this] { return options_.shuffles ? milliseconds{random_() % 6} : milliseconds{1}; };
  hooks.now = [this] { return now(); };
  hooks.runs = [this](const place& where) { return find(where) != nullptr; };
  hooks.dies = [this](const place& where) {
    if (auto* x = find(where)) {
      x->dying = true;
      disk_->power_off(where.alias);
    }
  };
  hooks.dies_when_idle = [this](const place& where) {
    if (auto* x = find(where)) x->dies_when_idle = true;
  };
  hooks.hangs = [this](const place& where) {
    if (auto* x = find(where)) x->hung = now(), x->hangs_until = now() + hang_time;
  };
  net_ = std::make_unique<network>(system_, std::move(hooks));
  watched_disk = disk_.get();
  scheduler_.clock().current_time = begin_of_time;  // whatever ran before in this process
  processes_.resize(options_.data_nodes + 2);
  processes_[0].where.alias = controller_alias;
  for (int i = 1; i <= options_.data_nodes; ++i) processes_[i].where.alias = fmt::format("N{}", i);
  processes_.back().where.alias = writer_alias;
  make_tables();
  for (auto& x : processes_) start(x.where.alias);
  pass(milliseconds{100});
  disk_->start();
  net_->start();
}

cluster::~cluster() { shut_down(); }

void cluster::shut_down() {
  events_.clear();
  for (auto& x : processes_) bury(x);
  scheduler_.clock().cancel_all();
  net_->clear();
  while (!scheduler_.jobs.empty()) scheduler_.run_once();
  watched_disk = nullptr;
}

cluster::process& cluster::of(const std::string& alias) {
  return *std::find_if(processes_.begin(), processes_.end(), [&](auto& x) { return x.where.alias == alias; });
}

cluster::process* cluster::find(const place& where) {
  auto& x = of(where.alias);
  return x.runs && !x.dying && x.where.incarnation == where.incarnation ? &x : nullptr;
}

caf::actor cluster::adopt(process& owner, caf::actor child) {
  owners_[child.id()] = owner.where.alias;
  owner.actors.push_back(child);
  return child;
}

// -- time and turns -----------------------------------------------------------------------------------------------

cluster::process* cluster::owner_of(caf::resumable* job) {
  auto* actor = dynamic_cast<caf::abstract_actor*>(job);
  auto found = actor ? owners_.find(actor->id()) : owners_.end();
  return found == owners_.end() ? nullptr : &of(found->second);
}

/// One message of one actor.
bool cluster::run_one() {
  auto& jobs = scheduler_.jobs;
  auto may_run = [&](caf::resumable* job) {
    auto* owner = owner_of(job);
    return !owner || !is_hanging(*owner);
  };
  auto from = options_.shuffles && jobs.size() > 1 ? static_cast<ptrdiff_t>(random_() % jobs.size()) : 0;
  auto job = std::find_if(jobs.begin() + from, jobs.end(), may_run);
  if (job == jobs.end()) job = std::find_if(jobs.begin(), jobs.end(), may_run);
  if (job == jobs.end()) return false;
  std::rotate(jobs.begin(), job, job + 1);
  scheduler_.run_once();
  bury_the_dying();
  return true;
}

/// To the next thing that happens.
bool cluster::advance(time_point limit) {
  auto& clock = scheduler_.clock();
  auto next = limit;
  if (auto due = net_->next_due()) next = std::min(next, *due);
  if (!events_.empty()) next = std::min(next, events_.begin()->first);
  if (!clock.schedule().empty()) next = std::min(next, clock.schedule().begin()->first);
  for (auto& x : processes_)
    if (is_hanging(x)) next = std::min(next, x.hangs_until);
  if (next >= limit) {
    clock.current_time = limit;
    return false;
  }
  clock.current_time = std::max(clock.current_time, next);
  clock.trigger_expired_timeouts();
  return true;
}

void cluster::run_until(time_point limit, const std::function<bool()>& done) {
  for (;;) {
    if (!events_.empty() && events_.begin()->first <= now()) {
      auto what = std::move(events_.extract(events_.begin()).mapped());
      what();
      bury_the_dying();
      continue;
    }
    // Messages that are due and actors that can run take turns.
    bool delivered = net_->deliver_next();
    if (delivered) bury_the_dying();
    if (run_one() || delivered) continue;
    for (auto& x : processes_)
      if (std::exchange(x.dies_when_idle, false)) x.dying = true;
    bury_the_dying();
    if ((done && done()) || !advance(limit)) return;
  }
}

// -- life and death -------------------------------------------------------------------------------------------------

void cluster::bury_the_dying() {
  for (auto& x : processes_)
    if (x.runs && x.dying) kill(x.where.alias);
}

void cluster::kill(const std::string& alias) {
  auto& x = of(alias);
  if (!x.runs) return;
  faults_.note_event("dies:", alias);
  bury(x);
  x.died = now();
  auto where = x.where;
  if (faults_.is_noticed()) at(now() + notice_time, [this, where] { net_->reset_connections(where); });
  auto again = now() + faults_.down_time();
  at(again, [this, alias] { start(alias); });
}

/// Ends all its actors. What they do in their last throes reaches neither disk nor network.
void cluster::bury(process& x) {
  if (!x.runs) return;
  x.runs = x.dying = x.dies_when_idle = false;
  x.hangs_until = {};
  disk_->power_off(x.where.alias);
  for (auto& actor : x.actors) caf::anon_send_exit(actor, caf::exit_reason::kill);
  auto& jobs = scheduler_.jobs;
  for (;;) {
    auto job = std::find_if(jobs.begin(), jobs.end(), [&](auto* each) { return owner_of(each) == &x; });
    if (job == jobs.end()) break;
    std::rotate(jobs.begin(), job, job + 1);
    scheduler_.run_once();
  }
  for (auto& actor : x.actors) owners_.erase(actor.id());
  x.actors.clear();
  x.door = x.peers = x.replicator = x.store = x.transactions = nullptr;
  std::weak_ptr<chunk_files> chunks = x.chunks;
  std::weak_ptr<metadata_store> metadata = x.metadata;
  x.chunks = nullptr;
  x.metadata = nullptr;
  if (!chunks.expired() || !metadata.expired()) problems.push_back(fmt::format("{} left its files open", x.where.alias));
}

void cluster::start(const std::string& alias) {
  auto& x = of(alias);
  if (x.runs) return;
  if (x.where.incarnation != 0) {
    faults_.note_event("starts:", alias);
    disk_->restart(alias, faults_.survives(), random_);
  }
  x.where.incarnation = ++starts_;
  x.runs = true;
  x.peers = make_peers(x);
  if (alias == controller_alias) start_controller(x);
  else if (alias == writer_alias) x.door = nullptr;
  else start_data_node(x);
  if (!x.runs) return;
  if (on_start) on_start(x);
  register_node(alias);
}

/// Its files cannot be opened: a disk that fails is a reason, all else is not. It is tried again. One that crashes while it opens
/// them may have tried something else after that, and "is off" is what it has heard last.
void cluster::open_failed(process& x, const error& why) {
  faults_.note_event("cannot open its files:", x.where.alias);
  auto says = [&](const char* reason) { return why.message.find(reason) != std::string::npos; };
  if (!says("fails") && !says("crashed") && !says("is off") && !says("no space left"))
    problems.push_back(fmt::format("{} cannot open its files: {}", x.where.alias, why.message));
  bury(x);
  auto alias = x.where.alias;
  at(now() + milliseconds{1000}, [this, alias] { start(alias); });
}

void cluster::power_cycle() {
  for (auto& x : processes_) bury(x);
  for (auto& x : processes_) {
    disk_->restart(x.where.alias, survival::nothing, random_);
    start(x.where.alias);
  }
}

void cluster::heal() {
  disk_->heal();
  net_->heal();
  for (auto& x : processes_) {
    x.hangs_until = {};
    if (!x.runs) start(x.where.alias);
  }
}

} // namespace pelorus::simulation
