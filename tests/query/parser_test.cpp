#include "query/parser.hpp"

#include <doctest/doctest.h>

#include "query/script_error.hpp"
#include "query/unparse.hpp"
#include "tests/query/conformance_cases.hpp"

using namespace pelorus;

namespace {

std::string tree(std::string_view text) { return tree_text(*parse_expression(text)); }
std::string script_tree(std::string_view text) { return tree_text(*parse_script(text)); }

std::string error_of(std::string_view text) {
  try {
    parse_script(text);
  } catch (const script_error& e) {
    return e.message();
  }
  return "";
}

} // namespace

TEST_CASE("operators follow the precedence table") {
  CHECK(tree("a+b*c") == tree("a+(b*c)"));
  CHECK(tree("a-b-c") == tree("(a-b)-c"));
  CHECK(tree("3*a..10") == tree("3*(a..10)"));
  CHECK(tree("1:3+1") == tree("(1:3)+1"));
  CHECK(tree("a|b^c&d") == tree("a|(b^(c&d))"));
  CHECK(tree("a||b&&c") == tree("a||(b&&c)"));
  CHECK(tree("!x-1") == tree("(!x)-1"));
  CHECK(tree("-n..n") == tree("(-n)..n"));
  CHECK(tree("1..6$2:3") == tree("(1..6)$(2:3)"));
  CHECK(tree("a ? b : c ? d : e") == tree("a ? b : (c ? d : e)"));
  CHECK(tree("a<b<=c") != tree("(a<b)<=c"));
}

TEST_CASE("prefix calls swallow the rest, infix calls bind like multiplication") {
  parse_options functions{[](std::string_view name) {
    return name == "f" || name == "g" ? name_use::function : name_use::unknown;
  }};
  auto text = [&](std::string_view s) { return tree_text(*parse_expression(s, functions)); };
  CHECK(text("f 1 2 3 == 6") == text("f(1 2 3 == 6)"));
  CHECK(text("f x + f x") == text("f(x + f(x))"));
  CHECK(text("2 g 3 f 5") == text("f(g(2,3),5)"));
  CHECK(text("1+x g y") == text("1+g(x,y)"));
  CHECK(text("x g y>3") == text("g(x,y)>3"));
  CHECK(text("f -1") == text("f(-1)"));
  CHECK(text("x -1") == text("x-1"));
  CHECK(text("x +:O 0") == text("add:O(x,0)"));
  CHECK(text("f:E(x)") == text("f :E x"));
}

TEST_CASE("literals") {
  CHECK(tree("1 -2 3") == tree("[1,-2,3]"));
  CHECK(tree("1 - 2") != tree("1 -2"));
  CHECK(tree("`a`b") == tree("[\"a\",\"b\"]"));
  CHECK(tree("[2,,8]") == " (INT [2,00i,8])");
  CHECK(tree("[1 2 3]") == " (ANY [[1,2,3]])");
  CHECK(tree("1 NULL 2.5") == " (DOUBLE [1.0,00F,2.5])");
}

TEST_CASE("SQL") {
  auto t = tree("select top 10 distinct a, sum(b) as `x from t where a=1, b>2 group by c having "
                "sum(b)>3 order by a desc limit 5");
  CHECK(t.find("(where (== a") != std::string::npos);
  CHECK(t.find("distinct") != std::string::npos);
  CHECK(t.find("(as (call sum b) \"x\")") != std::string::npos);
  CHECK(tree("select a from t\nwhere b in (1,2)\n  and c like \"x%\"") ==
        tree("select a from t where in(b,(1,2)) && like(c,\"x%\")"));
  CHECK(tree("select a from t where b between 1 and 5 and c is not null") ==
        tree("select a from t where between(b,1:5) && !isNull(c)"));
  CHECK(tree("select * from t1 left join t2 on t1.a=t2.b").find("join2") != std::string::npos);
  CHECK(tree("select price1...price3 as p1...p3 from t") ==
        tree("select price1 as p1, price2 as p2, price3 as p3 from t"));
  CHECK(tree("select sum(v) over (partition by k order by d rows between 1 preceding and current "
             "row) from t")
            .find("rows") != std::string::npos);
  CHECK(script_tree("x = select a\n  from t\ny=1") == script_tree("x = select a from t; y = 1"));
  CHECK(script_tree("insert into t(a,b) values(1,2)").find("\"a\" \"b\" (row") !=
        std::string::npos);
  CHECK(script_tree("create table \"dfs://d\".\"t\"(id INT, v DOUBLE[comment=\"x\"]) partitioned "
                    "by id, sortColumns=`id")
            .find("(by id)") != std::string::npos);
}

TEST_CASE("metacode ends where no operand follows") {
  CHECK(tree("<a>b>") == " (code (> a b))");
  CHECK(tree("[<a>,<b>c>]") == tree("[(<a>),(<b>c>)]"));
  CHECK(tree("<x>.f()").find("method") != std::string::npos);
  CHECK(tree("g(6,<,8)") == tree("g(6,lt,8)"));
}

TEST_CASE("statements") {
  CHECK(script_tree("if(a) b; else c") == script_tree("if(a)\nb\nelse\nc"));
  CHECK(script_tree("f = def(x){ if(x){return 1} return 2 }; g=2").find("(= g") !=
        std::string::npos);
  CHECK(script_tree("def f(a, mutable b, c=3): a+b").find("mutable:b") != std::string::npos);
  CHECK(script_tree("a\n-b") != script_tree("a-b"));
  CHECK(script_tree("a>1 and b<2 or c") == script_tree("(a>1)&&(b<2)||c"));
  CHECK(script_tree("a +\nb") == script_tree("a+b"));
}

TEST_CASE("errors say where and what was expected") {
  CHECK(error_of("x=1\ny=f(1,2") ==
        "Syntax Error: [line #2] Expected ',' or ')' but found the end of the script (column 8)");
  CHECK(error_of("(a=1)").find("Please use '==' rather than '='") != std::string::npos);
  CHECK(error_of("f(x)=1").find("Please use '==' rather than '='") != std::string::npos);
  CHECK(error_of("if(a").find("[line #1]") != std::string::npos);
  CHECK(error_of("def f(a,a){}").find("named twice") != std::string::npos);
}

TEST_CASE("deep nesting is an error, not a crash") {
  auto repeated = [](std::string_view text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i)
      result += text;
    return result;
  };
  for (auto text : {"(", "[", "{", "-", "!", "a?", "if(1) ", "<", "f(", "x->"})
    CHECK(error_of(repeated(text, 20000)).find("nested deeper") != std::string::npos);
  CHECK(error_of(repeated("1+", 20000)).find("operators in a row") != std::string::npos);
  CHECK(error_of("x" + repeated(".f()", 20000)).find("may follow one another") !=
        std::string::npos);
}

TEST_CASE("the conformance scripts parse") {
  auto known = parse_options{known_functions()};
  for (const auto& c : conformance_cases()) {
    if (c.kind == "error" || c.id == "jsonExtract#8")
      continue; // jsonExtract#8 lost the first line of its query
    CAPTURE(c.id);
    CHECK_NOTHROW(parse_script(c.script, known));
  }
}
