// A client's connection as bytes, plain or under TLS, behind one interface.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace boost::asio::ssl {
class context;
}

namespace pelorus {

namespace asio = boost::asio;

/// Used on the strand its socket belongs to. Errors come as codes; a closed peer reads as 0 bytes.
class byte_stream {
public:
  virtual ~byte_stream() = default;

  /// Reads some bytes; 0 at the end or on an error.
  virtual asio::awaitable<size_t> read_some(std::span<char> into) = 0;
  /// Writes all of them; false when the peer is gone.
  virtual asio::awaitable<bool> write(std::span<const std::string_view> pieces) = 0;
  /// Before the first byte: nothing, or TLS's handshake. False when it failed.
  virtual asio::awaitable<bool> open() = 0;
  /// Both directions end; pending operations return. Not from another thread than the strand's.
  virtual void close() = 0;
};

std::unique_ptr<byte_stream> make_plain_stream(asio::ip::tcp::socket socket);
std::unique_ptr<byte_stream> make_tls_stream(asio::ip::tcp::socket socket, asio::ssl::context& context);

} // namespace pelorus
