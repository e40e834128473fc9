// DolphinDB's public C++ SDK, unmodified, against a running node with a data store: cpp_sdk HOST PORT [ROWS].
// The SDK is not part of this repository; see README.md for how this is built. Prints as check.mjs does.
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "DolphinDB.h"
#include "MultithreadedTableWriter.h"
#include "Util.h"

using namespace dolphindb;

namespace {
int passed = 0, failed = 0;
std::string host;
int port = 0;

void check(const std::string& name, const std::function<void()>& run) {
  auto begin = std::chrono::steady_clock::now();
  try {
    run();
    ++passed;
    auto ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    std::fprintf(stderr, "ok    %s (%.0f ms)\n", name.c_str(), ms);
  } catch (const std::exception& e) {
    ++failed;
    std::fprintf(stderr, "FAIL  %s: %s\n", name.c_str(), e.what());
  }
}

void that(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void connect(DBConnection& c) { that(c.connect(host, port, "admin", "123456"), "connect answered false"); }

void scalars(DBConnection& c) {
  that(c.run("1+1")->getInt() == 2, "1+1");
  that(c.run("`abc")->getString() == "abc", "a string");
  that(c.run("2024.01.02T10:11:12.123")->getString() == "2024.01.02T10:11:12.123", "a timestamp");
  that(c.run("decimal64(1.25, 2)")->getString() == "1.25", "a decimal");
  that(c.run("int(NULL)")->isNull(), "a null");
  that(c.run("uuid(\"5d212a78-cc48-e3b1-4235-b4d91473ee87\")")->getString() == "5d212a78-cc48-e3b1-4235-b4d91473ee87", "a uuid");
  that(c.run("ipaddr(\"192.168.1.13\")")->getString() == "192.168.1.13", "an address");
}

void forms(DBConnection& c) {
  that(c.run("1..5")->size() == 5, "a vector");
  that(c.run("matrix(1 2 3, 4 5 6)")->columns() == 2, "a matrix");
  that(c.run("set(1 2 3)")->size() == 3, "a set");
  that(c.run("dict(`a`b, 1 2)")->size() == 2, "a dictionary");
  that(c.run("(1, `a, 2.5)")->size() == 3, "an ANY vector");
  that(c.run("table(1 2 as id, symbol(`a`b) as s, `x`y as t)")->rows() == 2, "a table");
  that(c.run("array(INT[], 0).append!([1 2, 3 4 5])")->size() == 2, "an array vector");
  ConstantSP chart = c.run("plot(1 2 3 as sales, `a`b`c, `Sales, BAR)");
  that(chart->getForm() == DF_CHART, "a chart");
}

TableSP sample(int rows) {
  TableSP t = Util::createTable({"id", "sym", "price", "at"}, {DT_INT, DT_SYMBOL, DT_DOUBLE, DT_TIMESTAMP}, rows, rows);
  for (int i = 0; i < rows; ++i) {
    t->getColumn(0)->setInt(i, i);
    t->getColumn(1)->setString(i, i % 2 == 0 ? "even" : "odd");
    t->getColumn(2)->setDouble(i, i / 2.0);
    t->getColumn(3)->setLong(i, 1700000000000LL + i);
  }
  return t;
}

void uploads(DBConnection& c, int rows) {
  c.upload("up", sample(rows));
  that(c.run("exec sum(id) from up where sym == `odd")->getLong() == static_cast<long long>(rows / 2) * (rows / 2), "the sum");
  std::vector<ConstantSP> two{Util::createInt(20), Util::createInt(22)};
  that(c.run("add", two)->getInt() == 42, "a function");
}

void blocks(DBConnection& c) {
  BlockReaderSP reader = c.run("table(1..20000 as a)", 4, 64, 8192);
  int rows = 0;
  while (reader->hasNext()) rows += reader->read()->rows();
  that(rows == 20000, "rows of blocks");
}

void errors(DBConnection& c) {
  std::string message;
  try {
    c.run("a = 1\nnoSuchThing + 1");
  } catch (const std::exception& e) {
    message = e.what();
  }
  that(message.find("noSuchThing") != std::string::npos, "message: " + message);
  that(c.run("1+1")->getInt() == 2, "the session goes on");
}

void writes_in_threads(DBConnection& c) {
  c.run("if (existsDatabase('dfs://cpp_sdk')) dropDatabase('dfs://cpp_sdk')\n"
        "db = database('dfs://cpp_sdk', HASH, [INT, 4])\n"
        "db.createPartitionedTable(table(1:0, `id`sym`price`at, [INT, SYMBOL, DOUBLE, TIMESTAMP]), `t, `id)");
  std::vector<ConstantSP> given{sample(1000)};
  that(c.run("tableInsert{loadTable('dfs://cpp_sdk', `t)}", given)->getInt() == 1000, "tableInsert");
  {
    MultithreadedTableWriter writer(host, port, "admin", "123456", "dfs://cpp_sdk", "t", false, false, nullptr, 500, 0.1F, 2, "id");
    ErrorCodeInfo problem;
    for (int i = 0; i < 5000; ++i)
      that(writer.insert(problem, i, "mtw", i * 1.5, 1700000000000LL), "insert: " + problem.errorInfo);
    writer.waitForThreadCompletion();
  }
  that(c.run("exec count(*) from loadTable('dfs://cpp_sdk', `t)")->getInt() == 6000, "rows stored");
  c.run("dropDatabase('dfs://cpp_sdk')");
}

void big_table(DBConnection& c, int rows) {
  auto n = std::to_string(rows);
  ConstantSP t = c.run("n = " + n + "; table(1..n as a, long(1..n) as b, double(1..n) as c, take(2024.01.01, n) as d, "
                       "take(2024.01.01T00:00:00.000, n) as e, take(`x`y`z, n) as f, take(symbol(`x`y`z), n) as g, "
                       "float(1..n) as h, short(take(1 2, n)) as i)");
  that(t->rows() == rows && t->columns() == 9, "its size");
  that(t->getColumn(0)->getInt(rows - 1) == rows, "its last value");
}
} // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "usage: cpp_sdk HOST PORT [ROWS]\n"), 3;
  host = argv[1];
  port = std::atoi(argv[2]);
  int rows = argc > 3 ? std::atoi(argv[3]) : 1000000;
  DBConnection plain, packed(false, false, 7200, true);
  check("connect and log in (SCRAM, then RSA)", [&] { connect(plain); });
  check("connect with compression", [&] { connect(packed); });
  check("a wrong password", [&] {
    DBConnection c;
    bool in = false;
    try {
      in = c.connect(host, port, "admin", "wrong") && c.run("getCurrentSessionAndUser()[1]")->getString() == "admin";
    } catch (const std::exception&) {
    }
    that(!in, "it was let in");
  });
  for (auto* c : {&plain, &packed}) {
    std::string how = c == &plain ? "" : ", compressed";
    check("scalars" + how, [&] { scalars(*c); });
    check("forms" + how, [&] { forms(*c); });
    check("uploads and functions" + how, [&] { uploads(*c, 100000); });
    check("blocks of a big table" + how, [&] { blocks(*c); });
    check("errors" + how, [&] { errors(*c); });
    check(std::to_string(rows) + " rows, 9 columns" + how, [&] { big_table(*c, rows); });
  }
  check("tableInsert and MultithreadedTableWriter", [&] { writes_in_threads(plain); });
  std::fprintf(stderr, "%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
