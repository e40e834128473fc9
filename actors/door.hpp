// What all doors share: hand each message on to the child in charge, show the supervision tree.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/rtti_pair.hpp>

#include "actors/protocol.hpp"
#include "actors/supervisor.hpp"

namespace pelorus {

struct door_config {
  std::string owner;                     ///< name in the tree: role and alias
  std::vector<child_plan> children;      ///< in the order in which they start
  std::function<void(const std::string&)> escalate;
  /// What a message gets for a child that this role does not have: "data nodes keep chunks", ..
  std::string missing_hint;
};

/// Whose thread a door runs in: one that many wait for wakes no other when it is in CAF's network thread.
enum class door_thread { scheduler, network };

/// The messages that one child answers.
struct door_route {
  std::string child;
  std::vector<caf::rtti_pair> messages;
};

/// An actor that hands on whole messages: it knows them by their types alone, whatever they are made of. To peers it is
/// of the type of its handle; that every message of it has a child, `spawn_door` checks.
caf::actor spawn_untyped_door(caf::actor_system& system, door_config config, door_thread where,
                              std::vector<door_route> routes);

/// A protocol and the child that answers it.
template <class Protocol>
struct route;
template <class... In, class... Out>
struct route<protocol<caf::typed_mpi<caf::detail::type_list<In>, caf::output_tuple<Out>>...>> {
  std::string child;
  door_route untyped() const { return {child, {caf::make_rtti_pair<In>()...}}; }
};

template <class First, class... More>
struct spliced {
  using type = First;
};
template <class First, class Second, class... More>
struct spliced<First, Second, More...> : spliced<typename First::template plus<Second>, More...> {};

template <class Handle, class... Protocols>
Handle spawn_door(caf::actor_system& system, door_config config, door_thread where, route<Protocols>... routes) {
  using served = typename spliced<Protocols..., tree_protocol>::type;
  static_assert(std::is_same_v<typename served::handle, Handle>, "a child for each protocol of the door, in their order");
  return caf::actor_cast<Handle>(spawn_untyped_door(system, std::move(config), where, {routes.untyped()...}));
}

} // namespace pelorus
