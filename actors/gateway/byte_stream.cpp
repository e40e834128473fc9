#include "actors/gateway/byte_stream.hpp"

#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace pelorus {

namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr size_t write_bytes = 1 << 20;

/// All of the buffers, up to `write_bytes` a system call; Asio's own transfer_all stops at 64 KiB.
size_t in_large_writes(const boost::system::error_code& failed, size_t) { return failed ? 0 : write_bytes; }

std::vector<asio::const_buffer> buffers_of(std::span<const std::string_view> pieces) {
  std::vector<asio::const_buffer> out;
  out.reserve(pieces.size());
  for (auto& piece : pieces) out.emplace_back(piece.data(), piece.size());
  return out;
}

template <class Stream>
asio::awaitable<size_t> read_from(Stream& stream, std::span<char> into) {
  auto [failed, size] = co_await stream.async_read_some(asio::buffer(into.data(), into.size()), as_result);
  co_return failed ? 0 : size;
}

template <class Stream>
asio::awaitable<bool> write_to(Stream& stream, std::span<const std::string_view> pieces) {
  if (pieces.size() == 1) {
    auto all = asio::buffer(pieces[0].data(), pieces[0].size());
    auto [failed, size] = co_await asio::async_write(stream, all, in_large_writes, as_result);
    co_return !failed;
  }
  auto buffers = buffers_of(pieces);
  auto [failed, size] = co_await asio::async_write(stream, buffers, in_large_writes, as_result);
  co_return !failed;
}

class plain_stream final : public byte_stream {
public:
  explicit plain_stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<size_t> read_some(std::span<char> into) override { return read_from(socket_, into); }
  asio::awaitable<bool> write(std::span<const std::string_view> pieces) override {
    return write_to(socket_, pieces);
  }
  asio::awaitable<bool> open() override { co_return true; }
  void close() override {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

private:
  asio::ip::tcp::socket socket_;
};

class tls_stream final : public byte_stream {
public:
  tls_stream(asio::ip::tcp::socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}

  asio::awaitable<size_t> read_some(std::span<char> into) override { return read_from(stream_, into); }
  asio::awaitable<bool> write(std::span<const std::string_view> pieces) override {
    return write_to(stream_, pieces);
  }
  asio::awaitable<bool> open() override {
    auto [failed] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
    co_return !failed;
  }
  void close() override {
    boost::system::error_code ignored;
    stream_.lowest_layer().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.lowest_layer().close(ignored);
  }

private:
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
};
} // namespace

std::unique_ptr<byte_stream> make_plain_stream(asio::ip::tcp::socket socket) {
  return std::make_unique<plain_stream>(std::move(socket));
}
std::unique_ptr<byte_stream> make_tls_stream(asio::ip::tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<tls_stream>(std::move(socket), context);
}

} // namespace pelorus
