// Queries made by scripts: sqlCol, sqlColAlias, sql give metacode that eval runs.
#include <algorithm>

#include "query/code.hpp"
#include "query/function.hpp"
#include "query/functions/registry.hpp"
#include "query/functions/shapes.hpp"
#include "query/interpreter.hpp"
#include "query/operators.hpp"
#include "query/parser.hpp"
#include "query/select_tree.hpp"
#include "query/syntax.hpp"

namespace pelorus {

namespace {

value code_of(node_ptr tree, named_values captured = {}) {
  return value{std::make_shared<code_object>(std::move(tree), std::move(captured))};
}

node_ptr column_node(const std::string& name, const std::string& qualifier) {
  if (name == "*") return std::make_shared<star_node>(text_position{});
  auto plain_name = std::make_shared<name_node>(text_position{}, name);
  if (qualifier.empty()) return plain_name;
  auto member = std::make_shared<member_node>(text_position{});
  member->object = std::make_shared<name_node>(text_position{}, qualifier);
  member->name = name;
  return member;
}

node_ptr with_alias(node_ptr expr, const std::string& alias) {
  if (alias.empty()) return expr;
  auto result = std::make_shared<aliased_node>(text_position{});
  result->expr = std::move(expr);
  result->names = {alias};
  return result;
}

/// sqlCol(colName, [func], [alias], [qualifier]).
value sql_col_function(call_context&, arguments& args) {
  auto names = text_list(args[0], "sqlCol", "colName");
  auto aliases = is_given(args, 2) && !args[2].is_void() ? text_list(args[2], "sqlCol", "alias")
                                                         : std::vector<std::string>{};
  auto qualifier = is_given(args, 3) ? text_of_argument(args[3], "sqlCol", "qualifier") : std::string{};
  auto has_function = is_given(args, 1) && !args[1].is_void();
  std::vector<value> items;
  for (size_t i = 0; i < names.size(); ++i) {
    auto expr = column_node(names[i], qualifier);
    if (has_function) {
      auto call = std::make_shared<call_node>(text_position{});
      call->function = std::make_shared<literal_node>(text_position{}, args[1]);
      if (auto f = args[1].as<callable>(); f && !f->name().empty())
        call->function = std::make_shared<name_node>(text_position{}, f->name());
      call->arguments.push_back({"", expr, ""});
      expr = call;
    }
    auto alias = i < aliases.size() ? aliases[i] : std::string{};
    if (has_function && alias.empty()) alias = result_name(*expr);
    items.push_back(code_of(with_alias(expr, alias)));
  }
  if (items.size() == 1 && args[0].is_scalar()) return items.front();
  auto tuple = column::make(type_id::any, 0);
  for (auto& item : items) unwrap(push_element(*tuple, item));
  return value{tuple};
}

std::shared_ptr<code_object> code_argument(const value& x, std::string_view function, std::string_view parameter) {
  if (auto code = x.as<code_object>()) return code;
  throw script_error{ec::type_mismatch,
                     std::string{function} + ": " + std::string{parameter} + " must be metacode, like <x>."};
}

value sql_col_alias_function(call_context&, arguments& args) {
  auto code = code_argument(args[0], "sqlColAlias", "code");
  std::vector<std::string> names;
  if (is_given(args, 1) && !args[1].is_void()) names = text_list(args[1], "sqlColAlias", "colNames");
  else names = {result_name(*code->tree())};
  auto result = std::make_shared<aliased_node>(text_position{});
  result->expr = unaliased(code->tree());
  result->names = names;
  return code_of(result, code->captured());
}

/// Collects the trees of one clause: metacode, or a tuple of metacode.
class clause_reader {
public:
  node_list operator()(const value& x, std::string_view parameter) {
    node_list result;
    if (x.is_void()) return result;
    if (x.is_vector() && x.type() == type_id::any) {
      for (auto& item : x.vec().items())
        for (auto& n : (*this)(item, parameter)) result.push_back(n);
      return result;
    }
    auto code = code_argument(x, "sql", parameter);
    captured.insert(captured.end(), code->captured().begin(), code->captured().end());
    result.push_back(code->tree());
    return result;
  }
  named_values captured;
};

std::vector<order_item> ordered(const node_list& exprs, const value& ascending) {
  std::vector<order_item> result;
  for (size_t i = 0; i < exprs.size(); ++i) {
    order_item item;
    item.expr = exprs[i];
    if (ascending.is_scalar() && !ascending.is_void()) item.descending = ascending.as_long() == 0;
    else if (ascending.is_vector() && i < ascending.size())
      item.descending = element(ascending.vec(), i).as_long() == 0;
    result.push_back(item);
  }
  return result;
}

enum sql_argument : size_t {
  at_select, at_from, at_where, at_group_by, at_group_flag, at_csort, at_asc_sort, at_having, at_order_by,
  at_asc_order, at_limit, at_hint, at_exec, at_map, at_cgroup_by
};

value given(const arguments& args, size_t i) { return is_given(args, i) ? args[i] : value{}; }

/// A table is shown by its name and captured with its value; one without a name gets one.
node_ptr from_node(call_context& context, const value& from, named_values& captured, size_t at = at_from) {
  if (auto code = from.as<code_object>()) {
    captured.insert(captured.end(), code->captured().begin(), code->captured().end());
    return code->tree();
  }
  if (from.is_text()) return std::make_shared<name_node>(text_position{}, std::string{from.text()});
  auto& names = context.argument_names;
  auto name = names.size() > at && !names[at].empty() ? names[at] : std::string{"table_of_sql"};
  captured.emplace_back(name, from);
  return std::make_shared<name_node>(text_position{}, name);
}

value sql_function(call_context& context, arguments& args) {
  clause_reader read;
  auto query = std::make_shared<select_node>(text_position{});
  query->items = read(given(args, at_select), "select");
  query->from = from_node(context, given(args, at_from), read.captured);
  query->where = read(given(args, at_where), "where");
  query->group_by = read(given(args, at_group_by), "groupBy");
  if (!query->group_by.empty()) {
    auto flag = is_given(args, at_group_flag) && !args[at_group_flag].is_void() ? args[at_group_flag].as_long() : 1;
    if (flag < 0 || flag > 2)
      throw script_error{ec::bad_argument, "sql: groupFlag is 0 (context by), 1 (group by) or 2 (pivot by)."};
    query->grouping = flag == 0 ? group_kind::context_by : flag == 1 ? group_kind::group_by : group_kind::pivot_by;
  }
  if (auto cgroup = given(args, at_cgroup_by); !cgroup.is_void()) {
    if (cgroup.is_scalar() && is_integral(cgroup.type())) {
      query->cgroup_by = {query->group_by.back()};
      query->group_by.pop_back();
    } else {
      query->cgroup_by = read(cgroup, "cgroupBy");
    }
    if (query->group_by.empty()) query->grouping = group_kind::none;
  }
  query->csort = ordered(read(given(args, at_csort), "csort"), given(args, at_asc_sort));
  query->having = read(given(args, at_having), "having");
  query->order_by = ordered(read(given(args, at_order_by), "orderBy"), given(args, at_asc_order));
  if (auto limit = given(args, at_limit); !limit.is_void()) {
    if (limit.is_vector() && limit.size() == 2) {
      query->offset = std::make_shared<literal_node>(text_position{}, element(limit.vec(), 0));
      query->limit = std::make_shared<literal_node>(text_position{}, element(limit.vec(), 1));
    } else {
      query->top = std::make_shared<literal_node>(text_position{}, limit);
    }
  }
  query->is_exec = is_given(args, at_exec) && args[at_exec].as_long() == 1;
  query->map = is_given(args, at_map) && args[at_map].as_long() == 1;
  if (auto hint = given(args, at_hint); is_integral(hint.type())) query->hints.push_back(std::to_string(hint.as_long()));
  return code_of(query, read.captured);
}

/// sqlUpdate(table, updates, [from], [where], [contextBy], [csort], [ascSort], [having]).
value sql_update_function(call_context& context, arguments& args) {
  clause_reader read;
  auto change = std::make_shared<update_node>(text_position{});
  change->table = from_node(context, args[0], read.captured, 0);
  for (auto& n : read(args[1], "updates")) {
    auto name = alias_of(n);
    if (name.empty()) throw script_error{ec::bad_argument, "sqlUpdate: each of updates must name its column, as in <price * 2 as price>."};
    change->sets.emplace_back(name, unaliased(n));
  }
  if (auto from = given(args, 2); !from.is_void()) change->from = from_node(context, from, read.captured, 2);
  change->where = read(given(args, 3), "where");
  change->context_by = read(given(args, 4), "contextBy");
  change->csort = ordered(read(given(args, 5), "csort"), given(args, 6));
  change->having = read(given(args, 7), "having");
  return code_of(change, read.captured);
}

/// sqlDelete(table, [where], [from]).
value sql_delete_function(call_context& context, arguments& args) {
  clause_reader read;
  auto change = std::make_shared<delete_node>(text_position{});
  auto target = given(args, 2);
  change->table = from_node(context, target.is_void() ? args[0] : target, read.captured, target.is_void() ? 0 : 2);
  change->where = read(given(args, 1), "where");
  return code_of(change, read.captured);
}

// -- metacode in general ------------------------------------------------------------------------------------

value eval_function(call_context& context, arguments& args) {
  if (args[0].is_vector() && args[0].type() == type_id::any) {
    auto results = column::make(type_id::any, 0);
    for (auto& item : args[0].vec().items())
      unwrap(push_element(*results, evaluate_code(*code_argument(item, "eval", "X"), context.who)));
    return value{results};
  }
  return evaluate_code(*code_argument(args[0], "eval", "X"), context.who);
}

value parse_expression_function(call_context& context, arguments& args) {
  auto text = text_of_argument(args[0], "parseExpr", "X");
  return code_of(parse_expression(text, parse_options_of(context.who)));
}

/// An operand of expr: metacode as it is, everything else as a constant.
node_ptr operand_of(const value& x, named_values& captured) {
  auto code = x.as<code_object>();
  if (!code) return std::make_shared<literal_node>(text_position{}, x);
  captured.insert(captured.end(), code->captured().begin(), code->captured().end());
  return code->tree();
}

node_ptr apply_function(const callable& f, node_list operands) {
  for (size_t k = 0; operands.size() == 2 && k < op_count; ++k)
    if (info(static_cast<op>(k)).function == f.name())
      return std::make_shared<binary_node>(text_position{}, static_cast<op>(k), operands[0], operands[1]);
  auto call = std::make_shared<call_node>(text_position{});
  call->function = std::make_shared<name_node>(text_position{}, f.name());
  for (auto& o : operands) call->arguments.push_back({"", o, ""});
  return call;
}

/// expr(a, f, b, g, c) is (a f b) g c; expr(f, a) is f(a).
value expr_function(call_context&, arguments& args) {
  named_values captured;
  if (auto f = args[0].as<callable>()) {
    node_list operands;
    for (size_t i = 1; i < args.size(); ++i) operands.push_back(operand_of(args[i], captured));
    return code_of(apply_function(*f, operands), captured);
  }
  auto tree = operand_of(args[0], captured);
  if (args.size() % 2 == 0) throw script_error{ec::bad_argument, "expr: an operator at the end needs an operand."};
  for (size_t i = 1; i < args.size(); i += 2)
    tree = apply_function(*as_function(args[i]), {tree, operand_of(args[i + 1], captured)});
  return code_of(tree, captured);
}

const function_entry table_of_sql[] = {
    {"sqlCol", "sqlCol(colName, [func], [alias], [qualifier])",
     "Metacode of one column, or a tuple of metacode of several, with a function applied when one is given.",
     sql_col_function, 1, 4, plain, {{"sqlCol(`x)", "< x >"}, {"sqlCol(`x, sum, `total)", "< sum(x) as total >"}}},
    {"sqlColAlias", "sqlColAlias(code, [colNames])", "Metacode with a column name; by default the name a query gives it.",
     sql_col_alias_function, 1, 2, plain, {{"sqlColAlias(<avg(x)>)", "< avg(x) as avg_x >"}}},
    {"sql",
     "sql(select, from, [where], [groupBy], [groupFlag=1], [csort], [ascSort], [having], [orderBy], [ascOrder], [limit], "
     "[hint], [exec=false], [map=false], [cgroupBy])",
     "Metacode of a query made of its parts; eval runs it.", sql_function, 2, 15, plain,
     {{"t=table(1 2 3 as x); exec x from sql(sqlCol(`x), t, <x>1>).eval()", "[2,3]"}}},
    {"sqlUpdate", "sqlUpdate(table, updates, [from], [where], [contextBy], [csort], [ascSort], [having])",
     "Metacode of an update: `updates` is metacode of new values with the names of their columns, or a tuple of it; the other "
     "parts as in sql(). eval runs it.",
     sql_update_function, 2, 8, plain,
     {{"t = table(1 2 3 as x); sqlUpdate(t, <x * 10 as x>, , <x > 1>).eval(); t.x", "[1,20,30]"},
      {"sqlUpdate(table(1 2 as x), <x + 1>)", "error: must name its column"}}},
    {"sqlDelete", "sqlDelete(table, [where], [from])", "Metacode of a delete with its conditions; eval runs it.", sql_delete_function, 1,
     3, plain, {{"t = table(1 2 3 as x); sqlDelete(t, <x > 1>).eval(); t.x", "[1]"}}},
    {"eval", "eval(X)", "The value of metacode, or of each of a tuple of metacode.", eval_function, 1, 1, impure,
     {{"x = 3; eval(<x+1>)", "4"}}},
    {"parseExpr", "parseExpr(X)", "Metacode of the expression or query that a string holds.",
     parse_expression_function, 1, 1, plain, {{"parseExpr(\"1+2\").eval()", "3"}}},
    {"expr", "expr(X, args..)", "Metacode of operands and operators in turn, or of a function and its arguments.",
     expr_function, 2, 255, plain, {{"expr(<a>, +, 1)", "< a + 1 >"}, {"expr(1, add, 2).eval()", "3"}}},
};

} // namespace

function_family sql_functions() { return table_of_sql; }

} // namespace pelorus
