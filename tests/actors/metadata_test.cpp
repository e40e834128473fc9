// The metadata actor: how it ends.
#include "actors/metadata.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <doctest/doctest.h>

#include "actors/message_types.hpp"
#include "actors/messages.hpp"
#include "storage/dfs_codec.hpp"
#include "storage/dfs_entry.hpp"
#include "tests/storage/scratch.hpp"

using namespace pelorus;

TEST_CASE("metadata that is told to end leaves LMDB complete and summed up, one that is killed leaves the log") {
  scratch dir;
  caf::actor_system_config config;
  add_message_types(config);
  config.set("logger.verbosity", caf::atom("quiet"));
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto sum = dir / "lmdb/data.mdb.sum";
  std::vector<std::string> reports;
  std::string last;
  for (auto reason : {caf::exit_reason::user_shutdown, caf::exit_reason::kill, caf::exit_reason::user_shutdown}) {
    auto store = metadata_store::open({dir.path, false, 64 << 20, [&](const std::string& text) { reports.push_back(text); }});
    REQUIRE(store);
    CHECK_FALSE(file_exists(sum));
    if (!last.empty()) CHECK(store->state().blob(last) == "kept");
    auto shared = std::make_shared<metadata_store>(*std::move(store));
    auto metadata = spawn_metadata(system, {.store = shared});
    last = last + "x";
    self->request(metadata, caf::infinite, mutate{encode_entry(set_blob{last, "kept"})}).receive([] {}, [](caf::error&) { FAIL("not written"); });
    self->send_exit(metadata, reason);
    self->wait_for(metadata);
    metadata = nullptr;
    CHECK(file_exists(sum) == (reason == caf::exit_reason::user_shutdown));
    if (reason == caf::exit_reason::user_shutdown) CHECK(shared->unflushed() == 0);
  }
  CHECK(reports.empty());  // nothing was damaged, nothing rebuilt
}
