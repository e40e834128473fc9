// Password hashes (Argon2id) and signed tickets, by libsodium.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cfg/error.hpp"

namespace pelorus {

/// A self-describing Argon2id hash with its own salt; ec::out_of_memory when 19 MiB cannot be had.
expected<std::string> hash_password(std::string_view password);
bool verify_password(std::string_view hash, std::string_view password);
/// A keyed digest (the key lives and dies with the process), to recognise a password that was verified before.
std::string quick_digest(std::string_view text);
/// A fresh random key for tickets.
std::string make_ticket_key();
/// `user|expiry|mac` in hex; `expires_s` in seconds since the epoch.
std::string make_ticket(std::string_view key, std::string_view user, int64_t expires_s);
/// The user of a ticket; ec::permission when it is forged, malformed or older than `now_s`.
expected<std::string> check_ticket_text(std::string_view key, std::string_view ticket, int64_t now_s);

} // namespace pelorus
