#include "cfg/cluster_config.hpp"

#include <doctest/doctest.h>

using namespace pelorus;

namespace {

// Four data nodes and a compute node on two hosts; their settings from the text of a cluster.cfg.
struct fixture {
  cluster_nodes nodes;
  settings controller{node_role::controller, "c1"};
  diagnostics findings;

  fixture() {
    (void)controller.set("localSite", "h1:1000:c1");
    nodes = parse_cluster_nodes("localSite,mode,computeGroup,zone\nh1:1001:a1,agent\n"
                                "h2:1001:a2,agent\nh1:1002:P1-node1,datanode\n"
                                "h1:1003:P1-node2,datanode,,z1\nh2:1002:P2.node_1,datanode\n"
                                "h2:1003:P2-node2,datanode\nh2:1004:compute,computenode,g1,z1\n",
                                "cluster.nodes", {"h1", 1000, "c1"}, findings);
    REQUIRE(findings.all().empty());
  }

  cluster_config parse(std::string_view text) {
    return cluster_config::parse(text, "cluster.cfg", nodes, controller, findings);
  }

  int64_t workers(std::string_view text, std::string_view alias) {
    auto s = parse(text).resolve(alias);
    REQUIRE(s);
    return s->get_int("workerNum");
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "columns of cluster.nodes") {
  CHECK(nodes.find("compute")->compute_group == "g1");
  CHECK(nodes.find("P1-node2")->zone == "z1");
  CHECK(nodes.find("P1-node2")->compute_group == "");
  CHECK(nodes.count(node_role::datanode) == 4);
  CHECK(nodes.find("p1-node1") == nullptr);
}

TEST_CASE_FIXTURE(fixture, "exact alias wins over pattern, pattern over unqualified") {
  auto text = "P1-node1.workerNum=5\nP1-%.workerNum=4\nworkerNum=3\n";
  CHECK(workers(text, "P1-node1") == 5);
  CHECK(workers(text, "P1-node2") == 4);
  CHECK(workers(text, "compute") == 3);
}

TEST_CASE_FIXTURE(fixture, "the pattern with more literal characters wins, then the later line") {
  auto text = "P1-node%.workerNum=7\n%.workerNum=2\nP%.workerNum=3\n";
  CHECK(workers(text, "P1-node1") == 7);
  CHECK(workers(text, "P2-node2") == 3);
  CHECK(workers(text, "compute") == 2);
  CHECK(findings.all().empty());
  CHECK(workers("P1%.workerNum=3\n%e1.workerNum=4\n", "P1-node1") == 4);
}

TEST_CASE_FIXTURE(fixture, "question mark stands for one character") {
  auto text = "P?-node2.workerNum=6\n";
  CHECK(workers(text, "P1-node2") == 6);
  CHECK(workers(text, "P2-node2") == 6);
  CHECK(workers(text, "P1-node1") != 6);
}

TEST_CASE_FIXTURE(fixture, "an alias may hold dots") {
  CHECK(workers("P2.node_1.workerNum=9\n", "P2.node_1") == 9);
}

TEST_CASE_FIXTURE(fixture, "the alias macro gives each node its own directory") {
  auto config = parse("volumes=/data/<ALIAS>\nP2%.volumes=/ssd/<ALIAS>/v\n");
  auto s = config.resolve("P1-node1");
  REQUIRE(s);
  CHECK(s->get_paths("volumes") == std::vector<std::string>{"/data/P1-node1"});
  CHECK(config.resolve("P2-node2")->get_paths("volumes") ==
        std::vector<std::string>{"/ssd/P2-node2/v"});
  CHECK(findings.all().empty());
}

TEST_CASE_FIXTURE(fixture, "the alias macro in a node's own key refuses that node only") {
  auto config = parse("P1-node1.volumes=/data/<ALIAS>\nworkerNum=2\n");
  CHECK_FALSE(findings.fatal());
  CHECK(config.resolve("P1-node1").error().message ==
        "cluster.cfg:1: P1-node1.volumes: macro <ALIAS> not allowed in node-specific key "
        "[P1-node1.volumes]");
  CHECK(config.resolve("P1-node2"));
}

TEST_CASE_FIXTURE(fixture, "nodes on different hosts may use one path, on one host not") {
  auto config = parse("P1-node1.volumes=/data\nP2-node2.volumes=/data/\n"
                      "P1-node2.redoLogDir=/other\n");
  CHECK(config.resolve("P1-node1"));
  CHECK(config.resolve("P2-node2"));
  auto clash = parse("P1-node1.volumes=/data\nP1-node2.redoLogDir=/x/../data\n");
  CHECK(clash.resolve("P1-node1"));
  CHECK(clash.resolve("P1-node2").error().message ==
        "cluster.cfg:2: redoLogDir: directory '/data' of P1-node2 is used by P1-node1 on the same "
        "host; give each node its own, as with <ALIAS>");
}

TEST_CASE_FIXTURE(fixture, "an older name and the present one are one setting") {
  auto s = parse("chunkCacheEngineMemSize=2\nOLAPCacheEngineSize=3\n").resolve("P1-node1");
  REQUIRE(s);
  CHECK(s->get_double("OLAPCacheEngineSize") == 3);
}

TEST_CASE_FIXTURE(fixture, "nodes inherit what the controller decides for all") {
  (void)controller.set("dataSync", "1");
  (void)controller.set("dfsChunkNodeHeartBeatTimeout", "5");
  (void)controller.set("workerNum", "77");
  auto s = parse("").resolve("compute");
  REQUIRE(s);
  CHECK(s->get_bool("dataSync"));
  CHECK(s->get_int("dfsChunkNodeHeartBeatTimeout") == 5);
  CHECK_FALSE(s->is_set("workerNum"));
}
