// Writes rows to many chunks and replicas as one transaction: begin, stage everywhere, let the controller decide.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/protocol.hpp"
#include "cfg/limits.hpp"
#include "storage/table.hpp"

namespace pelorus {

/// How much of a write one coordinator does: an append is one transaction, other changes stage chunk by chunk.
enum class write_part : uint8_t { whole, stage, commit };

/// The rows of one append, already converted to the table's types and routed.
struct append_order {
  begin_write begin;
  table_ptr rows;
  std::vector<std::vector<uint32_t>> rows_of;  ///< per partition of `begin`: row numbers; empty list of one: all rows
  std::chrono::milliseconds step_deadline{std::chrono::minutes{2}};
  uint64_t frame_bytes = limits::frame_bytes;  ///< of rows in one message, about
  write_part does = write_part::whole;
  std::optional<write_plan> opened = {};  ///< a transaction that was begun already
  size_t part = 0;                        ///< `stage`: the chunk of the plan that all of `rows` go to
  bool replaces = false;                  ///< `stage`: in place of all that the chunk held
  commit_write decision = {};             ///< `commit`
  std::map<std::string, caf::actor> here = {};  ///< doors that need not be asked for, by alias; "": the controller's
};

struct run_append {};
template <class F> auto inspect(F& f, run_append&) { return f(caf::meta::type_name("run_append")); }

using append_coordinator_actor = protocol<answers<run_append, uint64_t>>::handle;  // the cid

struct append_coordinator_state {
  /// One chunk on one replica: frames go out in order, a few at a time.
  struct stream {
    size_t part = 0;
    std::string node;
    uint32_t next_frame = 0, frames = 1, unanswered = 0;
    bool staged = false;
    bool here = false;  ///< to a node in this process, which takes all rows as they are
  };
  append_order order;
  write_plan plan;
  bytes table;  ///< as the data nodes store it
  std::vector<stream> streams;
  std::map<std::string, node_door> doors;
  std::map<size_t, std::map<uint32_t, bytes>> encoded;  ///< part -> frame, kept until every replica has it
  size_t unstaged = 0;
  bool over = false;
  bool deciding = false;  ///< the controller was asked to commit
  controller_door controller;
  caf::typed_response_promise<uint64_t> promise;
  static inline const char* name = "append_coordinator";
};

/// One per append; ends by itself after it has answered. The answer comes when the commit record is durable; a failure
/// before that rolls everything back. Encodes rows, so spawn it detached when they are many.
append_coordinator_actor::behavior_type
append_coordinator(append_coordinator_actor::stateful_pointer<append_coordinator_state> self,
                   peers_actor peers, append_order order);

} // namespace pelorus

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pelorus::run_append)
