#include "query/functions/remote.hpp"

#include <algorithm>
#include <future>

#include "query/dictionary.hpp"
#include "query/function_closure.hpp"
#include "query/functions/shapes.hpp"
#include "query/interpreter.hpp"
#include "query/matrix.hpp"
#include "query/parser.hpp"

namespace pelorus {

namespace {
/// What xdb() gives: another node of the cluster.
class node_connection final : public object {
public:
  node_connection(std::string alias, std::string site) : alias(std::move(alias)), site(std::move(site)) {}
  pelorus::form form() const override { return pelorus::form::scalar; }
  type_id type() const override { return type_id::handle; }
  size_t size() const override { return 1; }
  const std::string alias, site;
};

/// Runs `f` here or at another node.
expected<value> run_at(session& who, const std::string& alias, const value& function, const std::vector<value>& given) {
  if (alias != who.node->self().alias) return who.node->call_remote(alias, function, given, who);
  try {
    auto copy = given;
    return as_function(function)->call(who, copy);
  } catch (...) {
    auto e = current_script_error();
    return error{e.code(), e.message()};
  }
}

value at(session& who, const std::string& alias, const value& function, const std::vector<value>& given) {
  auto result = run_at(who, alias, function, given);
  if (!result) throw script_error{result.error().code, alias + ": " + result.error().message};
  return *std::move(result);
}

// -- pnodeRun -----------------------------------------------------------------------------------------------------

struct node_result {
  std::string alias;
  value result;
};

/// All nodes at once; this one, if it is among them, on the calling thread. The first error counts.
std::vector<node_result> run_everywhere(session& who, const std::vector<std::string>& nodes, const value& function) {
  auto& self = who.node->self().alias;
  std::vector<std::future<expected<value>>> calls;
  // The other threads must not read variables that the calling one may be changing.
  auto sender = sender_session(who, {&function, 1});
  for (auto& alias : nodes) {
    bool here = alias == self;
    calls.push_back(std::async(here ? std::launch::deferred : std::launch::async, [&, here] {
      return run_at(here ? who : sender, alias, function, {});
    }));
  }
  std::vector<node_result> results;
  std::optional<script_error> failed;
  for (size_t i = 0; i < nodes.size(); ++i) {
    auto result = calls[i].get();
    if (result) results.push_back({nodes[i], *std::move(result)});
    else if (!failed) failed.emplace(result.error().code, nodes[i] + ": " + result.error().message);
  }
  if (failed) throw *failed;
  return results;
}

/// Tables below each other, with a column `node` when it is wanted.
value merge_tables(const std::vector<node_result>& results, bool add_alias) {
  auto all = results.front().result.as<table>()->slice(0, 0);
  auto names = column::make(type_id::string);
  for (auto& one : results) {
    auto t = one.result.as<table>();
    auto same = t->width() == all->width();
    for (size_t i = 0; same && i < t->width(); ++i) same = t->col(i)->type() == all->col(i)->type();
    if (!same) throw script_error{ec::type_mismatch, "pnodeRun: the tables of " + results.front().alias + " and " + one.alias + " have different columns."};
    all->append(*t);
    for (size_t i = 0; i < t->rows(); ++i) names->push_text(one.alias);
  }
  if (add_alias && all->find("node") < 0) all->add("node", names);
  return value{all};
}

value merge_results(const std::vector<node_result>& results, bool add_alias) {
  auto every = [&](auto holds) { return std::all_of(results.begin(), results.end(), [&](auto& r) { return holds(r.result); }); };
  if (every([](const value& x) { return x.is_nothing(); })) return value::nothing();
  if (every([](const value& x) { return x.as<table>() != nullptr; })) return merge_tables(results, add_alias);
  if (every([](const value& x) { return x.is_vector() && x.type() != type_id::any; })) {
    std::vector<value> columns;
    for (auto& one : results) columns.push_back(one.result);
    bool equal = std::all_of(columns.begin(), columns.end(), [&](auto& c) { return c.size() == columns.front().size(); });
    if (equal) return matrix_of_columns(columns);
  }
  auto names = column::make(type_id::string);
  auto values = column::make(type_id::any);
  bool one_type = every([&](const value& x) { return x.is_scalar() && !x.is_void() && x.type() == results.front().result.type() && x.scale() == results.front().result.scale(); });
  if (one_type && physical_of(results.front().result.type()) != physical::any)
    values = column::make(results.front().result.type(), 0, results.front().result.scale());
  for (auto& one : results) {
    names->push_text(one.alias);
    unwrap(push_element(*values, one.result));
  }
  return value{std::make_shared<table>(std::vector<std::string>{"node", "value"}, std::vector<column_ptr>{names, values})};
}

/// The alias of the node at host:port; throws when the cluster has none there.
std::string alias_at(services& node, const std::string& host, int64_t port) {
  if (host == node.self().host && port == node.self().port) return node.self().alias;
  auto perf = unwrap(node.cluster_perf(true));
  auto& names = *perf->col(static_cast<size_t>(perf->find("name")));
  auto& hosts = *perf->col(static_cast<size_t>(perf->find("host")));
  auto& ports = *perf->col(static_cast<size_t>(perf->find("port")));
  for (size_t i = 0; i < perf->rows(); ++i)
    if (hosts.text(i) == host && element(ports, i).as_long() == port) return std::string{names.text(i)};
  throw script_error{ec::not_found, "xdb: the cluster has no node at " + host + ":" + std::to_string(port) + "."};
}

std::vector<value> rest_of(arguments& args, size_t from) {
  return {std::make_move_iterator(args.begin() + static_cast<ptrdiff_t>(std::min(from, args.size()))),
          std::make_move_iterator(args.end())};
}
} // namespace

value rpc_function(call_context& context, arguments& args) {
  auto alias = text_of_argument(args[0], "rpc", "nodeAlias");
  auto function = args[1];
  return at(context.who, alias, function, rest_of(args, 2));
}

value pnode_run_function(call_context& context, arguments& args) {
  auto& who = context.who;
  auto nodes = is_given(args, 1) ? text_list(args[1], "pnodeRun", "nodes") : unwrap(who.node->live_nodes(true));
  if (nodes.empty()) throw script_error{ec::unavailable, "pnodeRun: no data or compute node is up."};
  bool add_alias = !is_given(args, 2) || args[2].as_long() == 1;
  return merge_results(run_everywhere(who, nodes, args[0]), add_alias);
}

value xdb_function(call_context& context, arguments& args) {
  auto host = text_of_argument(args[0], "xdb", "siteAlias");
  auto& node = *context.who.node;
  if (!is_given(args, 1)) return value{std::make_shared<node_connection>(host, host)};
  auto port = args[1].as_long();
  return value{std::make_shared<node_connection>(alias_at(node, host, port), host + ":" + std::to_string(port))};
}

value remote_run_function(call_context& context, arguments& args) {
  auto connection = args[0].as<node_connection>();
  if (!connection) throw script_error{ec::type_mismatch, "remoteRun: conn must be what xdb() gives."};
  auto function = args[1];
  // A text that names no function is a script: it travels as the body of a function without parameters.
  if (function.is_text() && find_function(function.text()) == nullptr) {
    evaluator here{context.who};
    function = here.evaluate(*parse_expression("def () {\n" + std::string{function.text()} + "\n}"));
  }
  return at(context.who, connection->alias, function, rest_of(args, 2));
}

value close_connection_function(call_context&, arguments& args) {
  if (!args[0].as<node_connection>()) throw script_error{ec::type_mismatch, "close: X must be what xdb() gives."};
  return value::nothing();
}

} // namespace pelorus
