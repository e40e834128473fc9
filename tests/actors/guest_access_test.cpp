#include "actors/gateway/guest_access.hpp"

#include <doctest/doctest.h>

#include "tests/actors/gateway_fake.hpp"

using namespace pelorus;
using namespace pelorus::testing;

TEST_CASE("enableClientAuth keeps guests from all but the way to a login") {
  fake_services node;
  session who;
  who.node = &node;
  REQUIRE(node.settings_.set_lines({"enableClientAuth=true"}, "test"));
  auto refused = check_guest(who, asked::other, "1+1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ec::permission);
  CHECK(refused.error().message.ends_with("RefId: S04009"));
  for (auto* open : {"login", "authenticateByTicket", "version", "scramClientFirst", "getNodeType"}) {
    CHECK(check_guest(who, asked::function, open));
    CHECK_FALSE(check_guest(who, asked::other, open));
  }
  for (auto* shut : {"", "add", "objs", "login{`admin}", "Login", "rpc", "getNodeTypes"}) CHECK_FALSE(check_guest(who, asked::function, shut));
  who.logged_in = true;
  CHECK(check_guest(who, asked::other, "1+1"));
  CHECK(check_guest(who, asked::function, "add"));
}

TEST_CASE("without enableClientAuth guests run scripts") {
  fake_services node;
  session who;
  who.node = &node;
  CHECK(check_guest(who, asked::other, "1+1"));
  CHECK(check_guest(who, asked::function, "add"));
}
