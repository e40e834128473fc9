// The syntax tree of scripts.
//
// One struct a shape, each derived from `node`, told apart by `kind`; `as<T>(n)` gives the struct. Trees are immutable
// after parsing and shared: functions, metacode and running queries keep the part they need. Optional children are
// null. Equality of trees: `same_tree` (query/unparse.hpp).
#pragma once

#include <cassert>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "query/token.hpp"
#include "storage/value.hpp"

namespace pelorus {

struct function_entry;

enum class node_kind : uint8_t {
  // expressions
  literal, name, macro, star, call, index, member, unary, binary, chain, ternary, vector, tuple, dict,
  function, partial, higher_order, metacode, aliased, case_when, window, select, set_operation, join,
  // statements (a function with a name is its definition; any expression is a statement as well)
  block, assign, if_, for_, while_, do_while, break_, continue_, return_, try_, throw_, assert_, timer,
  undef, share, go, use, module, include, transaction, class_,
  update, delete_, insert, create_database, create_table, alter_table, drop,
};

struct node {
  const node_kind kind;
  text_position at;

protected:
  node(node_kind kind, text_position at) : kind(kind), at(at) {}
  ~node() = default;  // shared pointers made by make_shared know the real type
};
using node_ptr = std::shared_ptr<const node>;
using node_list = std::vector<node_ptr>;

/// The node as its struct; the caller has looked at `kind`.
template <class T>
const T& as(const node& n) {
  assert(T::holds(n.kind));
  return static_cast<const T&>(n);
}
/// The struct, or null when the node is absent or of another kind.
template <class T>
const T* try_as(const node* n) {
  return n != nullptr && T::holds(n->kind) ? static_cast<const T*>(n) : nullptr;
}
template <class T>
const T* try_as(const node_ptr& n) { return try_as<T>(n.get()); }

/// Operators in the order of query/operators.hpp, which knows their text, precedence and function.
enum class op : uint8_t {
  or_, and_, lt, le, eq, ge, gt, ne, bit_or, bit_xor, bit_and, shift_left, shift_right,
  add, sub, mul, dot, div, ratio, mod, cast, join, pair, seq, neg, not_,
};
inline constexpr size_t op_count = static_cast<size_t>(op::not_) + 1;

// -- expressions ----------------------------------------------------------------------------------

/// A constant; space-separated runs (`1 2 3`) and backtick chains are one vector constant.
struct literal_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::literal; }
  literal_node(text_position at, value constant)
      : node(node_kind::literal, at), constant(std::move(constant)) {}
  value constant;
};

/// A variable, column, function, type constant; `a::b::f` for functions of modules.
struct name_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::name; }
  name_node(text_position at, std::string name);
  std::string name;
  size_t hash;                              ///< of the name, for scope::find
  int32_t slot = -1;                        ///< of a local variable in its function's frame
  const function_entry* builtin = nullptr;  ///< the registered function of that name, if there is one
};

/// `_$name` (a column by the string in a variable) or, with many, `_$$names`.
struct macro_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::macro; }
  macro_node(text_position at, std::string name, bool many)
      : node(node_kind::macro, at), name(std::move(name)), many(many) {}
  std::string name;
  bool many;
};

/// `*` in a select list or in count(*).
struct star_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::star; }
  explicit star_node(text_position at) : node(node_kind::star, at) {}
};

struct argument {
  std::string name;   ///< of a named argument, else empty
  node_ptr expr;      ///< null: the place was left empty
  std::string alias;  ///< `table(x as y)`
};

/// f(x, y=2); also infix `x f y` and prefix `f x`. With `method`, it was written arguments[0].f(..).
struct call_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::call; }
  explicit call_node(text_position at) : node(node_kind::call, at) {}
  node_ptr function;  ///< usually a name_node
  std::vector<argument> arguments;
  std::vector<std::string> argument_names;  ///< alias, variable or column each was written as, else ""
  bool method = false;
};

/// The function name of a call to a plain name, else "".
std::string_view called_name(const node& n);

/// x[i], x[i, j], x[, j].
struct index_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::index; }
  explicit index_node(text_position at) : node(node_kind::index, at) {}
  node_ptr object;
  node_list indices;  ///< null: left empty
};

/// t.col, d.key, without call.
struct member_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::member; }
  explicit member_node(text_position at) : node(node_kind::member, at) {}
  node_ptr object;
  std::string name;
};

struct unary_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::unary; }
  unary_node(text_position at, pelorus::op op, node_ptr operand)
      : node(node_kind::unary, at), op(op), operand(std::move(operand)) {}
  pelorus::op op;  ///< neg or not_
  node_ptr operand;
};

/// Operators with two operands, pairs `a:b` and sequences `a..b` among them. SQL's `=`, `and`, `or` are eq, and_, or_.
struct binary_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::binary; }
  binary_node(text_position at, pelorus::op op, node_ptr left, node_ptr right)
      : node(node_kind::binary, at), op(op), left(std::move(left)), right(std::move(right)) {}
  pelorus::op op;
  node_ptr left, right;
};

/// a < b <= c: all neighbouring comparisons hold. ops[i] stands between operands[i] and operands[i+1].
struct chain_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::chain; }
  explicit chain_node(text_position at) : node(node_kind::chain, at) {}
  node_list operands;
  std::vector<op> ops;
};

struct ternary_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::ternary; }
  explicit ternary_node(text_position at) : node(node_kind::ternary, at) {}
  node_ptr condition, yes, no;
};

/// `[a, b]` (kind vector) or `(a, b)` (kind tuple); null items are empty places.
struct list_node final : node {
  static constexpr bool holds(node_kind k) {
    return k == node_kind::vector || k == node_kind::tuple;
  }
  list_node(node_kind kind, text_position at) : node(kind, at) {}
  node_list items;
};

/// {"a": 1, b: 2}; a plain name as key is a string_literal.
struct dict_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::dict; }
  explicit dict_node(text_position at) : node(node_kind::dict, at) {}
  std::vector<std::pair<node_ptr, node_ptr>> entries;
};

struct parameter {
  std::string name;
  node_ptr default_value;  ///< null: required
  bool is_mutable = false;
};

/// A def (with or without name) or lambda. Local variables live in slots, parameters first.
struct function_node final : node, std::enable_shared_from_this<function_node> {
  static constexpr bool holds(node_kind k) { return k == node_kind::function; }
  explicit function_node(text_position at) : node(node_kind::function, at) {}

  /// A variable of the place of definition that the body reads; copied into a slot when the function is made.
  struct capture {
    std::string name;
    int32_t outer = -1;  ///< slot there, -1: a session variable
    int32_t slot = 0;    ///< slot here
  };

  std::string name;                    ///< empty for anonymous functions
  std::vector<parameter> parameters;
  node_ptr body;                       ///< a block, or for one-liners and lambdas the expression returned
  std::vector<std::string> locals;     ///< names of all slots
  std::vector<capture> captures;       ///< of anonymous functions and of functions within functions
  bool is_aggregate = false;           ///< defg
  bool is_lambda = false;              ///< written with ->
};

/// f{a,}: a function with some arguments fixed; empty places (and those behind the last) stay open.
struct partial_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::partial; }
  explicit partial_node(text_position at) : node(node_kind::partial, at) {}
  node_ptr function;
  std::vector<argument> arguments;
};

/// f:E and its like; applied through a call_node whose function it is.
struct higher_order_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::higher_order; }
  higher_order_node(text_position at, node_ptr function, std::string pattern)
      : node(node_kind::higher_order, at), function(std::move(function)), pattern(std::move(pattern)) {}
  node_ptr function;
  std::string pattern;  ///< "E", "P", "O", "L", "R", "C", "T", "A", "G", "X", "U", "H", "V"
};

/// <expression>, <select ..>, <expression as alias>.
struct metacode_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::metacode; }
  metacode_node(text_position at, node_ptr expr)
      : node(node_kind::metacode, at), expr(std::move(expr)) {}
  node_ptr expr;
  std::vector<std::shared_ptr<const name_node>> names;  ///< inside functions: what it may read of local variables
};

/// expr as name: select items, group keys, tables of a from clause. Several names for a function with several results.
struct aliased_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::aliased; }
  explicit aliased_node(text_position at) : node(node_kind::aliased, at) {}
  node_ptr expr;
  std::vector<std::string> names;
};

/// case [operand] when a then b .. [else c] end.
struct case_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::case_when; }
  explicit case_node(text_position at) : node(node_kind::case_when, at) {}
  node_ptr operand;                                  ///< null: the whens are conditions
  std::vector<std::pair<node_ptr, node_ptr>> whens;  ///< condition (or value to compare with), result
  node_ptr otherwise;
};

// -- SQL --------------------------------------------------------------------------------------------

struct order_item {
  enum class nulls : uint8_t { by_default, first, last };
  node_ptr expr;
  bool descending = false;
  nulls place = nulls::by_default;
};

/// f(x) over (partition by .. order by .. rows between .. and ..).
struct window_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::window; }
  explicit window_node(text_position at) : node(node_kind::window, at) {}

  struct bound {
    enum class place : uint8_t { unbounded_preceding, preceding, current_row, following, unbounded_following };
    place where = place::unbounded_preceding;
    node_ptr offset;  ///< of preceding and following
  };
  node_ptr call;
  node_list partition_by;
  std::vector<order_item> order_by;
  bool has_frame = false, by_range = false;  ///< rows (or range) between `from` and `to`
  bound from, to;
};

enum class join_kind : uint8_t { cross, inner, left, right, full, left_semi };

/// a join b on ..; a, b in a from clause is a cross join.
struct join_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::join; }
  explicit join_node(text_position at) : node(node_kind::join, at) {}
  join_kind how = join_kind::cross;
  node_ptr left, right;  ///< tables: expressions, aliased_node, select_node, join_node
  node_ptr on;           ///< null for cross joins
};

enum class group_kind : uint8_t { none, group_by, context_by, pivot_by };

struct with_item {
  std::string name;
  node_ptr query;
};

/// select or exec. Items, keys and tables may be aliased_node.
struct select_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::select; }
  explicit select_node(text_position at) : node(node_kind::select, at) {}
  bool is_exec = false;
  bool distinct = false;
  std::vector<std::string> hints;  ///< "HINT_EXPLAIN", ..; a bare number is kept as written
  std::vector<with_item> with;
  node_ptr top;                    ///< n, or the pair a:b
  node_list items;                 ///< star_node for `*`, and `t.*` as member_node named "*"
  node_ptr from;                   ///< null: select without a table
  node_list where;                 ///< in order; each sees only the rows the earlier ones left
  group_kind grouping = group_kind::none;
  node_list group_by;              ///< keys of group by, context by or pivot by
  node_list cgroup_by;
  std::vector<order_item> csort;
  node_list having;
  std::vector<order_item> order_by;
  node_ptr limit, offset;          ///< limit [offset,] limit
  bool map = false;                ///< run per partition without merging
};

enum class set_kind : uint8_t { union_, union_all, intersect, intersect_all, minus, minus_all };

/// select .. union [all] select ..
struct set_operation_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::set_operation; }
  explicit set_operation_node(text_position at) : node(node_kind::set_operation, at) {}
  set_kind how = set_kind::union_;
  node_ptr left, right;
  std::vector<order_item> order_by;  ///< of the whole
  node_ptr limit, offset;
};

/// update t set a=.., b=.. [from ..] [where ..] [context by ..].
struct update_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::update; }
  explicit update_node(text_position at) : node(node_kind::update, at) {}
  node_ptr table;
  std::vector<std::pair<std::string, node_ptr>> sets;
  node_ptr from;
  node_list where;
  node_list context_by;
  std::vector<order_item> csort;
  node_list having;
};

struct delete_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::delete_; }
  explicit delete_node(text_position at) : node(node_kind::delete_, at) {}
  node_ptr table;  ///< or a join_node: rows of its left table that match go
  node_list where;
};

struct insert_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::insert; }
  explicit insert_node(text_position at) : node(node_kind::insert, at) {}
  node_ptr table;
  std::vector<std::string> columns;  ///< empty: all
  std::vector<node_list> rows;       ///< values(..), (..); an item may be a vector: a whole column
  node_ptr query;                    ///< insert into t select ..
};

struct named_option {
  std::string name;  ///< as written: engine, atomic, sortColumns, keepDuplicates, ..
  node_ptr expr;
};

/// create database "dfs://x" partitioned by VALUE(..), HASH([..]) , engine='TSDB', ..
struct create_database_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::create_database; }
  explicit create_database_node(text_position at) : node(node_kind::create_database, at) {}
  node_ptr path;
  node_list schemes;  ///< call_node each: VALUE(..), RANGE(..), HASH(..), LIST(..)
  std::vector<named_option> options;
  bool if_not_exists = false;
};

struct column_definition {
  std::string name;
  node_ptr type;                      ///< a name, `DECIMAL64(2)`, or an array type as index_node without indices
  std::vector<named_option> options;  ///< [comment="..", compress=".."]
};

/// create table "dfs://x"."t"(..) partitioned by .., or create [local] table t(..).
struct create_table_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::create_table; }
  explicit create_table_node(text_position at) : node(node_kind::create_table, at) {}
  node_ptr database;  ///< null: in memory
  std::string name;
  std::vector<column_definition> columns;
  node_list partitioned_by;
  std::vector<named_option> options;
  bool if_not_exists = false;
};

struct alter_table_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::alter_table; }
  explicit alter_table_node(text_position at) : node(node_kind::alter_table, at) {}
  enum class action : uint8_t { add_column, drop_column, rename_column };
  node_ptr database;  ///< null: `name` is a variable
  std::string name;
  action what = action::add_column;
  std::vector<column_definition> columns;  ///< added (with types) or dropped
  std::string old_name, new_name;
};

struct drop_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::drop; }
  explicit drop_node(text_position at) : node(node_kind::drop, at) {}
  bool is_database = false;
  bool if_exists = false;
  node_ptr database;  ///< path; null for a table variable
  std::string name;   ///< of the table
};

// -- statements ---------------------------------------------------------------------------------------

struct block_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::block; }
  explicit block_node(text_position at) : node(node_kind::block, at) {}
  node_list statements;
};

/// Targets: name_node, index_node, member_node. `a, b = x`; `x[i] += v`; `&x = y`; `const x = y`.
struct assign_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::assign; }
  explicit assign_node(text_position at) : node(node_kind::assign, at) {}
  node_list targets;
  node_ptr expr;
  bool is_compound = false;  ///< `op`= instead of =
  pelorus::op op = pelorus::op::add;
  bool by_reference = false;
  bool is_const = false;
};

struct if_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::if_; }
  explicit if_node(text_position at) : node(node_kind::if_, at) {}
  node_ptr condition, yes, no;
};

struct for_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::for_; }
  explicit for_node(text_position at) : node(node_kind::for_, at) {}
  std::vector<std::shared_ptr<const name_node>> variables;  ///< several: the element is taken apart
  node_ptr source, body;
};

/// while (kind while_) and do .. while (kind do_while).
struct while_node final : node {
  static constexpr bool holds(node_kind k) {
    return k == node_kind::while_ || k == node_kind::do_while;
  }
  while_node(node_kind kind, text_position at) : node(kind, at) {}
  node_ptr condition, body;
};

/// break, continue and go, which have no parts.
struct plain_node final : node {
  static constexpr bool holds(node_kind k) {
    return k == node_kind::break_ || k == node_kind::continue_ || k == node_kind::go;
  }
  plain_node(node_kind kind, text_position at) : node(kind, at) {}
};

/// return, throw: one optional expression.
struct leave_node final : node {
  static constexpr bool holds(node_kind k) {
    return k == node_kind::return_ || k == node_kind::throw_;
  }
  leave_node(node_kind kind, text_position at) : node(kind, at) {}
  node_ptr expr;
};

struct try_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::try_; }
  explicit try_node(text_position at) : node(node_kind::try_, at) {}
  node_ptr body;
  std::shared_ptr<const name_node> error;
  node_ptr handler;
};

struct assert_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::assert_; }
  explicit assert_node(text_position at) : node(node_kind::assert_, at) {}
  node_ptr label;      ///< may be null
  node_ptr condition;
  std::string source;  ///< text of the condition, for the message
};

struct timer_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::timer; }
  explicit timer_node(text_position at) : node(node_kind::timer, at) {}
  node_ptr repeat;  ///< null: once
  node_ptr body;
};

/// undef all; undef x, y.
struct undef_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::undef; }
  explicit undef_node(text_position at) : node(node_kind::undef, at) {}
  std::vector<std::string> names;  ///< empty: all
};

struct share_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::share; }
  explicit share_node(text_position at) : node(node_kind::share, at) {}
  node_ptr expr;
  std::string name;
};

/// use a::b, module a::b, #include "path".
struct module_node final : node {
  static constexpr bool holds(node_kind k) {
    return k == node_kind::use || k == node_kind::module || k == node_kind::include;
  }
  module_node(node_kind kind, text_position at, std::string name)
      : node(kind, at), name(std::move(name)) {}
  std::string name;
};

struct transaction_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::transaction; }
  explicit transaction_node(text_position at) : node(node_kind::transaction, at) {}
  node_ptr body;
};

/// class C [: base] { attributes, methods }.
struct class_node final : node {
  static constexpr bool holds(node_kind k) { return k == node_kind::class_; }
  explicit class_node(text_position at) : node(node_kind::class_, at) {}
  std::string name, base;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< name, type name
  std::vector<std::shared_ptr<const function_node>> methods;
};

} // namespace pelorus
