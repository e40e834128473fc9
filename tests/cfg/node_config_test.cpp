// Start-up of each role: the literal command lines and files of the deployment tutorial, single
// mode, and the order in which sources override each other.
#include "cfg/node_config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cfg/command_line.hpp"
#include "cfg/config_file.hpp"
#include "cfg/strings.hpp"
#include "cfg/version.hpp"
#include "tests/cfg/scratch_directory.hpp"

using namespace pelorus;

namespace {

// Splits at blanks; the first word is the program.
expected<node_config> start(const std::string& command) {
  std::vector<std::string> words;
  for (auto word : strings::split(command, ' '))
    if (!word.empty()) words.emplace_back(word);
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  return load_node_config(int(argv.size()), argv.data());
}

std::string failure(const std::string& command) {
  auto config = start(command);
  return config ? "started" : config.error().message;
}

void write_tutorial(const scratch_directory& here) {
  here.write("config/controller.cfg",
             "mode=controller\nlocalSite=10.0.0.80:8900:controller8900\ndfsReplicationFactor=1\n"
             "dfsReplicaReliabilityLevel=2\ndataSync=1\nworkerNum=4\nmaxConnections=512\n"
             "maxMemSize=8\nlanCluster=0\n");
  here.write("config/agent.cfg",
             "mode=agent\nlocalSite=10.0.0.81:8901:P2-agent\n"
             "controllerSite=10.0.0.80:8900:controller8900\nworkerNum=4\nmaxMemSize=4\n"
             "lanCluster=0\n");
  here.write("config/cluster.nodes",
             "localSite,mode\n10.0.0.80:8901:P1-agent,agent\n"
             "10.0.0.80:8902:P1-datanode,datanode\n10.0.0.81:8901:P2-agent,agent\n"
             "10.0.0.81:8902:P2-datanode,datanode\n10.0.0.82:8901:P3-agent,agent\n"
             "10.0.0.82:8902:P3-computenode,computenode\n");
  here.write("config/cluster.cfg",
             "maxMemSize=32\nmaxConnections=512\nworkerNum=4\nmaxBatchJobWorker=4\n"
             "chunkCacheEngineMemSize=2\nTSDBCacheEngineSize=1\nnewValuePartitionPolicy=add\n"
             "maxPubConnections=64\nsubExecutors=4\nlanCluster=0\n"
             "enableChunkGranularityConfig=true\n");
}

const std::string controller_command =
    "./../dolphindb -console 0 -mode controller -home data -script dolphindb.dos "
    "-config config/controller.cfg -logFile log/controller.log -nodesFile config/cluster.nodes "
    "-clusterConfig config/cluster.cfg";

const std::string agent_command =
    "./../dolphindb -console 0 -mode agent -home data -script dolphindb.dos "
    "-config config/agent.cfg -logFile log/agent.log";

} // namespace

TEST_CASE("the tutorial's controller starts with its four files") {
  scratch_directory here;
  write_tutorial(here);
  auto config = start(controller_command);
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->role == node_role::controller);
  CHECK(to_string(config->local_site) == "10.0.0.80:8900:controller8900");
  CHECK(config->values.home() == here.path() + "/data");
  CHECK(config->values.alias() == "controller8900");
  CHECK(config->values.get_bool("dataSync"));
  CHECK_FALSE(config->values.get_bool("console"));
  CHECK(config->values.get_path("dfsMetaDir") == here.path() + "/data/dfsMeta");
  CHECK(log_options_of(config->values).file == here.path() + "/log/controller.log");
  CHECK(config->nodes->nodes.size() == 6);
  CHECK(config->nodes->agent_of("10.0.0.82")->address.alias == "P3-agent");
  for (const auto& d : config->findings.all()) {
    CHECK(d.level == severity::warning);
    CHECK(d.reason == "accepted, has no effect yet");
  }
}

TEST_CASE("a controller without cluster.cfg gives its nodes the defaults") {
  scratch_directory here;
  here.write("n", "localSite,mode\nh:1001:a,agent\nh:1002:d,datanode\nh:60000:e,datanode\n");
  auto config = start("p -mode controller -localSite h:1000:c -nodesFile n");
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->cluster->resolve("d"));
  CHECK_FALSE(config->cluster->resolve("e"));
  REQUIRE(config->findings.all().size() == 1);
  CHECK(to_string(config->findings.all()[0]) ==
        "n:4: actorPort: the default, 60000 + 10000, is above 65535; set actorPort.");
}

TEST_CASE("the controller resolves the settings of a data node") {
  scratch_directory here;
  write_tutorial(here);
  auto config = start(controller_command);
  REQUIRE(config);
  auto s = config->cluster->resolve("P1-datanode");
  REQUIRE_MESSAGE(s, s.error().message);
  CHECK(s->role() == node_role::datanode);
  CHECK(s->get_string("newValuePartitionPolicy") == "add");
  CHECK(s->get_double("OLAPCacheEngineSize") == 2);
  CHECK(s->get_bool("dataSync"));  // from controller.cfg
  CHECK(s->origin_of("dataSync") == origin{"config/controller.cfg", 5});
  CHECK(to_string(*s->get_site("localSite")) == "10.0.0.80:8902:P1-datanode");
  CHECK(to_string(*s->get_site("controllerSite")) == "10.0.0.80:8900:controller8900");
  CHECK(config->cluster->resolve("P1-agent").error().message ==
        "config/cluster.nodes has no data node or compute node 'P1-agent'");
  CHECK_FALSE(config->cluster->resolve("p1-datanode"));
}

TEST_CASE("a node starts from the arguments that the controller resolved") {
  scratch_directory here;
  write_tutorial(here);
  auto config = start(controller_command);
  REQUIRE(config);
  auto resolved = config->cluster->resolve("P3-computenode");
  REQUIRE(resolved);
  std::string command = "pelorus -home data";
  for (const auto& argument : resolved->to_arguments()) command += " " + argument;
  auto node = start(command);
  REQUIRE_MESSAGE(node, node.error().message);
  CHECK(node->role == node_role::computenode);
  CHECK(to_string(node->local_site) == "10.0.0.82:8902:P3-computenode");
  CHECK(to_string(*node->controller_site) == "10.0.0.80:8900:controller8900");
  CHECK(node->values.get_int("workerNum") == 4);
  CHECK(node->values.get_bool("dataSync"));
  CHECK(node->values.to_lines().size() == resolved->to_lines().size() + 1);  // and home
}

TEST_CASE("the tutorial's agent starts without cluster files") {
  scratch_directory here;
  write_tutorial(here);
  auto config = start(agent_command);
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->role == node_role::agent);
  CHECK(to_string(*config->controller_site) == "10.0.0.80:8900:controller8900");
  CHECK_FALSE(config->nodes);
}

TEST_CASE("single mode needs no file") {
  scratch_directory here;
  auto config = start("pelorus -mode single -localSite 127.0.0.1:18848:local8848 -home " +
                      here.path() + "/h");
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->role == node_role::single);
  CHECK(config->local_site.port == 18848);
  CHECK(config->values.get_int("dfsReplicationFactor") == 1);
  CHECK(config->values.get_paths("volumes") ==
        std::vector<std::string>{here.path() + "/h/local8848/storage"});
  CHECK(log_options_of(config->values).file == "");
  CHECK(config->findings.all().empty());
  CHECK_FALSE(std::filesystem::exists(here.path() + "/h"));

  here.write("dolphindb.cfg", "workerNum=3\nlocalSite=127.0.0.1:18849:other\n");
  auto with_file = start("pelorus -config dolphindb.cfg");
  REQUIRE(with_file);
  CHECK(with_file->local_site.alias == "other");
  CHECK(with_file->values.get_int("workerNum") == 3);
  CHECK(with_file->values.home() == here.path());
}

TEST_CASE("the command line overrides the file, with one dash, two dashes or '='") {
  scratch_directory here;
  write_tutorial(here);
  auto config = start(controller_command + " -workerNum 7 --maxConnections 9 --maxMemSize=2.5");
  REQUIRE_MESSAGE(config, config.error().message);
  CHECK(config->values.get_int("workerNum") == 7);
  CHECK(config->values.get_int("maxConnections") == 9);
  CHECK(config->values.get_double("maxMemSize") == 2.5);
  CHECK(config->values.origin_of("workerNum") == origin{"command line", 0});
  auto negative = start("pelorus -resourceSamplingInterval -1");
  REQUIRE_MESSAGE(negative, negative.error().message);
  CHECK(negative->values.get_int("resourceSamplingInterval") == -1);
}

TEST_CASE("errors of the command line") {
  scratch_directory here;
  CHECK(failure("p -workerNun 3") ==
        "command line: unknown option '-workerNun'; did you mean -workerNum?");
  CHECK(failure("p --qqqqqqqqqq 3") == "command line: unknown option '--qqqqqqqqqq'");
  CHECK(failure("p start") == "command line: unexpected argument 'start'");
  CHECK(failure("p -workerNum") ==
        "command line: option -workerNum needs a value");
  CHECK(failure("p -mode master") ==
        "command line: mode: 'master' is refused: mode must be one of controller, agent, "
        "datanode, computenode, single.");
  CHECK(failure("p -workerNum x -maxMemSize y") ==
        "command line: workerNum: 'x' is refused: workerNum must be an integer between 1 and "
        "1024.\ncommand line: maxMemSize: 'y' is refused: maxMemSize must be a number between 0 "
        "and 65536 (GB).");
  CHECK(failure("p -config no.cfg") ==
        "command line: config: cannot read the file [no.cfg]: No such file or directory");
  CHECK(failure("p -config .") ==
        "command line: config: cannot read the file [.]: it is a directory");
  CHECK(failure("p -mode controller -localSite h:1000:c") ==
        "command line: nodesFile: missing; a controller needs -nodesFile <path of cluster.nodes>");
  CHECK(failure("p -mode agent -localSite h:1000:a") ==
        "command line: controllerSite: missing; the agent needs controllerSite=host:port:alias");
  CHECK(failure("p -mode agent -localSite h:1000 -controllerSite h:1:c") ==
        "command line: localSite: 'h:1000' has no alias; expected host:port:alias");
}

TEST_CASE("a mode that differs between file and command line is mentioned") {
  scratch_directory here;
  here.write("a.cfg", "mode=agent\n");
  auto config = start("p -mode single -config a.cfg");
  REQUIRE(config);
  CHECK(config->role == node_role::single);
  REQUIRE(config->findings.all().size() == 1);
  CHECK(to_string(config->findings.all()[0]) ==
        "command line: mode: 'single' replaces 'agent' of a.cfg");
}

TEST_CASE("a missing volume stops the start if volumes may not be created") {
  scratch_directory here;
  auto volume = here.path() + "/disk";
  CHECK(failure("p -allowVolumeCreation 0 -volumes " + volume) ==
        "command line: volumes: '" + volume + "' does not exist, and allowVolumeCreation is "
        "false; mount the disk or make the directory.");
  here.write("disk/x", "");
  CHECK(failure("p -allowVolumeCreation 0 -volumes " + volume) == "started");
  CHECK(failure("p -volumes " + volume + "/x") ==
        "command line: volumes: '" + volume + "/x' is not a directory.");
}

TEST_CASE("-help prints the options of a role, -version the version") {
  auto help = start("p -help -mode agent");
  REQUIRE(help);
  CHECK(help->text_to_print.find("\n  -controllerSite arg ") != std::string::npos);
  CHECK(help->text_to_print.find("  -nodesFile") == std::string::npos);
  CHECK(start("p --help")->text_to_print.find("-volumes") != std::string::npos);
  CHECK(start("p -version")->text_to_print == version_text() + "\n");
  auto root = std::filesystem::path{__FILE__}.parent_path() / "../..";
  auto cmake = read_text_file(root / "CMakeLists.txt");
  REQUIRE(cmake);
  CHECK(cmake->find(fmt::format("project(pelorus VERSION {} ", program_version)) !=
        std::string::npos);
}
