// The connections between processes that CAF 0.17 keeps: opened with sockets of our own, looked after, given up when they
// are half dead.
//
// CAF calls a connection by its file descriptor. When one is closed and the next one gets the same number before CAF has
// cleaned up after the first (which waits behind messages that are being decoded), it forgets the routes of the second: what
// comes in by it has no sender any more and gets no answer, for ever, and neither side is told. So this looks at all
// connections twice a second. One without a route is closed; both sides then see a loss, as after any other.
//
// A link that is cut, or a process that hangs, closes nothing. CAF sends a heartbeat by every connection (node.cpp); where
// the kernel has received nothing at all for `silence_limit`, the connection is given up, and everybody who waits for
// somebody behind it is told by the down message of his door.
#pragma once

#include <chrono>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/connection_handle.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/scribe.hpp>
#include <caf/node_id.hpp>

namespace pelorus {

/// Between two heartbeats of a connection.
inline constexpr std::chrono::seconds connection_heartbeat{1};
/// A peer from which nothing came for so long is not there. More than a node may be silent before it counts as dead.
inline constexpr std::chrono::seconds silence_limit{10};

/// CAF's broker of all connections; the middleman must be loaded.
caf::actor connection_broker(caf::actor_system& system);

/// Looks after all connections until it is stopped.
caf::actor spawn_connection_keeper(caf::actor_system& system);

/// Closes the connections to a process, soon. Its doors count as lost then, here and there.
void drop_connections(caf::actor_system& system, const caf::node_id& node);

/// The same for one that has no node yet: its handshake did not end.
void drop_connection(caf::actor_system& system, caf::io::connection_handle connection);

} // namespace pelorus
