// Load on the door of a controller, as nodes give it.
//   controller_bench metadata HOST ACTOR_PORT CLIENTS SECONDS       durable 256-byte entries, one under way per client
//   controller_bench heartbeats HOST ACTOR_PORT NODES SECONDS SITE  NODES registered nodes beat once a second, each third
//                                                                   beat asks for its answer, and beats leave at the times
//                                                                   that actors/registrar.cpp has for them;
//                                                                   SITE is the controller's HOST:PORT:ALIAS
//   controller_bench lookups HOST ACTOR_PORT TABLES COUNT SITE      COUNT times: a write to one partition of dfs://many
//                                                                   (see metadata_fill) is planned and given up
// One JSON object on one line.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/beat_times.hpp"
#include "actors/message_types.hpp"
#include "actors/protocol.hpp"
#include "cfg/node_role.hpp"
#include "storage/dfs_entry.hpp"

namespace {
using namespace pelorus;
using steady = std::chrono::steady_clock;

constexpr uint64_t asked_every = 3;  // beats, see actors/registrar.cpp

double seconds_since(steady::time_point begin) { return std::chrono::duration<double>(steady::now() - begin).count(); }

struct client_config : caf::actor_system_config {
  client_config() {
    pelorus::add_message_types(*this);
    // As a node has it (actors/node.cpp): CAF's own scheduler keeps idle threads looking for work.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{1});
    set("logger.verbosity", caf::atom("quiet"));
    load<caf::io::middleman>();
    set("middleman.workers", size_t{0});
  }
};

caf::actor connect(caf::actor_system& system, const std::string& host, uint16_t port) {
  caf::scoped_actor self{system};
  caf::actor door;
  self->request(system.middleman().actor_handle(), std::chrono::seconds{10}, caf::connect_atom::value, host, port)
      .receive([&](const caf::node_id&, const caf::strong_actor_ptr& got,
                   const std::set<std::string>&) { door = caf::actor_cast<caf::actor>(got); },
               [](const caf::error&) {});
  if (!door) throw std::runtime_error("no door at " + host + ":" + std::to_string(port));
  return door;
}

/// What the clients have seen; one actor runs them all, so no two write at once.
struct record {
  std::vector<double> latencies;
  uint64_t failures = 0, unknown = 0;
  uint64_t next_key = 0;
  uint64_t beats = 0, unasked_answers = 0, view = 0;
  void take(const heartbeat_reply& reply) {
    unknown += reply.known ? 0 : 1;
    view = reply.view;
  }
};

template <class Message>
void ask(caf::event_based_actor* self, const caf::actor& door, const Message& message, record& seen,
         std::function<void()> then) {
  auto begin = steady::now();
  auto failed = [&seen, then](const caf::error&) { ++seen.failures; then(); };
  auto done = [&seen, begin, then] { seen.latencies.push_back(seconds_since(begin)); then(); };
  if constexpr (std::is_same_v<Message, mutate>) {
    self->request(door, std::chrono::seconds{20}, message).then(done, failed);
  } else {
    self->request(door, std::chrono::seconds{20}, message)
        .then([&seen, done](const heartbeat_reply& reply) { seen.take(reply); done(); }, failed);
  }
}

/// Keys in no order, as etcd's load has them.
mutate next_entry(record& seen) {
  auto key = "bench/" + std::to_string(seen.next_key++ * 2654435761u % 4294967296u);
  return {encode_entry(set_blob{std::move(key), std::string(256, 'v')})};
}

void put_until(caf::event_based_actor* self, const caf::actor& door, record& seen, steady::time_point end) {
  if (steady::now() >= end) return;
  ask(self, door, next_entry(seen), seen, [=, &seen] { put_until(self, door, seen, end); });
}

/// `count` of what was done; 0: of what was answered.
void print(const char* what, record& seen, double seconds, uint64_t count = 0) {
  auto& times = seen.latencies;
  std::sort(times.begin(), times.end());
  auto at = [&](double part) {
    return times.empty() ? 0.0 : times[std::min(times.size() - 1, static_cast<size_t>(part * double(times.size())))];
  };
  std::printf("{\"bench\":\"%s\",\"per_s\":%.0f,\"p50_s\":%.6f,\"p99_s\":%.6f,\"failures\":%llu,\"unknown\":%llu,\"unasked\":%llu}\n", what,
              double(count ? count : times.size()) / seconds, at(0.5), at(0.99), static_cast<unsigned long long>(seen.failures),
              static_cast<unsigned long long>(seen.unknown), static_cast<unsigned long long>(seen.unasked_answers));
}

void metadata(const std::string& host, uint16_t port, int clients, double seconds) {
  record seen;
  client_config config;
  auto begin = steady::now();
  {
    caf::actor_system system{config};
    auto door = connect(system, host, port);
    begin = steady::now();
    auto end = begin + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
    system.spawn([&seen, door, clients, end](caf::event_based_actor* self) {
      for (int i = 0; i < clients; ++i) put_until(self, door, seen, end);
    });
    system.await_all_actors_done();
    seconds = seconds_since(begin);
  }
  print("metadata", seen, seconds);
}

/// Later than the controller's, as of nodes that it has seen start: to those that were there before it would connect by itself.
uint64_t incarnation_of(int i) {
  static const auto began = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(began).count()) + static_cast<uint64_t>(i);
}

registration introduce(int i, const std::string& site) {
  registration out;
  out.who = {"n" + std::to_string(i), "127.0.0.1", static_cast<uint16_t>(20000 + i), static_cast<uint16_t>(30000 + i),
             static_cast<uint8_t>(node_role::datanode)};
  out.incarnation = incarnation_of(i);
  out.controller_site = site;
  out.version = "0.1.0";
  return out;
}

void register_nodes(caf::actor_system& system, const caf::actor& door, int nodes, const std::string& site) {
  caf::scoped_actor self{system};
  for (int i = 0; i < nodes; ++i) {
    bool fine = false;
    self->request(door, std::chrono::seconds{20}, introduce(i, site))
        .receive([&](const registration_reply&) { fine = true; },
                 [&](const caf::error& e) { std::fprintf(stderr, "%s\n", system.render(e).c_str()); });
    if (!fine) throw std::runtime_error("node n" + std::to_string(i) + " was refused");
  }
}

/// One partition after another, over all tables.
begin_write next_write(int i, int tables) {
  begin_write out;
  out.database = "dfs://many";
  out.table = "t" + std::to_string(i % tables);
  out.partitions = {"20220110/Key" + std::to_string(i * 7 % 100)};
  out.coordinator = "n0";
  out.incarnation = incarnation_of(0);
  return out;
}

void lookups(const std::string& host, uint16_t port, int tables, int count, const std::string& site) {
  record seen;
  client_config config;
  auto begin = steady::now();
  {
    caf::actor_system system{config};
    auto door = connect(system, host, port);
    register_nodes(system, door, 4, site);
    caf::scoped_actor self{system};
    begin = steady::now();
    for (int i = 0; i < count; ++i) {
      auto at = steady::now();
      uint64_t tid = 0;
      auto failed = [&](const caf::error& e) {
        if (seen.failures++ == 0) std::fprintf(stderr, "%s\n", system.render(e).c_str());
      };
      self->request(door, std::chrono::seconds{20}, next_write(i, tables)).receive([&](const write_plan& plan) { tid = plan.tid; }, failed);
      seen.latencies.push_back(seconds_since(at));
      if (tid != 0) self->request(door, std::chrono::seconds{20}, abort_write{tid, "a look only", incarnation_of(0)}).receive([] {}, failed);
    }
  }
  print("lookups", seen, seconds_since(begin));
}

void beat(caf::event_based_actor* self, const caf::actor& door, record& seen, int node, steady::time_point end,
          uint64_t sequence) {
  if (steady::now() >= end) return;
  heartbeat message;
  message.alias = "n" + std::to_string(node);
  message.incarnation = incarnation_of(node);
  message.view = seen.view;
  ++seen.beats;
  if ((sequence + uint64_t(node)) % asked_every == 0) ask(self, door, message, seen, [] {});
  else self->send(door, message);
  self->delayed_send(self, until_next_beat(std::chrono::system_clock::now(), std::chrono::seconds{1}), node, sequence + 1);
}

void heartbeats(const std::string& host, uint16_t port, int nodes, double seconds, const std::string& site) {
  record seen;
  client_config config;
  {
    caf::actor_system system{config};
    auto door = connect(system, host, port);
    register_nodes(system, door, nodes, site);
    std::printf("registered\n");
    std::fflush(stdout);
    auto end = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
    system.spawn([&seen, door, nodes, end](caf::event_based_actor* self) -> caf::behavior {
      for (int i = 0; i < nodes; ++i) self->delayed_send(self, std::chrono::milliseconds{i % 1000}, i, uint64_t{1});
      self->delayed_send(self, end - steady::now() + std::chrono::seconds{2}, caf::exit_reason::normal);
      return {[=, &seen](int node, uint64_t sequence) { beat(self, door, seen, node, end, sequence); },
              [&seen](const heartbeat_reply& reply) { seen.take(reply), ++seen.unasked_answers; },
              [=](caf::exit_reason) { self->quit(); }};
    });
    system.await_all_actors_done();
  }
  print("heartbeats", seen, seconds, seen.beats);
}
} // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 1 ? argv[1] : "";
  try {
    if (mode == "metadata" && argc == 6) metadata(argv[2], uint16_t(std::atoi(argv[3])), std::atoi(argv[4]), std::atof(argv[5]));
    else if (mode == "heartbeats" && argc == 7)
      heartbeats(argv[2], uint16_t(std::atoi(argv[3])), std::atoi(argv[4]), std::atof(argv[5]), argv[6]);
    else if (mode == "lookups" && argc == 7)
      lookups(argv[2], uint16_t(std::atoi(argv[3])), std::atoi(argv[4]), std::atoi(argv[5]), argv[6]);
    else return std::fprintf(stderr, "usage: see the first lines of controller_bench.cpp\n"), 2;
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "controller_bench: %s\n", e.what()), 1;
  }
}
