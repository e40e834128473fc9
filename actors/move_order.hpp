// What moves a chunk to another volume of its node asks of the chunk store; never over the network.
#pragma once

#include <string>

#include "actors/protocol.hpp"
#include "storage/volume_move.hpp"

namespace pelorus {

/// The files of a chunk are in another directory as well: they are read from there from now on, and go where they were.
/// Errors: conflict while the chunk is being written, stale when its files have changed since they were copied.
struct switch_directory { chunk_copy copy; };
template <class F> auto inspect(F& f, switch_directory& x) { return f(caf::meta::type_name("switch_directory"), x.copy.to); }

/// The chunk store, cast to what it also is.
using move_order_protocol = protocol<answers<switch_directory, void>>;
using move_orders = move_order_protocol::handle;

} // namespace pelorus

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::switch_directory)
