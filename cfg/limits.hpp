// Every hard limit of the system that is not a setting, with its unit and reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pelorus::limits {

// -- configuration ------------------------------------------------------------

/// Bytes of one line of a configuration file; a longer one is a wrong file, not a setting.
inline constexpr size_t config_line_bytes = 64 * 1024;

/// Bytes of a whole configuration file; 10,000 nodes need about 1 MB.
inline constexpr size_t config_file_bytes = 16 * 1024 * 1024;

/// Bytes of a node alias; it becomes a file name, with room for suffixes below NAME_MAX (255).
inline constexpr size_t alias_bytes = 128;

/// The actor port is the site port plus this, unless actorPort says otherwise.
inline constexpr uint32_t actor_port_offset = 10000;

// -- site port ----------------------------------------------------------------

/// Bytes of the first line of an API request ("API <session> <length> / ...").
inline constexpr size_t api_header_bytes = 1024;

/// Bytes of the header of an HTTP request, start line included.
inline constexpr size_t http_header_bytes = 64 * 1024;

/// Bytes of the body of an HTTP request.
inline constexpr size_t http_body_bytes = 64 * 1024 * 1024;

/// Bytes of a script in one request.
inline constexpr size_t script_bytes = 16 * 1024 * 1024;

/// A client that has not sent a full header by then is dropped (half-open connections).
inline constexpr std::chrono::seconds handshake_timeout{10};

/// Bytes one request may make the server allocate before the user has logged in.
inline constexpr size_t anonymous_request_bytes = 1024 * 1024;

/// A client that has begun a request or takes a response must move some byte within this time.
inline constexpr std::chrono::seconds request_stall_timeout{60};

/// A kept-alive HTTP connection without a request is closed after this time.
inline constexpr std::chrono::seconds http_idle_timeout{75};

/// Sessions of the JSON API (and with strictSecurityPolicy all) end after this time without a request ..
inline constexpr std::chrono::minutes session_idle_timeout{30};
/// .. and at the latest after this time.
inline constexpr std::chrono::hours session_lifetime{24};

/// Bytes of printed messages waiting for one client before the job that prints waits as well.
inline constexpr size_t waiting_message_bytes = 4 * 1024 * 1024;

/// Bytes of the arguments of one request of a user who has logged in.
inline constexpr uint64_t argument_bytes = 8ull * 1024 * 1024 * 1024;

/// Requests of one client that wait for their turn; more are not read from its connection.
inline constexpr size_t waiting_requests = 8;

/// Connections kept free beyond maxConnections, so that an administrator can still cancel jobs.
inline constexpr size_t reserved_connections = 2;

// -- language -----------------------------------------------------------------

/// Depth of nested function calls (maxRecursiveDepth may lower it) and of nested syntax; both
/// guard the C++ stack.
inline constexpr uint32_t recursion_depth = 1000;

/// Elements of one vector; an int32 index must be able to count them.
inline constexpr uint64_t vector_elements = 2'147'483'647;

/// Columns of one table.
inline constexpr uint32_t table_columns = 32767;

/// Bytes of one STRING value.
inline constexpr size_t string_bytes = 64 * 1024 * 1024;

/// Bytes of a database, table or column name.
inline constexpr size_t name_bytes = 255;

// -- between nodes ------------------------------------------------------------

/// Bytes of one frame of bulk data between actors; mailboxes are unbounded, the producer is not.
inline constexpr size_t frame_bytes = 8 * 1024 * 1024;

/// Frames a producer may have under way to one consumer.
inline constexpr size_t frames_in_flight = 4;

/// A node reports its load and its life this often.
inline constexpr std::chrono::milliseconds heartbeat_interval{500};

/// The controller looks for silent nodes this often.
inline constexpr std::chrono::milliseconds liveness_tick{250};

// -- supervision --------------------------------------------------------------

/// First and last pause before a failed child is started again; it doubles in between.
inline constexpr std::chrono::seconds restart_backoff_first{1};
inline constexpr std::chrono::seconds restart_backoff_last{60};

/// This many failures within the window escalate to the parent.
inline constexpr uint32_t restart_failures = 5;
inline constexpr std::chrono::minutes restart_window{10};

// -- storage ------------------------------------------------------------------

/// Rows of one block of a column file: the unit of compression, checksum and min/max.
inline constexpr uint32_t block_rows = 64 * 1024;

/// Old versions of a chunk that are kept for readers that began earlier.
inline constexpr uint32_t old_chunk_versions = 5;

} // namespace pelorus::limits
