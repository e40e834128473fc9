// Random damage to good files: every input ends in settings or in findings with a reason.
// PELORUS_FUZZ_ROUNDS=<n> runs longer, PELORUS_FUZZ_SEED=<n> elsewhere.
#include <cstdlib>
#include <random>

#include <doctest/doctest.h>

#include "cfg/cluster_config.hpp"

using namespace pelorus;

namespace {

const std::vector<std::string_view> pieces{
    "localSite,mode\n", "10.0.0.80:8901:a1,agent\n", "10.0.0.80:8902:d1,datanode\n", "[::1]:",
    "d1.", "%.", "?", "<ALIAS>", "volumes=/data/<ALIAS>\n", "maxMemSize=", "1e99", "-1", "32GB",
    "\xEF\xBB\xBF", "\r\n", "\n\n", "=", ".", ",", ":", "\uFF05", "#", "workerNum=4\n",
    "newValuePartitionPolicy=add\n", "chunkCacheEngineMemSize=2\n", "publicName=x\n"};

unsigned long number_from(const char* variable, unsigned long fallback) {
  const char* text = std::getenv(variable);
  return text ? std::strtoul(text, nullptr, 10) : fallback;
}

// A few bytes changed, removed, or replaced by a piece of another file.
std::string damage(std::string text, std::mt19937& random) {
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>{0, n - 1}(random); };
  for (size_t changes = 1 + below(6); changes > 0; --changes) {
    size_t at = below(text.size() + 1);
    size_t length = std::min(below(12), text.size() - at);
    bool whole_piece = below(2) == 0;
    auto with = whole_piece ? std::string{pieces[below(pieces.size())]}
                            : std::string(below(3), char(below(256)));
    text.replace(at, length, with);
  }
  return text;
}

} // namespace

TEST_CASE("damaged configuration files never crash and every error has a reason") {
  const std::string good_nodes = "localSite,mode\n10.0.0.80:8901:a1,agent\n"
                                 "10.0.0.80:8902:d1,datanode\n10.0.0.80:8903:d2,computenode\n";
  const std::string good_config = "maxMemSize=32\nd%.workerNum=4\nd1.volumes=/a,/b\n"
                                  "TSDBCacheEngineSize=1\nvolumes=/data/<ALIAS>\nd?.dataSync=1\n";
  std::mt19937 random{unsigned(number_from("PELORUS_FUZZ_SEED", 20261125))};
  settings controller{node_role::controller, "c1"};
  REQUIRE(controller.set("localSite", "10.0.0.80:8900:c1"));
  size_t refused = 0, resolved = 0, unreasoned = 0;
  for (auto left = number_from("PELORUS_FUZZ_ROUNDS", 4000); left > 0; --left) {
    diagnostics findings;
    auto nodes = parse_cluster_nodes(damage(good_nodes, random), "cluster.nodes",
                                     {"10.0.0.80", 8900, "c1"}, findings);
    auto config = cluster_config::parse(damage(good_config, random), "cluster.cfg", nodes,
                                        controller, findings);
    for (const auto& node : nodes.nodes) {
      auto s = config.resolve(node.address.alias);
      if (s) ++resolved;
      if (s) (void)s->get_int("workerNum");
    }
    refused += findings.fatal();
    for (const auto& d : findings.all()) unreasoned += d.reason.empty();
  }
  CHECK(refused > 100);
  CHECK(resolved > 100);
  CHECK(unreasoned == 0);
}
