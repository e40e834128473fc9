#include "cfg/site.hpp"

#include <doctest/doctest.h>

using namespace pelorus;

TEST_CASE("a site is host:port:alias") {
  auto s = parse_site(" 10.0.0.80:8902:P1-datanode ");
  REQUIRE(s);
  CHECK(*s == site{"10.0.0.80", 8902, "P1-datanode"});
  CHECK(to_string(*s) == "10.0.0.80:8902:P1-datanode");
  CHECK(endpoint(*s) == "10.0.0.80:8902");
}

TEST_CASE("IPv6 hosts stand in brackets") {
  auto s = parse_site("[fe80::1]:8848:n1");
  REQUIRE(s);
  CHECK(s->host == "fe80::1");
  CHECK(to_string(*s) == "[fe80::1]:8848:n1");
}

TEST_CASE("an alias may hold '-', '_', '.' and letters of any script") {
  CHECK(check_alias("P1-data_node.2"));
  CHECK(check_alias("\xE8\x8A\x82\xE7\x82\xB9"));
  CHECK(check_alias(".."). error().message == "alias '..' is no file name");
  CHECK(check_alias("a b").error().message ==
        "alias 'a b' may hold letters, digits, '-', '_' and '.' only");
}

TEST_CASE("errors of sites say what is wrong") {
  struct { const char* text; const char* message; } cases[] = {
      {"", "'' is no site; expected host:port:alias"},
      {"P1", "'P1' is no site; expected host:port:alias"},
      {":8848:a", "':8848:a' has no host; expected host:port:alias"},
      {"h:8848", "'h:8848' has no alias; expected host:port:alias"},
      {"h:8848:", "the alias is empty"},
      {"h:0:a", "port '0' is out of range; expected 1 to 65535"},
      {"h:65536:a", "port '65536' is out of range; expected 1 to 65535"},
      {"h:99999999999999999999:a",
       "port '99999999999999999999' is out of range; expected 1 to 65535"},
      {"h:http:a", "port 'http' is not a number"},
      {"h:-1:a", "port '-1' is not a number"},
      {"h o:1:a", "host 'h o' holds a character that no host name has"},
      {"::1:8848:a", "'::1:8848:a' has 4 colons; expected host:port:alias, with an IPv6 host in "
                     "brackets, as in [::1]:8848:alias"},
      {"[::1:8848:a", "'[::1:8848:a' has no ']:' after its IPv6 host"},
      {"[host]:1:a", "'host' is no IPv6 address"},
      {"h:1:a/b", "alias 'a/b' may hold letters, digits, '-', '_' and '.' only"},
  };
  for (const auto& [text, message] : cases) {
    auto s = parse_site(text);
    REQUIRE_FALSE(s);
    CHECK(s.error().message == message);
  }
}

TEST_CASE("a controllerSite that differs is named with the true one") {
  site actual{"10.0.0.80", 8900, "controller8900"};
  CHECK(controller_site_mismatch({"10.0.0.80", 8900, "ctl"}, actual) ==
        "controllerSite 10.0.0.80:8900:ctl is not the localSite 10.0.0.80:8900:controller8900 of "
        "the controller; host, port and alias must be equal");
}
