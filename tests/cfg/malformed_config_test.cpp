// What a malformed configuration gets: exact messages, all in one pass.
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cfg/node_config.hpp"
#include "tests/cfg/scratch_directory.hpp"

using namespace pelorus;

namespace {

using namespace std::string_literals;

// A controller with two data nodes, in which `file` is replaced by `text`. `outcome` is either
// "refused" and the errors, or the findings of a start: W warning, N error of one node.
struct malformed {
  const char* title;
  const char* file;
  std::string text;
  std::string outcome;
};

const std::map<std::string, std::string> good_files{
    {"controller.cfg", "localSite=10.0.0.80:8900:c1\ndfsReplicationFactor=1\n"},
    {"cluster.nodes", "localSite,mode\n10.0.0.80:8901:a1,agent\n10.0.0.80:8902:d1,datanode\n"
                      "10.0.0.80:8903:d2,datanode\n"},
    {"cluster.cfg", "workerNum=2\n"},
};

std::string start_controller(const std::string& replaced, const std::string& text) {
  scratch_directory here;
  for (const auto& [name, good] : good_files) here.write(name, name == replaced ? text : good);
  const char* argv[] = {"pelorus", "-mode", "controller", "-config", "controller.cfg",
                        "-nodesFile", "cluster.nodes", "-clusterConfig", "cluster.cfg"};
  auto config = load_node_config(9, argv);
  if (!config) return fmt::format("refused\n{}", config.error().message);
  std::string outcome;
  for (const auto& d : config->findings.all())
    outcome += fmt::format("{}{} {}", outcome.empty() ? "" : "\n",
                           d.level == severity::warning ? 'W' : 'N', to_string(d));
  return outcome;
}

void check(const std::vector<malformed>& cases) {
  for (const auto& c : cases) {
    CAPTURE(c.title);
    CHECK(start_controller(c.file, c.text) == c.outcome);
  }
}

const std::string head = "localSite,mode\n10.0.0.80:8901:a1,agent\n";
const std::string own = "localSite=10.0.0.80:8900:c1\ndfsReplicationFactor=1\n";

} // namespace

TEST_CASE("the good files give no finding") { CHECK(start_controller("", "") == ""); }

static const std::vector<malformed> bytes_of_files{
    {"empty controller.cfg", "controller.cfg", "",
     "refused\ncontroller.cfg: localSite: missing; the controller needs localSite=host:port:alias"},
    {"first line empty", "controller.cfg", "\n" + own, ""},
    {"comments", "controller.cfg", "# a\n// b\n" + own, ""},
    {"byte order mark", "controller.cfg", "\xEF\xBB\xBF" + own,
     "W controller.cfg:1: the file begins with a byte order mark (accepted)"},
    {"CR LF", "controller.cfg", "localSite=10.0.0.80:8900:c1\r\ndfsReplicationFactor=1\r\n",
     "W controller.cfg:1: the line ends in CR LF (accepted)"},
    {"NUL", "cluster.cfg", "worker\0Num=2\n"s,
     "refused\ncluster.cfg:1: the line holds a NUL byte at column 7"},
    {"1 MB line", "cluster.cfg", "publicName=" + std::string(1 << 20, 'x') + "\n",
     "refused\ncluster.cfg:1: the line has 1048587 bytes; at most 65536 are allowed"},
    {"latin-1", "cluster.cfg", "publicName=caf\xE9\n",
     "refused\ncluster.cfg:1: byte 0xE9 at column 15 is not UTF-8; save the file as UTF-8"},
    {"GBK", "cluster.cfg", "workerNum=2\nvolumes=/\xCA\xFD\xBE\xDD\n",
     "refused\ncluster.cfg:2: byte 0xCA at column 10 is not UTF-8; save the file as UTF-8"},
    {"full-width percent", "cluster.cfg", "d\uFF05.workerNum=2\n",
     "refused\ncluster.cfg:1: d\uFF05.workerNum: the key holds the full-width character '\uFF05'; "
     "write '%'"},
    {"full-width question mark", "cluster.cfg", "d\uFF1F.workerNum=2\n",
     "refused\ncluster.cfg:1: d\uFF1F.workerNum: the key holds the full-width character '\uFF1F'; "
     "write '?'"},
    {"full-width equals sign", "cluster.cfg", "workerNum\uFF1D2\n",
     "refused\ncluster.cfg:1: workerNum\uFF1D2: the key holds the full-width character '\uFF1D'; "
     "write '='"},
    {"no equals sign", "cluster.cfg", "workerNum 2\n",
     "refused\ncluster.cfg:1: no '=' in 'workerNum 2'; expected key=value"},
    {"no key", "cluster.cfg", " = 2\n",
     "refused\ncluster.cfg:1: no key before '='; expected key=value"},
    {"no value", "cluster.cfg", "workerNum=\n",
     "W cluster.cfg:1: workerNum: the value is empty; the default applies"},
    {"all errors in one pass", "cluster.cfg", "workerNum\nmaxMemSize=x\n\xFF\n",
     "refused\ncluster.cfg:3: byte 0xFF at column 1 is not UTF-8; save the file as UTF-8\n"
     "cluster.cfg:1: no '=' in 'workerNum'; expected key=value\n"
     "cluster.cfg:2: maxMemSize: 'x' is refused: maxMemSize must be a number between 0 and 65536 "
     "(GB)."},
};

TEST_CASE("bytes and lines") { check(bytes_of_files); }

static const std::string no_memory =
    " is refused: maxMemSize must be a number between 0 and 65536 (GB).";

static const std::vector<malformed> values{
    {"key twice", "controller.cfg", own + "workerNum=2\nworkerNum=3\n",
     "W controller.cfg:4: workerNum: set again; replaces controller.cfg:3"},
    {"unknown key", "controller.cfg", own + "maxMenSize=2\n",
     "W controller.cfg:3: maxMenSize: unknown setting, ignored; did you mean maxMemSize?"},
    {"unknown key, nothing like it", "controller.cfg", own + "qqqqqqqqqq=2\n",
     "W controller.cfg:3: qqqqqqqqqq: unknown setting, ignored"},
    {"key of another role", "controller.cfg", own + "volumes=/data\n",
     "W controller.cfg:3: volumes: ignored here; it belongs in cluster.cfg"},
    {"key of the command line", "controller.cfg", own + "home=/data\n",
     "W controller.cfg:3: home: ignored; it has an effect on the command line only"},
    {"planned", "controller.cfg", own + "dfsHAMode=Raft\n",
     "W controller.cfg:3: dfsHAMode: accepted, has no effect yet"},
    {"no number", "cluster.cfg", "maxMemSize=abc\n",
     "refused\ncluster.cfg:1: maxMemSize: 'abc'" + no_memory},
    {"negative", "cluster.cfg", "maxMemSize=-1\n",
     "refused\ncluster.cfg:1: maxMemSize: '-1'" + no_memory},
    {"1e99", "cluster.cfg", "maxMemSize=1e99\n",
     "refused\ncluster.cfg:1: maxMemSize: '1e99'" + no_memory},
    {"too large", "cluster.cfg", "maxMemSize=9999999\n",
     "refused\ncluster.cfg:1: maxMemSize: '9999999'" + no_memory},
    {"with unit", "cluster.cfg", "maxMemSize=32GB\n",
     "refused\ncluster.cfg:1: maxMemSize: '32GB'" + no_memory +
         " The unit is always GB; write 32."},
    {"workerNum=0", "cluster.cfg", "workerNum=0\n",
     "refused\ncluster.cfg:1: workerNum: '0' is refused: workerNum must be an integer between 1 "
     "and 1024."},
    {"newValuePartitionPolicy", "cluster.cfg", "newValuePartitionPolicy=maybe\n",
     "refused\ncluster.cfg:1: newValuePartitionPolicy: 'maybe' is refused: "
     "newValuePartitionPolicy must be one of add, skip, fail."},
    {"defaultJobParallelism", "controller.cfg", own + "defaultJobParallelism=65\n",
     "refused\ncontroller.cfg:3: defaultJobParallelism: '65' is refused: defaultJobParallelism "
     "must be an integer between 1 and 64."},
    {"boolean", "controller.cfg", own + "lanCluster=2\n",
     "refused\ncontroller.cfg:3: lanCluster: '2' is refused: lanCluster must be true, false, 1 or "
     "0."},
    {"newline injection", "cluster.cfg", "publicName=a\rdataSync=1\n",
     "refused\ncluster.cfg:1: publicName: 'a\\x0ddataSync=1' holds the control character 0x0d; "
     "publicName must be text on one line."},
    {"bad value for one node", "cluster.cfg", "d1.workerNum=0\n",
     "N cluster.cfg:1: d1.workerNum: '0' is refused: workerNum must be an integer between 1 and "
     "1024."},
    {"replicas", "controller.cfg", "localSite=10.0.0.80:8900:c1\ndfsReplicationFactor=3\n",
     "W controller.cfg:2: dfsReplicationFactor: 3 replicas, but cluster.nodes lists 2 data nodes; "
     "writes fail until there are more"},
    {"relative volumes", "cluster.cfg", "volumes=/a/<ALIAS>,data\n",
     "refused\ncluster.cfg:1: volumes: 'data' is a relative path; volumes must be absolute paths "
     "separated by commas."},
};

TEST_CASE("keys and values") { check(values); }

static const std::vector<malformed> node_lists{
    {"empty file", "cluster.nodes", "",
     "refused\nFailed to load the nodes file [cluster.nodes] with error: The input file is "
     "empty."},
    {"first line empty", "cluster.nodes", "\n" + head,
     "refused\nFailed to load the nodes file [cluster.nodes] with error: The input file is "
     "empty."},
    {"no header", "cluster.nodes", "10.0.0.80:8901:a1,agent\n",
     "refused\ncluster.nodes:1: Failed to load the nodes file [cluster.nodes] with error: The "
     "header line localSite,mode is missing."},
    {"only comments", "cluster.nodes", "# nothing\n",
     "refused\nFailed to load the nodes file [cluster.nodes] with error: The header line "
     "localSite,mode is missing."},
    {"no node", "cluster.nodes", "localSite,mode\n", "W cluster.nodes: the file lists no node"},
    {"unknown column", "cluster.nodes", "localSite,mode,rack\n10.0.0.80:8901:a1,agent,3\n",
     "W cluster.nodes:1: rack: unknown column, ignored"},
    {"unknown mode", "cluster.nodes", head + "10.0.0.80:8902:d1,datanod\n",
     "refused\ncluster.nodes:3: mode: unknown mode 'datanod'; expected agent, datanode or "
     "computenode"},
    {"controller listed", "cluster.nodes", head + "10.0.0.80:8900:c1,controller\n",
     "refused\ncluster.nodes:3: mode: a controller is listed only in a raft group, which is not "
     "supported; leave the line out"},
    {"missing mode", "cluster.nodes", head + "10.0.0.80:8902:d1\n",
     "refused\ncluster.nodes:3: '10.0.0.80:8902:d1' has 1 columns; the header has 2"},
    {"too many columns", "cluster.nodes", head + "10.0.0.80:8902:d1,datanode,x\n",
     "refused\ncluster.nodes:3: '10.0.0.80:8902:d1,datanode,x' has 3 columns; the header has 2"},
    {"missing alias", "cluster.nodes", head + "10.0.0.80:8902,datanode\n",
     "refused\ncluster.nodes:3: localSite: '10.0.0.80:8902' has no alias; expected "
     "host:port:alias"},
    {"alias twice", "cluster.nodes", head + "10.0.0.80:8902:a1,datanode\n",
     "refused\ncluster.nodes:3: localSite: alias a1 is taken by line 2 of cluster.nodes"},
    {"alias in other case", "cluster.nodes", head + "10.0.0.80:8902:A1,datanode\n",
     "refused\ncluster.nodes:3: localSite: alias A1 differs only in case from a1 of line 2 of "
     "cluster.nodes"},
    {"alias of the controller", "cluster.nodes", head + "10.0.0.80:8902:c1,datanode\n",
     "refused\ncluster.nodes:3: localSite: alias c1 is taken by the controller's localSite"},
    {"alias with a dot", "cluster.nodes", head + "10.0.0.80:8902:d.1,datanode\n", ""},
    {"alias with a space", "cluster.nodes", head + "10.0.0.80:8902:d 1,datanode\n",
     "refused\ncluster.nodes:3: localSite: alias 'd 1' may hold letters, digits, '-', '_' and '.' "
     "only"},
    {"port 0", "cluster.nodes", head + "10.0.0.80:0:d1,datanode\n",
     "refused\ncluster.nodes:3: localSite: port '0' is out of range; expected 1 to 65535"},
    {"port 65536", "cluster.nodes", head + "10.0.0.80:65536:d1,datanode\n",
     "refused\ncluster.nodes:3: localSite: port '65536' is out of range; expected 1 to 65535"},
    {"port in letters", "cluster.nodes", head + "10.0.0.80:http:d1,datanode\n",
     "refused\ncluster.nodes:3: localSite: port 'http' is not a number"},
    {"two nodes on one port", "cluster.nodes", head + "10.0.0.80:8901:d1,datanode\n",
     "refused\ncluster.nodes:3: localSite: 10.0.0.80:8901 is taken by line 2 of cluster.nodes"},
    {"port of the controller", "cluster.nodes", head + "10.0.0.80:8900:d1,datanode\n",
     "refused\ncluster.nodes:3: localSite: 10.0.0.80:8900 is taken by the controller's localSite"},
    {"IPv6 host", "cluster.nodes", "localSite,mode\n[::1]:8901:a1,agent\n[::1]:8902:d1,datanode\n",
     ""},
    {"IPv6 host without brackets", "cluster.nodes", head + "::1:8902:d1,datanode\n",
     "refused\ncluster.nodes:3: localSite: '::1:8902:d1' has 4 colons; expected host:port:alias, "
     "with an IPv6 host in brackets, as in [::1]:8848:alias"},
    {"no agent", "cluster.nodes", head + "10.0.0.81:8902:d1,datanode\n",
     "N cluster.nodes:3: localSite: no agent on host 10.0.0.81; d1 cannot be started"},
    {"two agents", "cluster.nodes", head + "10.0.0.80:8902:a2,agent\n",
     "refused\ncluster.nodes:3: localSite: host 10.0.0.80 has an agent already, in line 2"},
    {"three errors", "cluster.nodes", head + "x\n10.0.0.80:0:d1,node\n",
     "refused\ncluster.nodes:3: 'x' has 1 columns; the header has 2\n"
     "cluster.nodes:4: localSite: port '0' is out of range; expected 1 to 65535\n"
     "cluster.nodes:4: mode: unknown mode 'node'; expected agent, datanode or computenode"},
};

TEST_CASE("cluster.nodes") { check(node_lists); }

static const std::vector<malformed> cluster_rules{
    {"macro for one node", "cluster.cfg", "d1.volumes=/data/<ALIAS>\n",
     "N cluster.cfg:1: d1.volumes: macro <ALIAS> not allowed in node-specific key [d1.volumes]"},
    {"pattern without node", "cluster.cfg", "x%.workerNum=2\n",
     "W cluster.cfg:1: x%.workerNum: pattern 'x%' matches no node"},
    {"alias without node", "cluster.cfg", "d9.workerNum=2\n",
     "W cluster.cfg:1: d9.workerNum: no data node or compute node 'd9' that this could apply to"},
    {"conflicting patterns", "cluster.cfg", "d%.workerNum=2\n%1.workerNum=3\n",
     "W cluster.cfg:2: %1.workerNum: fits d1 as well as [d%.workerNum] of cluster.cfg:1; this "
     "later line wins"},
    {"node key twice", "cluster.cfg", "d1.workerNum=2\nd1.workerNum=3\n",
     "W cluster.cfg:2: d1.workerNum: set again; replaces cluster.cfg:1"},
    {"unknown key of a node", "cluster.cfg", "d1.workNum=2\n",
     "W cluster.cfg:1: d1.workNum: unknown setting, ignored; did you mean workerNum?"},
    {"no alias", "cluster.cfg", ".workerNum=2\n",
     "refused\ncluster.cfg:1: .workerNum: no alias or pattern before '.'"},
    {"controller's key", "cluster.cfg", "dataSync=1\n",
     "W cluster.cfg:1: dataSync: ignored here; it belongs in controller.cfg"},
    {"identity", "cluster.cfg", "d1.localSite=1.2.3.4:5:d1\n",
     "W cluster.cfg:1: d1.localSite: ignored here; cluster.nodes says it"},
    {"one directory for two nodes", "cluster.cfg", "volumes=/data\n",
     "N cluster.cfg:1: volumes: directory '/data' of d2 is used by d1 on the same host; give each "
     "node its own, as with <ALIAS>"},
    {"reserves", "cluster.cfg",
     "d1.maxMemSize=4\nd1.reservedMemSize=1\nd1.emergencyMemSize=1.5\n",
     "W cluster.cfg:2: d1.reservedMemSize: accepted, has no effect yet\n"
     "W cluster.cfg:3: d1.emergencyMemSize: accepted, has no effect yet\n"
     "N cluster.cfg:2: reservedMemSize: reservedMemSize and emergencyMemSize are 2.5 GB together; "
     "they must be at most half of maxMemSize, 2 GB."},
    {"cache above half", "cluster.cfg", "d1.maxMemSize=4\nd1.TSDBCacheEngineSize=3\n",
     "N cluster.cfg:2: TSDBCacheEngineSize: 3 GB is more than 50% of maxMemSize (4 GB); "
     "TSDBCacheEngineSize must be at most 2 GB."},
    {"OLAP cache above half", "cluster.cfg", "d1.maxMemSize=4\nd1.OLAPCacheEngineSize=3\n",
     "N cluster.cfg:2: OLAPCacheEngineSize: 3 GB is more than 50% of maxMemSize (4 GB); "
     "OLAPCacheEngineSize must be at most 2 GB.\n"
     "W cluster.cfg:2: OLAPCacheEngineSize: the cache engine stays off: it needs dataSync=1 in "
     "controller.cfg"},
    {"cache engine without dataSync", "cluster.cfg", "d1.chunkCacheEngineMemSize=2\n",
     "W cluster.cfg:1: OLAPCacheEngineSize: the cache engine stays off: it needs dataSync=1 in "
     "controller.cfg"},
    {"lanCluster differs", "cluster.cfg", "lanCluster=0\n",
     "W cluster.cfg:1: lanCluster: false for d1, but true for the controller; heartbeats work, but "
     "one of the files is wrong"},
    {"actor port", "cluster.nodes", head + "10.0.0.80:60000:d1,datanode\n",
     "N cluster.nodes:3: actorPort: the default, 60000 + 10000, is above 65535; set actorPort."},
};

TEST_CASE("cluster.cfg") { check(cluster_rules); }
