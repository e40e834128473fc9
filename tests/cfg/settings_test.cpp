#include "cfg/settings.hpp"

#include <set>
#include <thread>

#include <doctest/doctest.h>

using namespace pelorus;

TEST_CASE("every row of the table is complete and its default is valid") {
  std::set<std::string_view> names;
  for (const auto& section : setting_sections())
    for (const auto& row : section.rows) {
      CAPTURE(row.name);
      CHECK(names.insert(row.name).second);
      if (!row.alias.empty()) CHECK(names.insert(row.alias).second);
      CHECK(row.description.ends_with('.'));
      CHECK(row.roles != 0);
      CHECK((row.type == setting_type::choice) == !row.choices.empty());
      bool numeric = row.type == setting_type::integer || row.type == setting_type::real;
      if (numeric) CHECK(row.range.low < row.range.high);
      bool literal = !row.derive && !row.fallback.empty() && !row.fallback.starts_with("the ");
      if (literal && !row.absolute && row.fallback.find(" x ") == std::string_view::npos)
        CHECK(normalize_value(row, row.fallback));
      if (row.derive && row.name != "actorPort") {
        settings s{node_role::datanode, "n1", "/home"};
        CHECK(normalize_value(row, row.derive(s)));
      }
    }
}

TEST_CASE("settings have typed values and defaults by role") {
  settings s{node_role::datanode, "n1", "/srv/data"};
  CHECK(s.get_string("newValuePartitionPolicy") == "skip");
  CHECK(s.get_int("workerNum") == int64_t(std::thread::hardware_concurrency()));
  CHECK_FALSE(s.get_bool("dataSync"));
  CHECK(s.get_int("dfsReplicationFactor") == 2);
  CHECK(settings{node_role::single, "a"}.get_int("dfsReplicationFactor") == 1);
  CHECK(s.get_double("maxMemSize") == 0);
  CHECK_FALSE(s.is_set("maxMemSize"));
  REQUIRE(s.set("maxMemSize", "8", {"a.cfg", 3}));
  CHECK(s.get_bytes("maxMemSize") == 8ull << 30);
  CHECK(s.origin_of("maxMemSize") == origin{"a.cfg", 3});
  CHECK(s.get_bytes("maxLogSize") == 1024ull << 20);
  REQUIRE(s.set("dataSync", "1"));
  CHECK(s.get_bool("dataSync"));
  REQUIRE(s.set("logLevel", "debug"));
  CHECK(s.get_string("logLevel") == "DEBUG");
  s.erase("logLevel");
  CHECK(s.get_string("logLevel") == "INFO");
}

TEST_CASE("the older name of a setting is stored under the present one") {
  settings s{node_role::datanode, "n1"};
  REQUIRE(s.set("chunkCacheEngineMemSize", "2"));
  CHECK(s.get_double("OLAPCacheEngineSize") == 2);
  CHECK(s.to_lines() == std::vector<std::string>{"OLAPCacheEngineSize=2"});
}

TEST_CASE("paths start at the home directory and know the alias") {
  settings s{node_role::datanode, "P1-datanode", "/srv/my data"};
  CHECK(s.get_paths("volumes") ==
        std::vector<std::string>{"/srv/my data/P1-datanode/storage"});
  CHECK(s.get_path("chunkMetaDir") == "/srv/my data/P1-datanode/storage");
  CHECK(s.get_path("dfsMetaDir") == "/srv/my data/dfsMeta");
  CHECK(s.get_path("persistenceDir") == "");
  REQUIRE(s.set("volumes", " /a/<ALIAS> , /b/../c/ "));
  CHECK(s.get_paths("volumes") == std::vector<std::string>{"/a/P1-datanode", "/c"});
  CHECK(s.get_path("chunkMetaDir") == "/a/P1-datanode");
  REQUIRE(s.set("chunkMetaDir", "meta"));
  CHECK(s.get_path("chunkMetaDir") == "/srv/my data/meta");
}

TEST_CASE("defaults follow other settings") {
  settings s{node_role::controller, "c"};
  REQUIRE(s.set("localSite", "10.0.0.80:8900:controller8900"));
  CHECK(s.get_int("actorPort") == 18900);
  REQUIRE(s.set("workerNum", "20"));
  CHECK(s.get_int("maxBatchJobWorker") == 20);
  CHECK(s.get_int("maxConnectionPerSite") == 22);
  REQUIRE(s.set("maxMemSize", "8"));
  CHECK(s.get_double("reservedMemSize") == doctest::Approx(0.4));
  CHECK(s.get_double("emergencyMemSize") == doctest::Approx(0.5));
  CHECK(s.get_double("memLimitOfQueryResult") == doctest::Approx(4));
  REQUIRE(s.set("maxMemSize", "1"));
  CHECK(s.get_double("TSDBCacheEngineSize") == doctest::Approx(0.5));
}

TEST_CASE("settings travel as lines and as arguments") {
  settings s{node_role::datanode, "n1"};
  REQUIRE(s.set("volumes", "/a b/<ALIAS>"));
  REQUIRE(s.set("dataSync", "1"));
  settings t{node_role::datanode, "n1", "/h"};
  REQUIRE(t.set_lines(s.to_lines(), "the controller"));
  CHECK(t.get_paths("volumes") == std::vector<std::string>{"/a b/n1"});
  CHECK(t.origin_of("volumes") == origin{"the controller", 2});
  CHECK(s.to_arguments() ==
        std::vector<std::string>{"-dataSync", "true", "-volumes", "/a b/<ALIAS>"});
  CHECK(t.set_lines({"nonsense"}, "x").error().message == "no '=' in 'nonsense'");
  CHECK(t.set("noSuchThing", "1").error().message == "'noSuchThing' is not a setting");
}

TEST_CASE("a refused value names the setting and its bounds") {
  struct { const char* name; const char* text; const char* message; } cases[] = {
      {"maxMemSize", "abc",
       "'abc' is refused: maxMemSize must be a number between 0 and 65536 (GB)."},
      {"maxMemSize", "-1",
       "'-1' is refused: maxMemSize must be a number between 0 and 65536 (GB)."},
      {"maxMemSize", "nan",
       "'nan' is refused: maxMemSize must be a number between 0 and 65536 (GB)."},
      {"workerNum", "1.5", "'1.5' is refused: workerNum must be an integer between 1 and 1024."},
      {"workerNum", "", "'' is refused: workerNum must be an integer between 1 and 1024."},
      {"workerNum", "99999999999999999999",
       "'99999999999999999999' is refused: workerNum must be an integer between 1 and 1024."},
      {"dataSync", "yes", "'yes' is refused: dataSync must be true, false, 1 or 0."},
      {"logLevel", "loud",
       "'loud' is refused: logLevel must be one of DEBUG, INFO, WARNING, ERROR."},
      {"maxLogSize", "200mb",
       "'200mb' is refused: maxLogSize must be an integer between 100 and 1048576 (MB). The unit "
       "is always MB; write 200."},
      {"persistenceDir", "p",
       "'p' is a relative path; persistenceDir must be an absolute path."},
      {"publicName", "a\nadmin=1",
       "'a\\x0aadmin=1' holds the control character 0x0a; publicName must be text on one line."},
  };
  for (const auto& [name, text, message] : cases) {
    settings s{node_role::datanode, "n"};
    CHECK(s.set(name, text).error().message == message);
  }
}

TEST_CASE("the nearest known name is proposed") {
  CHECK(nearest_setting("maxMenSize") == "maxMemSize");
  CHECK(nearest_setting("workernum") == "workerNum");
  CHECK(nearest_setting("zzzzzzzzzzzz") == "");
  CHECK(nearest_setting(std::string(100000, 'a')) == "");
}
