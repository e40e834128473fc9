#include "actors/connections.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/network/multiplexer.hpp>

#include "cfg/log.hpp"

namespace pelorus {

namespace {

using namespace std::chrono_literals;
using caf::io::basp_broker;
using caf::io::connection_handle;

constexpr auto look_interval = 500ms;
constexpr int looks_at_handshake = 20;  // 10 s; who connects waits less

/// Runs `work` in the thread of the broker, the only one that may touch its state.
template <class F>
void in_broker(caf::actor_system& system, F work) {
  system.middleman().backend().post([broker = connection_broker(system), work = std::move(work)] {
    auto* basp = static_cast<basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
    if (!basp->getf(caf::abstract_actor::is_terminated_flag)) work(*basp);
  });
}

int socket_of(connection_handle connection) { return int(connection.id()); }

void drop(basp_broker& basp, connection_handle connection, const std::string& why) {
  if (!basp.valid(connection)) return;
  log_warn("connection with {}:{} is given up: {}", basp.remote_addr(connection), basp.remote_port(connection), why);
  shutdown(socket_of(connection), SHUT_RDWR);  // the other side hears of it even when there is something to send yet
  basp.connection_cleanup(connection, caf::sec::connection_timeout);
  basp.close(connection);
}

/// Whether the kernel has nothing for us, and had nothing for too long. Counts bytes of a message that is still coming in.
bool is_silent(connection_handle connection) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket_of(connection), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  int unread = 0;
  return std::chrono::milliseconds{info.tcpi_last_data_recv} > silence_limit &&
         ioctl(socket_of(connection), FIONREAD, &unread) == 0 && unread == 0;
}

class keeper {
public:
  void look(basp_broker& basp) {
    std::map<int64_t, int> seen;
    for (auto connection : basp.connections()) {
      if (basp.instance.tbl().lookup_direct(connection)) {
        if (is_silent(connection)) drop(basp, connection, "nothing was heard from the other side");
      } else if (has_lost_its_route(basp, connection)) {
        drop(basp, connection, "CAF has forgotten its route");
      } else if (auto looks = ++seen[connection.id()] += without_route_[connection.id()]; looks > looks_at_handshake) {
        drop(basp, connection, "it never said who it is");
      }
    }
    without_route_ = std::move(seen);
    mend_routes(basp);
  }

private:
  /// One that is new has no route either, but nothing beyond the handshake came by it.
  static bool has_lost_its_route(basp_broker& basp, connection_handle connection) {
    using caf::io::basp::message_type;
    auto context = basp.ctx.find(connection);
    return context != basp.ctx.end() && context->second.hdr.operation != message_type::server_handshake &&
           context->second.hdr.operation != message_type::client_handshake;
  }

  /// Nodes that CAF would reach by a connection that is none, or another's.
  static void mend_routes(basp_broker& basp) {
    auto& table = basp.instance.tbl();
    std::vector<caf::node_id> astray;
    for (auto& [node, connection] : table.direct_by_nid_)
      if (table.lookup_direct(connection) != node) astray.push_back(node);
    for (auto& node : astray) {
      log_warn("the route to a process leads nowhere and is forgotten");
      {
        std::lock_guard guard{table.mtx_};
        table.direct_by_nid_.erase(node);
      }
      basp.purge_state(node);
    }
  }

  std::map<int64_t, int> without_route_;  // connection -> looks at it without one
};

caf::behavior keep_connections(caf::event_based_actor* self) {
  auto eyes = std::make_shared<keeper>();  // used in the broker's thread alone
  self->delayed_send(self, look_interval, caf::tick_atom::value);
  return {[self, eyes](caf::tick_atom) {
    in_broker(self->system(), [eyes](basp_broker& basp) { eyes->look(basp); });
    self->delayed_send(self, look_interval, caf::tick_atom::value);
  }};
}

} // namespace

caf::actor connection_broker(caf::actor_system& system) {
  return system.middleman().named_broker<basp_broker>(caf::atom("BASP"));
}

caf::actor spawn_connection_keeper(caf::actor_system& system) { return system.spawn(keep_connections); }

void drop_connections(caf::actor_system& system, const caf::node_id& node) {
  in_broker(system, [node](basp_broker& basp) {
    for (auto connection : basp.connections())
      if (basp.instance.tbl().lookup_direct(connection) == node) drop(basp, connection, "there are no answers");
  });
}

void drop_connection(caf::actor_system& system, caf::io::connection_handle connection) {
  in_broker(system, [connection](basp_broker& basp) { drop(basp, connection, "the handshake did not end"); });
}

} // namespace pelorus
