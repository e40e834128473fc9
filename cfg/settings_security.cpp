// Settings of users, passwords, permissions and encryption.
#include "cfg/settings_tables.hpp"

namespace pelorus {

using enum setting_type;

static constexpr setting rows[] = {
    {.name = "enableClientAuth", .roles = roles::master | roles::agent, .type = boolean, .fallback = "false",
     .inherited = true, .description = "Guests may not run scripts. Agents go by their own agent.cfg."},
    {.name = "webLoginRequired", .roles = roles::master, .type = boolean, .fallback = "false",
     .inherited = true, .planned = true, .description = "Guests may not use the web console."},
    {.name = "forceInitialPasswordChange", .roles = roles::master, .type = boolean,
     .fallback = "false", .inherited = true, .planned = true,
     .description = "admin can do nothing but change the password it was installed with."},
    {.name = "enhancedSecurityVerification", .roles = roles::master, .type = boolean,
     .fallback = "false", .planned = true,
     .description = "Turns on the rules for passwords and failed logins."},
    {.name = "passwordMinLength", .roles = roles::master, .type = integer, .fallback = "6",
     .range = {1, 1024}, .planned = true, .description = "Shortest password."},
    {.name = "passwordMaxLength", .roles = roles::master, .type = integer, .fallback = "20",
     .range = {1, 1024}, .planned = true, .description = "Longest password."},
    {.name = "passwordMinUpperCase", .roles = roles::master, .type = integer, .fallback = "1",
     .range = {0, 1024}, .planned = true, .description = "Capital letters of a password."},
    {.name = "passwordMinLowerCase", .roles = roles::master, .type = integer, .fallback = "0",
     .range = {0, 1024}, .planned = true, .description = "Small letters of a password."},
    {.name = "passwordMinDigital", .roles = roles::master, .type = integer, .fallback = "0",
     .range = {0, 1024}, .planned = true, .description = "Digits of a password."},
    {.name = "passwordMinSpecial", .roles = roles::master, .type = integer, .fallback = "1",
     .range = {0, 1024}, .planned = true, .description = "Special characters of a password."},
    {.name = "failedLoginAttempts", .roles = roles::master, .type = integer, .fallback = "5",
     .range = {1, 1000000}, .planned = true,
     .description = "Failed logins of one user from one address before both are locked."},
    {.name = "failedLoginLockTime", .roles = roles::master, .type = integer, .unit = "min",
     .fallback = "10", .range = {1, 525600}, .planned = true,
     .description = "How long the lock lasts."},
    {.name = "passwordEffectTime", .roles = roles::master, .type = integer, .unit = "d",
     .fallback = "0", .range = {0, 36500}, .planned = true,
     .description = "A password expires after this time; 0 never."},
    {.name = "passwordNotifyTime", .roles = roles::master, .type = integer, .unit = "d",
     .fallback = "7", .range = {0, 36500}, .planned = true,
     .description = "Its user is told this long before."},
    {.name = "strictPermissionMode", .type = boolean, .fallback = "false", .planned = true,
     .description = "Functions on files, backups and plugins are for administrators only."},
    {.name = "strictSecurityPolicy", .roles = roles::master, .type = boolean,
     .fallback = "false", .description = "Sessions expire."},
    {.name = "enableShellFunction", .type = boolean, .fallback = "false", .planned = true,
     .description = "shell() may be called, by administrators."},
    {.name = "enableAuditLog", .roles = roles::controller | roles::nodes, .type = boolean,
     .fallback = "false", .planned = true,
     .description = "Logins, permissions and changes are written to <ALIAS>_audit.log."},
    {.name = "auditLogRetentionTime", .roles = roles::controller | roles::nodes,
     .type = integer, .unit = "d", .fallback = "0", .range = {0, 36500}, .planned = true,
     .description = "Audit files are removed after this time; 0 never."},
    {.name = "enableHTTPS", .type = boolean, .fallback = "false",
     .description = "TLS on the site port."},
    {.name = "enableRpcSSL", .type = boolean, .fallback = "false", .planned = true,
     .description = "TLS between nodes; needs enableHTTPS on all of them."},
    {.name = "TDEKeyDir", .roles = roles::controller | roles::nodes, .type = path,
     .planned = true, .description = "Directory of the keys of encrypted tables."},
};

std::span<const setting> security_settings() { return rows; }

} // namespace pelorus
