// The volumes of data nodes: what is on them, and chunks that move between those of one node.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "cfg/settings.hpp"
#include "query/functions/shapes.hpp"
#include "query/functions/stored.hpp"
#include "query/row_table.hpp"
#include "query/session.hpp"
#include "query/volume_services.hpp"

namespace pelorus {

namespace {

row_table volume_rows() {
  return row_table{{"node", type_id::string}, {"volumePath", type_id::string}, {"volumeId", type_id::int_},
                   {"usage", type_id::long_}, {"capacity", type_id::long_}};
}

/// What lies on the volume's file system, whoever put it there.
value volumes_function(call_context& context, arguments&) {
  auto& node = *context.who.node;
  auto rows = volume_rows();
  int32_t id = 0;
  for (auto& path : node.config().get_paths("volumes")) {
    std::error_code failed;
    auto space = std::filesystem::space(path, failed);
    auto known = [&](uintmax_t x) { return failed ? value{} : value::of_long(static_cast<int64_t>(x)); };
    rows.add({value::of_text(node.self().alias), value::of_text(path), value::of_int(id++), known(space.capacity - space.free),
              known(space.capacity)});
  }
  return value{rows.take()};
}

value cluster_volumes_function(call_context& context, arguments&) {
  auto& node = *context.who.node;
  auto all = volume_rows().take();
  for (auto& alias : unwrap(node.live_nodes(false))) {
    auto answer = unwrap(node.call_remote(alias, value::of_text("getVolumeUsage"), {}, context.who));
    if (auto rows = answer.as<table>(); rows && rows->width() == all->width()) all->append(*rows);
  }
  return value{all};
}

// -- moves --------------------------------------------------------------------------------------------------------------

[[noreturn]] void refuse(std::string_view function, std::string_view parameter, std::string_view why) {
  throw script_error{ec::bad_argument, fmt::format("{}: {} {}", function, parameter, why)};
}

/// A volume of this node as the configuration spells it, of `<volume>/CHUNKS` too.
std::string volume_path(call_context& context, const value& x, std::string_view function, std::string_view parameter) {
  auto path = text_of_argument(x, function, parameter);
  auto drop = [&](std::string_view end) {
    if (path.size() > end.size() && path.ends_with(end)) path.resize(path.size() - end.size());
  };
  drop("/");
  drop("/CHUNKS");
  for (auto& volume : context.who.node->config().get_paths("volumes")) {
    auto spelled = volume;
    if (spelled.size() > 1 && spelled.ends_with("/")) spelled.pop_back();
    if (path == spelled) return volume;
  }
  refuse(function, parameter, "must be a volume of this node; '" + path + "' is none.");
}

/// An optional argument that is true or false.
bool flag(const arguments& args, size_t i, bool unless_given, std::string_view function, std::string_view parameter) {
  if (!is_given(args, i)) return unless_given;
  if (!args[i].is_scalar() || args[i].type() != type_id::bool_ || args[i].is_null()) refuse(function, parameter, "must be true or false.");
  return args[i].as_long() == 1;
}

value move_chunks_function(call_context& context, arguments& args) {
  constexpr auto name = "moveChunksAcrossVolume";
  if (!flag(args, 3, true, name, "isDelSrc"))
    throw script_error{ec::not_supported, "moveChunksAcrossVolume: isDelSrc must be true; a chunk lies at one place of a node."};
  std::vector<chunk_id> wanted;
  for (auto& text : text_list(args[2], name, "chunkIds")) {
    auto id = parse_chunk_id(text);
    if (!id) refuse(name, "chunkIds:", "'" + text + "' is not the id of a chunk.");
    wanted.push_back(*id);
  }
  std::map<chunk_id, std::string> places;
  for (auto& held : unwrap(offer_of_node<volume_services>(context).chunks_on_volumes())) places[held.chunk] = held.volume;
  auto source = volume_path(context, args[0], name, "srcPath"), target = volume_path(context, args[1], name, "destPath");
  if (source == target) refuse(name, "destPath", "must be another volume than srcPath.");
  for (auto& id : wanted)
    if (auto held = places.find(id); held == places.end() || held->second != source)
      throw script_error{ec::not_found, "moveChunksAcrossVolume: chunk " + to_string(id) + " is not on volume " + source + " of this node."};
  for (auto& id : wanted) unwrap(offer_of_node<volume_services>(context).move_to_volume(id, target));
  return value::nothing();
}

struct volume_step {
  chunk_id chunk;
  std::string source, target;
};

/// The moves that even out the bytes of the volumes: each chunk once at most, the large ones first, from the fullest to the
/// emptiest volume when that is emptier by more than the chunk.
std::vector<volume_step> even_out_volumes(const std::vector<std::string>& volumes, std::vector<chunk_on_volume> chunks, int64_t idle_since_ms) {
  std::map<std::string, uint64_t> filled;
  for (auto& volume : volumes) filled[volume] = 0;
  for (auto& chunk : chunks) filled[chunk.volume] += chunk.bytes;
  std::erase_if(chunks, [&](auto& chunk) { return chunk.bytes == 0 || chunk.written_ms > idle_since_ms; });
  std::sort(chunks.begin(), chunks.end(), [](auto& a, auto& b) { return a.bytes != b.bytes ? a.bytes > b.bytes : a.chunk < b.chunk; });
  std::vector<volume_step> steps;
  for (auto& chunk : chunks) {
    auto emptiest = std::min_element(filled.begin(), filled.end(), [](auto& a, auto& b) { return a.second < b.second; });
    auto& own = filled[chunk.volume];
    if (own <= emptiest->second || own - emptiest->second <= chunk.bytes) continue;
    own -= chunk.bytes;
    emptiest->second += chunk.bytes;
    steps.push_back({chunk.chunk, chunk.volume, emptiest->first});
  }
  return steps;
}

value rebalance_volumes_function(call_context& context, arguments& args) {
  constexpr auto name = "rebalanceChunksWithinDataNode";
  auto& node = *context.who.node;
  auto alias = text_of_argument(args[0], name, "nodeAlias");
  auto exec = flag(args, 1, false, name, "exec");
  bool has_days = is_given(args, 2), is_days = has_days && args[2].is_scalar() && is_number(args[2].type()) && args[2].type() > type_id::char_;
  auto days = is_days ? args[2].as_double() : 7.0;
  if ((has_days && !is_days) || !(days >= 0 && days <= 1e6)) refuse(name, "updatedBeforeDays", "must be a number from 0 to 1000000.");
  if (alias != node.self().alias)
    return unwrap(node.call_remote(alias, value::of_text(name), {args[0], value::of_bool(exec), value::of_double(days)}, context.who));
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto& here = offer_of_node<volume_services>(context);
  auto steps = even_out_volumes(node.config().get_paths("volumes"), unwrap(here.chunks_on_volumes()), now - static_cast<int64_t>(days * 86'400'000));
  row_table rows{{"chunkId", type_id::string}, {"srcVolume", type_id::string}, {"destVolume", type_id::string}};
  for (auto& step : steps) {
    if (exec) unwrap(here.move_to_volume(step.chunk, step.target));
    rows.add({value::of_text(to_string(step.chunk)), value::of_text(step.source), value::of_text(step.target)});
  }
  return value{rows.take()};
}

const function_entry table_of_volumes[] = {
    {"getVolumeUsage", "getVolumeUsage()", "The volumes of this node: node, volumePath, volumeId, usage and capacity in bytes.",
     volumes_function, 0, 0, impure, {{"getVolumeUsage(1)", "error: "}}},
    {"getClusterVolumeUsage", "getClusterVolumeUsage()", "The volumes of all live data nodes.", cluster_volumes_function, 0, 0,
     impure | admin_only, {{"getClusterVolumeUsage(1)", "error: "}}},
    {"moveChunksAcrossVolume", "moveChunksAcrossVolume(srcPath, destPath, chunkIds, [isDelSrc=true])",
     "Moves chunks of this data node from one of its volumes to another (paths as in the setting volumes; `<volume>/CHUNKS` means "
     "the same) and returns when they are there. Queries go on; a chunk that is being written is waited for, up to 10 seconds. A "
     "chunk whose move fails stays whole where it was, those before it have moved.",
     move_chunks_function, 3, 4, impure | admin_only,
     {{"moveChunksAcrossVolume(`a, `b, `c)", "error: chunkIds: 'c' is not"}, {"moveChunksAcrossVolume(`a, `b, `c, false)", "error: isDelSrc"}}},
    {"rebalanceChunksWithinDataNode", "rebalanceChunksWithinDataNode(nodeAlias, [exec=false], [updatedBeforeDays=7.0])",
     "The moves that would even out the bytes of chunks on the volumes of a data node, and with `exec` these moves, made when it "
     "returns; only chunks whose files are older than so many days. Columns chunkId, srcVolume, destVolume.",
     rebalance_volumes_function, 1, 3, impure | admin_only,
     {{"rebalanceChunksWithinDataNode(`a, false, -1)", "error: updatedBeforeDays"}}},
};

} // namespace

function_family volume_functions() { return table_of_volumes; }

} // namespace pelorus
