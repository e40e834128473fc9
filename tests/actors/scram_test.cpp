#include "actors/scram.hpp"

#include <doctest/doctest.h>

#include "actors/base64.hpp"

using namespace pelorus;

namespace {
// The example of RFC 7677, chapter 3.
constexpr auto client_nonce = "rOprNGfwEbeRWgbNEkqO", nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
               salt = "W22ZaJ0SNY7soEsUEjb6gQ==", proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
               signature = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
constexpr uint32_t rounds = 4096;
} // namespace

TEST_CASE("SCRAM-SHA-256 computes what RFC 7677 shows") {
  auto message = scram_auth_message("user", client_nonce, nonce, salt, rounds);
  auto verifier = make_scram_verifier("pencil", *from_base64(salt), rounds);
  CHECK(proves(verifier, message, proof));
  CHECK(server_signature(verifier, message) == signature);
  auto wrong = make_scram_verifier("pencils", *from_base64(salt), rounds);
  CHECK_FALSE(proves(wrong, message, proof));
  CHECK(server_signature(wrong, message) != signature);
}

TEST_CASE("a SCRAM proof holds for its own conversation only") {
  auto verifier = make_scram_verifier("pencil", *from_base64(salt), rounds);
  CHECK_FALSE(proves(verifier, scram_auth_message("user", client_nonce, "another", salt, rounds), proof));
  CHECK_FALSE(proves(verifier, scram_auth_message("admin", client_nonce, nonce, salt, rounds), proof));
  auto message = scram_auth_message("user", client_nonce, nonce, salt, rounds);
  for (auto* bad : {"", "====", "AAAA", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ", "not base64 at all, I fear ,,,,,,,,,,,,,,,,,,,"})
    CHECK_FALSE(proves(verifier, message, bad));
}

TEST_CASE("a SCRAM verifier survives its text; two of one password differ") {
  auto one = make_scram_verifier("pencil"), two = make_scram_verifier("pencil");
  CHECK(one.salt != two.salt);
  CHECK(one.iterations == scram_iterations);
  auto back = decode_verifier(encode_verifier(one));
  REQUIRE(back);
  CHECK(back->salt == one.salt);
  CHECK(back->stored_key == one.stored_key);
  CHECK(back->server_key == one.server_key);
  CHECK(back->iterations == one.iterations);
  for (auto* bad : {"", "1", "a b c d", "1 AAAA AAAA AAAA"}) CHECK(decode_verifier(bad).error().code == ec::corrupt);
}

TEST_CASE("a combined nonce begins with the client's and is new each time") {
  auto one = combined_nonce("abc"), two = combined_nonce("abc");
  CHECK(one.starts_with("abc"));
  CHECK(one.size() == 3 + 24);
  CHECK(one != two);
}
