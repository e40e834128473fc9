#include "actors/passwords.hpp"

#include <doctest/doctest.h>

using namespace pelorus;

TEST_CASE("a password verifies against its own hash only, and two hashes of it differ") {
  auto one = hash_password("123456"), two = hash_password("123456");
  REQUIRE(one);
  REQUIRE(two);
  CHECK(*one != *two);
  CHECK(one->find("123456") == std::string::npos);
  CHECK(verify_password(*one, "123456"));
  CHECK_FALSE(verify_password(*one, "123457"));
  CHECK_FALSE(verify_password("nonsense", "123456"));
}

TEST_CASE("a ticket names its user until it expires; a changed one is refused") {
  auto key = make_ticket_key();
  auto ticket = make_ticket(key, "admin|x", 1000);
  CHECK(*check_ticket_text(key, ticket, 999) == "admin|x");
  CHECK(check_ticket_text(key, ticket, 1001).error().code == ec::permission);
  CHECK_FALSE(check_ticket_text(make_ticket_key(), ticket, 999));
  for (size_t i = 0; i < ticket.size(); ++i) {
    auto forged = ticket;
    forged[i] = forged[i] == '1' ? '2' : '1';
    CHECK_FALSE(check_ticket_text(key, forged, 999));
  }
  for (auto* bad : {"", "|", "||", "a|b", "a|b|c"}) CHECK_FALSE(check_ticket_text(key, bad, 0));
}
