// SQL on in-memory tables: clauses, naming, and the traps that users of the language fall into.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "query/interpreter.hpp"
#include "sql_fake_services.hpp"

using namespace pelorus;

namespace {

constexpr const char* trades =
    "t1 = table([09:34:07,09:36:42,09:36:51,09:36:59,09:32:47,09:35:26,09:34:16,09:34:26,09:38:12] as timestamp, "
    "symbol(`C`MS`MS`MS`IBM`IBM`C`C`C) as sym, 2200 1900 2100 3200 6800 5400 1300 2500 8800 as qty, "
    "49.6 29.46 29.52 30.02 174.97 175.23 50.76 50.32 51.29 as price);";

std::string cell(const value& x) {
  if (x.is_scalar() && (x.is_null() || x.is_void())) return "";
  if (!x.is_scalar()) return "?";
  if (is_text(x.type())) return std::string{x.text()};
  if (is_floating(x.type())) {
    char text[40];
    std::snprintf(text, sizeof text, "%.7g", x.as_double());
    return text;
  }
  return std::to_string(x.raw_int());
}

/// "name,name;1,2;3,4": header and rows; vectors as "1,2"; scalars as they are.
std::string text_of(const value& x) {
  std::string text;
  if (auto t = x.as<table>()) {
    for (size_t c = 0; c < t->width(); ++c) text += (c ? "," : "") + t->name(c);
    for (size_t i = 0; i < t->rows(); ++i) {
      text += ";";
      for (size_t c = 0; c < t->width(); ++c) text += (c ? "," : "") + cell(element(*t->col(c), i));
    }
  } else if (x.is_vector()) {
    for (size_t i = 0; i < x.size(); ++i) text += (i ? "," : "") + cell(element(x.vec(), i));
  } else {
    text = cell(x);
  }
  return text;
}

struct fixture {
  testing::sql_services node;
  session who;
  fixture() {
    who.node = &node;
    (void)run(trades, who);
  }
  void check(const std::string& script, const std::string& expected) {
    auto result = run(script, who);
    CAPTURE(script);
    if (!result) CHECK_MESSAGE(false, script << "\n  error: " << result.error().message);
    else CHECK_MESSAGE(text_of(*result) == expected, script << "\n  got  " << text_of(*result) << "\n  want " << expected);
  }
  void check_error(const std::string& script, const std::string& part) {
    auto result = run(script, who);
    CAPTURE(script);
    REQUIRE_FALSE(result.has_value());
    CHECK_MESSAGE(result.error().message.find(part) != std::string::npos, result.error().message);
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "items: names, constants, shadowing") {
  check("select 3 as p, sym from t1 where sym=`IBM", "p,sym;3,IBM;3,IBM");
  check("select 1..3 as n, sym from t1 where qty > 5000", "n,sym;1,IBM;2,IBM;3,C");
  check("select sum(qty), count(*), max(price) from t1", "sum_qty,count,max_price;34200,9,175.23");
  check("select last price from t1 group by sym", "sym,last_price;C,51.29;IBM,175.23;MS,30.02");
  check("t = table(1..3 as id); select *, 1 as c from t", "id,c;1,1;2,1;3,1");
  check("qty = 0; select max(qty) as m from t1", "m;8800");  // the column, not the variable
  check("def f(a): a + 100; select f(qty) as q from t1 where qty < 2000", "q;2000;1400");
  check("select qty, qty from t1 where qty > 8000", "qty,qty1;8800,8800");
  check("t = table(`a`b as sym, 1 2 as v); select t.v from t where t.sym = `b", "v;2");
}

TEST_CASE_FIXTURE(fixture, "where: a comma filters in sequence, and does not") {
  check("t = table(1 2 3 4 5 6 as x); exec x from t where x > 2, x > avg(x)", "5,6");
  check("exec x from t where x > 2 and x > avg(x)", "4,5,6");
  check("exec x from t where x in 2 4 9", "2,4");
  check("exec x from t where x between 2 : 4", "2,3,4");
  check("exec x from t where x between 2 and 4", "2,3,4");
  check("exec x from t where 3 < x", "4,5,6");
  check("exec x from t where x = 1 or x = 6", "1,6");
  check("n = table(1 NULL 3 as x); exec x from n where x < 2", "1,");  // null is the smallest value
  check("exec count(*) from n where isNull(x)", "1");
  check("s = table(`a1`a2`b1 as id); exec id from s where id like \"a%\"", "a1,a2");
  check("exec x from t where x > (exec avg(x) from t)", "4,5,6");
  check("exec x from t where x in (select x from t where x > 4)", "5,6");
  check("exec x from t where true", "1,2,3,4,5,6");
  check("select x from t where x > 100", "x");
}

TEST_CASE_FIXTURE(fixture, "group by: keys first, sorted, nulls first") {
  check("select count(*) as n, avg(qty) as q from t1 group by sym", "sym,n,q;C,4,3700;IBM,2,6100;MS,3,2400");
  check("g = table(2 NULL 1 2 as k, 1 2 3 4 as v); select sum(v) from g group by k", "k,sum_v;,2;1,3;2,5");
  check("select sum(v)/count(v) as m, sum(v)+k as s from g where k > 0 group by k", "k,m,s;1,3,4;2,2,7");
  check("select sum(v) from g group by k having sum(v) > 2 order by sum_v desc", "k,sum_v;2,5;1,3");
  check("select sum(v) as s from g group by k order by max(v)", "k,s;,2;1,3;2,5");
  check("select k, sum(v) as s from g group by k", "k,s;,2;1,3;2,5");
  check("select count(*) as n from g group by k > 1 as big", "big,n;0,2;1,2");
  check("select wavg(price, qty) as w from t1 where sym = `C group by sym", "sym,w;C,50.82838");
  check("defg spread(x): max(x) - min(x); select spread(v) as s from g group by k", "k,s;,0;1,0;2,3");
  check("exec sum(v) from g group by k", "k,sum_v;,2;1,3;2,5");
  check("select med(v) as m, std(v) as s from g where k=2 group by k", "k,m,s;2,2.5,2.12132");
  check_error("select v from g group by k", "must be a group key");
}

TEST_CASE_FIXTURE(fixture, "context by: rows stay, groups in key order, limits per group") {
  check("c = table(`b`a`b`a as s, 1 2 3 4 as v); select s, v, cumsum(v) as cs from c context by s",
        "s,v,cs;a,2,2;a,4,6;b,1,1;b,3,4");
  check("select s, v - avg(v) as d from c context by s", "s,d;a,-1;a,1;b,-1;b,1");
  check("select top 1 * from c context by s", "s,v;a,2;b,1");
  check("select * from c context by s limit -1", "s,v;a,4;b,3");
  check("select s, cumsum(v) as cs from c context by s limit -1", "s,cs;a,6;b,4");
  check("select s, v, prev(v) as p from c context by s csort v desc", "s,v,p;a,4,;a,2,4;b,3,;b,1,3");
  check("select s, v from c context by s having v > avg(v)", "s,v;a,4;b,3");
  check("select s, v from c context by s order by v", "s,v;b,1;a,2;b,3;a,4");
  check("select * from t1 context by sym order by qty limit -1",
        "timestamp,sym,qty,price;34619,MS,3200,30.02;34526,IBM,5400,175.23;34692,C,8800,51.29");
  check("select s, count(*) as n from c context by s", "s,n;a,2;a,2;b,2;b,2");
}

TEST_CASE_FIXTURE(fixture, "order, limit, top, distinct") {
  check("t = table(3 1 NULL 2 as x, `c`a`n`b as s); exec s from t order by x", "n,a,b,c");
  check("exec s from t order by x desc", "c,b,a,n");
  check("exec s from t order by x limit 2", "n,a");
  check("exec s from t order by x limit 1, 2", "a,b");
  check("exec s from t limit 1, 2", "a,n");
  check("select top 2 s from t", "s;c;a");
  check("select top 1:3 s from t", "s;a;n");
  check("select s, x*2 as y from t order by y desc", "s,y;c,6;b,4;a,2;n,");
  check("d = table(1 3 1 3 as a, 1 1 1 2 as b); select distinct a, b from d", "a,b;1,1;3,1;3,2");
  check("select a, b from d order by a desc, b desc", "a,b;3,2;3,1;1,1;1,1");
  check_error("select * from t limit -1", "context by");
}

TEST_CASE_FIXTURE(fixture, "exec gives vectors and scalars") {
  check("exec count(price) from t1", "9");
  check("exec qty from t1 where sym = `IBM", "6800,5400");
  check("exec qty, price from t1 where qty > 8000", "qty,price;8800,51.29");
  check("exec qty from t1 where qty > 8000", "8800");
}

TEST_CASE_FIXTURE(fixture, "pivot by") {
  check("p = table(1 1 2 2 2 as d, `a`b`a`b`b as s, 1 2 3 4 5 as v); select v from p pivot by d, s",
        "d,a,b;1,1,2;2,3,5");
  check("select sum(v) as v from p pivot by d, s", "d,a,b;1,1,2;2,3,9");
  check("select v from p where s != `b or d = 2 pivot by d, s", "d,a,b;1,1,;2,3,5");
}

TEST_CASE_FIXTURE(fixture, "case when, windows and unions") {
  check("t = table(1 5 9 as x); select case when x < 3 then -1 when x < 7 then 0 else 1 end as f from t", "f;-1;0;1");
  check("t = table(1 2 3 as id); select id from t union all select id from t where id > 2", "id;1;2;3;3");
  check("select id from t union select id from t", "id;1;2;3");
  check("w = table(1 2 1 1 2 as id, `R`P`P`R`R as s, 200 500 100 300 300 as v); "
        "select id, sum(v) over (partition by s rows between 1 preceding and 2 following) as x from w",
        "id,x;1,800;2,600;1,600;1,800;2,600");
  check("select v, rank() over (partition by s order by v) as r from w", "v,r;200,1;500,2;100,1;300,2;300,2");
}

TEST_CASE_FIXTURE(fixture, "joins") {
  check("a = table(1 2 3 3 as id, 7.8 4.6 5.1 0.1 as value); b = table(5 3 1 as id, 300 500 800 as qty); ej(a, b, `id)",
        "id,value,qty;1,7.8,800;3,5.1,500;3,0.1,500");
  check("select id, qty from lj(a, b, `id)", "id,qty;1,800;2,;3,500;3,500");
  check("fj(a, b, `id)", "id,value,b_id,qty;1,7.8,1,800;2,4.6,,;3,5.1,3,500;3,0.1,3,500;,,5,300");
  check("select * from fj(a, b, `id) where id = 3", "id,value,b_id,qty;3,5.1,3,500;3,0.1,3,500");
  check("select a.id, b.qty from a inner join b on a.id = b.id", "id,qty;1,800;3,500;3,500");
  check("select id, qty from a left join b on a.id = b.id", "id,qty;1,800;2,;3,500;3,500");
  check("q = table(2 5 5 as t, 1 2 3 as q); l = table(1 3 5 9 as t); aj(l, q, `t)", "t,q_t,q;1,,;3,2,1;5,5,3;9,5,3");
  check("x = table(2010 2011 as year); y = table(`IBM`C as tick); cj(x, y)",
        "year,tick;2010,IBM;2010,C;2011,IBM;2011,C");
  check("k = table(1 2 as id, 10 20 as v); m = table(1 2 as id, 5 6 as v); ej(k, m, `id)", "id,v,m_v;1,10,5;2,20,6");
  check("w = table(5 9 as t); z = table(3 5 8 as t, 1 2 4 as q); wj(w, z, -2:0, <[sum(q), max(q)]>, `t)",
        "t,sum_q,max_q;5,3,2;9,4,4");
  check_error("ej(a, b, `nothing)", "no column 'nothing'");
}

TEST_CASE_FIXTURE(fixture, "update, delete and insert change tables in place") {
  check("u = table(`C`M`C as sym, 1 2 3 as q); update u set q = q * 10 where sym = `C; u", "sym,q;C,10;M,2;C,30");
  check("update u set z = q + 1; u", "sym,q,z;C,10,11;M,2,3;C,30,31");
  check("update u set q = q - avg(q) context by sym; u", "sym,q,z;C,-10,11;M,0,3;C,10,31");
  check("update u set z = NULL where q < 0; exec z from u", ",3,31");
  check("delete from u where q = 0; u", "sym,q,z;C,-10,;C,10,31");
  check("insert into u values(`N, 7, 8); exec sym from u", "C,C,N");
  check("insert into u values(`O`P, 1 2, 3 4); exec q from u", "-10,10,7,1,2");
  check("insert into u(sym, q) values(`Q, 9); exec z from u", ",31,8,3,4,");
  check("delete from u; exec count(*) from u", "0");
  check_error("insert into u values(1, 2)", "2 values for 3 columns");
}

TEST_CASE_FIXTURE(fixture, "tables are made of names and types, vectors and scalars") {
  check("table(1:0, `a`b, [INT, SYMBOL])", "a,b");
  check("ID = 1..2; x = 3; table(ID, x)", "ID,x;1,3;2,3");
  check("table(1 2 as a, `k as s)", "a,s;1,k;2,k");
  check("t = table(1:0, `Name`Age, [STRING, INT]); tableInsert(t, table(`Tom`Jo as n, 24 25 as a))", "2");
  check("tableInsert(t, (`George, 29)); tableInsert(t, `Ann`Bo, 1 2); t", "Name,Age;Tom,24;Jo,25;George,29;Ann,1;Bo,2");
  check("t1 = table(1 2 as id, 3 4 as x); t2 = table(5 as x, 6 as id); unionAll(t1, t2, true)", "id,x;1,3;2,4;6,5");
  check_error("table(1 2 as a, 1 2 3 as b)", "same length");
}

TEST_CASE_FIXTURE(fixture, "functions see columns as their arguments") {
  check("def onlyMine(t){ return select sum(x) as s from t where x > 1 }; onlyMine(table(1 2 3 as x))", "s;5");
  check("f = x -> x + 1; t = table(1 2 as x); select f(x) as y from t", "y;2;3");
  check("limit1 = 1; t = table(1 2 3 as x); exec x from t where x > limit1", "2,3");
}
