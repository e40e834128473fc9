// Merges of a chunk's segments: orders, and what became of them.
#include "query/functions/shapes.hpp"
#include "query/functions/stored.hpp"
#include "query/session.hpp"

namespace pelorus {

namespace {

constexpr std::string_view trigger_name = "triggerTSDBCompaction", status_name = "getTSDBCompactionTaskStatus";

value trigger_function(call_context& context, arguments& args) {
  auto chunk = text_of_argument(args[0], trigger_name, "chunkId");
  if (!parse_chunk_id(chunk))
    throw script_error{ec::bad_argument, std::string{trigger_name} + ": chunkId: '" + chunk + "' is not the id of a chunk."};
  auto level = is_given(args, 1) ? args[1].as_long() : 0;
  if (level < -1 || level > 3) throw script_error{ec::bad_argument, std::string{trigger_name} + ": level must be between -1 and 3."};
  unwrap(context.who.node->compact_chunk(chunk, static_cast<int>(level)));
  return value::nothing();
}

value status_function(call_context& context, arguments& args) {
  auto count = is_given(args, 0) ? args[0].as_long() : 0;
  if (count < 0) throw script_error{ec::bad_argument, std::string{status_name} + ": count must not be negative."};
  return value{unwrap(context.who.node->compaction_status(static_cast<size_t>(count)))};
}

const function_entry table_of_compaction[] = {
    {"triggerTSDBCompaction", "triggerTSDBCompaction(chunkId, [level=0])",
     "Has a data node merge the segments of its replica of a chunk: those of one level that follow each other, or with -1 all of "
     "them. Level 0 is what a transaction wrote, each merge is one level higher, up to 3. Returns at once, see "
     "getTSDBCompactionTaskStatus. Segments merge by themselves as well: eight neighbours at once, or two when nothing was written "
     "for ten seconds; of OLAP tables sixteen.",
     trigger_function, 1, 2, impure | admin_only,
     {{"triggerTSDBCompaction(`c)", "error: chunkId: 'c' is not"},
      {"triggerTSDBCompaction(\"e0e00bc2-b81e-6eb9-4d01-7bb17fb39595\", 4)", "error: level must be between -1 and 3"}}},
    {"getTSDBCompactionTaskStatus", "getTSDBCompactionTaskStatus([count=0])",
     "Merges of segments on this data node, newest first: orders that wait and of those that ended the last `count`, 0 for all that "
     "are known (256). Columns volume, level, chunkId, tableName, files, force (ordered by triggerTSDBCompaction), receivedTime, "
     "startTime, endTime, errorMessage; times are UTC.",
     status_function, 0, 1, impure, {{"getTSDBCompactionTaskStatus(-1)", "error: count must not be negative"}}},
};

} // namespace

function_family compaction_functions() { return table_of_compaction; }

} // namespace pelorus
