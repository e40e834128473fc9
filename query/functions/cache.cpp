// Small writes that a data node has in memory and in its redo log.
#include "query/cache_services.hpp"
#include "query/dictionary.hpp"
#include "query/functions/shapes.hpp"
#include "query/functions/stored.hpp"
#include "query/session.hpp"
#include "storage/column_cache.hpp"

namespace pelorus {

namespace {

template <bool tsdb>
value flush_function(call_context& context, arguments&) {
  unwrap(offer_of_node<cache_services>(context).write_cache("flush", tsdb, 0));
  return value::nothing();
}

value olap_size_function(call_context& context, arguments&) { return unwrap(offer_of_node<cache_services>(context).write_cache("size", false, 0)); }

value tsdb_size_function(call_context& context, arguments&) {
  return unwrap(offer_of_node<cache_services>(context).write_cache("size", true, 0)).vec().items().back();
}

template <bool tsdb>
value stat_function(call_context& context, arguments&) { return unwrap(offer_of_node<cache_services>(context).write_cache("stat", tsdb, 0)); }

value clear_function(call_context&, arguments&) {
  column_cache::shared().clear();
  column_cache::indexes().clear();
  return value::nothing();
}

value index_status_function(call_context&, arguments&) {
  auto& cache = column_cache::indexes();
  auto answer = std::make_shared<dictionary>(type_id::string, type_id::long_, true);
  answer->set("capacity", value::of_long(static_cast<int64_t>(cache.limit())));
  answer->set("usage", value::of_long(static_cast<int64_t>(cache.stats().bytes)));
  return value{std::move(answer)};
}

value invalidate_function(call_context&, arguments&) {
  column_cache::indexes().clear();
  return value::nothing();
}

value log_function(call_context& context, arguments&) { return unwrap(offer_of_node<cache_services>(context).write_cache("log", false, 0)); }

template <bool tsdb>
value resize_function(call_context& context, arguments& args) {
  constexpr auto name = tsdb ? "setTSDBCacheEngineSize" : "setOLAPCacheEngineSize";
  constexpr double most = 65536, gigabyte = 1024.0 * 1024 * 1024;
  auto size = args[0].is_scalar() && is_number(args[0].type()) ? args[0].as_double() : -1;
  if (!(size > 0 && size <= most)) throw script_error{ec::bad_argument, std::string{name} + ": memSize must be a number of GB above 0."};
  unwrap(offer_of_node<cache_services>(context).write_cache("resize", tsdb, static_cast<uint64_t>(size * gigabyte)));
  return value::nothing();
}

constexpr auto stat_text =
    "Chunks of which this data node has rows in memory: chunkId, physicalName (the table), timeSinceLastWrite (ms), rows and bytes "
    "of completed and of open transactions, cachedTids (the open ones).";
constexpr auto olap_flush_text =
    "Writes the rows of OLAP tables that this data node has in memory into segment files. They are durable before as well, in "
    "the redo log; nothing that a query sees changes.";
constexpr auto olap_size_text =
    "The cache engine of OLAP tables on this data node: bytes in use, bytes of the rows, bytes of what points to them, bytes allowed.";
constexpr auto olap_resize_text = "Sets the bytes allowed, in GB, until the node is started again.";

const function_entry table_of_cache[] = {
    {"flushOLAPCache", "flushOLAPCache()", olap_flush_text, flush_function<false>, 0, 0, impure | admin_only,
     {{"flushOLAPCache(1)", "error: "}}},
    {"purgeCacheEngine", "purgeCacheEngine()", "The same as flushOLAPCache.", flush_function<false>, 0, 0, impure | admin_only,
     {{"purgeCacheEngine(1)", "error: "}}},
    {"flushTSDBCache", "flushTSDBCache()", "As flushOLAPCache, of TSDB tables.", flush_function<true>, 0, 0, impure | admin_only,
     {{"flushTSDBCache(1)", "error: "}}},
    {"clearAllCache", "clearAllCache()",
     "Lets go of the decoded columns and orders of stored tables that this node keeps for the next query. Rows that are in no file "
     "yet stay: flushOLAPCache and flushTSDBCache write those.",
     clear_function, 0, 0, impure | admin_only, {{"clearAllCache(1)", "error: "}}},
    {"getLevelFileIndexCacheStatus", "getLevelFileIndexCacheStatus()",
     "The cache of this node for the order of TSDB chunks by their sort columns: a dictionary of capacity (the setting "
     "TSDBLevelFileIndexCacheSize) and usage, both in bytes. Ranges of blocks are read with each query and are not in it, and a "
     "chunk that is one sorted segment needs no order.",
     index_status_function, 0, 0, impure, {{"getLevelFileIndexCacheStatus()[`usage] >= 0", "true"}}},
    {"invalidateLevelIndexCache", "invalidateLevelIndexCache()", "Empties the cache that getLevelFileIndexCacheStatus tells of.",
     invalidate_function, 0, 0, impure | admin_only, {{"invalidateLevelIndexCache(); getLevelFileIndexCacheStatus()[`usage]", "0"}}},
    {"getOLAPCacheEngineSize", "getOLAPCacheEngineSize()", olap_size_text, olap_size_function, 0, 0, impure,
     {{"getOLAPCacheEngineSize(1)", "error: "}}},
    {"getCacheEngineMemSize", "getCacheEngineMemSize()", "The same as getOLAPCacheEngineSize.", olap_size_function, 0, 0, impure,
     {{"getCacheEngineMemSize(1)", "error: "}}},
    {"getTSDBCacheEngineSize", "getTSDBCacheEngineSize()", "Bytes that the cache engine of TSDB tables may use on this data node.",
     tsdb_size_function, 0, 0, impure, {{"getTSDBCacheEngineSize(1)", "error: "}}},
    {"setOLAPCacheEngineSize", "setOLAPCacheEngineSize(memSize)", olap_resize_text, resize_function<false>, 1, 1, impure | admin_only,
     {{"setOLAPCacheEngineSize(0)", "error: memSize must be"}}},
    {"setCacheEngineMemSize", "setCacheEngineMemSize(memSize)", "The same as setOLAPCacheEngineSize.", resize_function<false>, 1, 1,
     impure | admin_only, {{"setCacheEngineMemSize(`a)", "error: memSize must be"}}},
    {"setTSDBCacheEngineSize", "setTSDBCacheEngineSize(memSize)", "As setOLAPCacheEngineSize, for TSDB tables.", resize_function<true>, 1,
     1, impure | admin_only, {{"setTSDBCacheEngineSize(-1)", "error: memSize must be"}}},
    {"getOLAPCacheEngineStat", "getOLAPCacheEngineStat()", stat_text, stat_function<false>, 0, 0, impure,
     {{"getOLAPCacheEngineStat(1)", "error: "}}},
    {"getCacheEngineStat", "getCacheEngineStat()", "The same as getOLAPCacheEngineStat.", stat_function<false>, 0, 0, impure,
     {{"getCacheEngineStat(1)", "error: "}}},
    {"getTSDBCacheEngineStat", "getTSDBCacheEngineStat()", "As getOLAPCacheEngineStat, of TSDB tables.", stat_function<true>, 0, 0,
     impure, {{"getTSDBCacheEngineStat(1)", "error: "}}},
    {"getRedoLogGCStat", "getRedoLogGCStat()",
     "Transactions that the redo log of this data node still has, a row a table: physicalName, txnCount, and number and smallest id "
     "of those that may go (numOfTxnPendingGC, minTidPendingGC) and of those with rows in memory only (numOfTxnPendingFlush, "
     "minTidPendingFlush).",
     log_function, 0, 0, impure, {{"getRedoLogGCStat(1)", "error: "}}},
};

} // namespace

function_family cache_functions() { return table_of_cache; }

} // namespace pelorus
