// What one connection of the network layer carries: the yardstick of bulk copies (bench item bulk_copy).
//   connection_bench PORT MEBIBYTES AHEAD KIBIBYTES     frames of KIBIBYTES from another process, AHEAD of them under way
// One JSON object on one line.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/message_types.hpp"
#include "actors/protocol.hpp"

namespace {
using namespace pelorus;
using steady = std::chrono::steady_clock;

struct config : caf::actor_system_config {
  config() {
    pelorus::add_message_types(*this);
    set("scheduler.max-threads", size_t{2});
    set("logger.verbosity", caf::atom("quiet"));
    load<caf::io::middleman>();
  }
};

/// Serves frames from memory until it is killed.
int serve(uint16_t port) {
  config settings;
  caf::actor_system system{settings};
  auto source = system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const fetch_segment& ask) { return bytes(ask.size, 'x'); }};
  });
  if (!system.middleman().publish(source, port, "127.0.0.1", true)) return 1;
  while (true) pause();
}

caf::actor connect(caf::actor_system& system, uint16_t port) {
  caf::scoped_actor self{system};
  caf::actor found;
  for (int attempt = 0; !found && attempt < 100; ++attempt) {
    self->request(system.middleman().actor_handle(), std::chrono::seconds{10}, caf::connect_atom::value, std::string{"127.0.0.1"}, port)
        .receive([&](const caf::node_id&, const caf::strong_actor_ptr& got,
                     const std::set<std::string>&) { found = caf::actor_cast<caf::actor>(got); },
                 [](const caf::error&) { usleep(20'000); });
  }
  if (!found) throw std::runtime_error("nobody serves frames");
  return found;
}

struct transfer {
  caf::actor source;
  uint64_t left, frame_bytes, received = 0, failures = 0;
};

void ask(caf::event_based_actor* self, transfer& t) {
  if (t.left == 0) return;
  auto size = std::min(t.left, t.frame_bytes);
  t.left -= size;
  self->request(t.source, std::chrono::seconds{30}, fetch_segment{bytes{}, "frames", 0, size})
      .then([self, &t](const bytes& frame) { t.received += frame.size(); ask(self, t); },
            [self, &t](const caf::error&) { ++t.failures; ask(self, t); });
}

void receive(uint16_t port, uint64_t total, int ahead, uint64_t frame_bytes) {
  config settings;
  transfer t{{}, total, frame_bytes};
  auto begin = steady::now();
  {
    caf::actor_system system{settings};
    t.source = connect(system, port);
    begin = steady::now();
    system.spawn([&t, ahead](caf::event_based_actor* self) { for (int i = 0; i < ahead; ++i) ask(self, t); });
    system.await_all_actors_done();
    t.source = nullptr;
  }
  auto seconds = std::chrono::duration<double>(steady::now() - begin).count();
  std::printf("{\"bench\":\"connection\",\"bytes\":%llu,\"seconds\":%.4f,\"mib_per_s\":%.1f,\"failures\":%llu}\n",
              static_cast<unsigned long long>(t.received), seconds, double(t.received) / seconds / (1 << 20),
              static_cast<unsigned long long>(t.failures));
}
} // namespace

int main(int argc, char** argv) {
  if (argc != 5) return std::fprintf(stderr, "usage: connection_bench PORT MEBIBYTES AHEAD KIBIBYTES\n"), 2;
  auto port = static_cast<uint16_t>(std::atoi(argv[1]));
  auto child = fork();
  if (child == 0) return serve(port);
  int result = 0;
  try {
    receive(port, static_cast<uint64_t>(std::atoll(argv[2])) << 20, std::atoi(argv[3]), static_cast<uint64_t>(std::atoll(argv[4])) << 10);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "connection_bench: %s\n", e.what());
    result = 1;
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return result;
}
