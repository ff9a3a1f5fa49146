// http-load SOCKET CONNECTIONS SECONDS REQUEST: sends the request (a file with its bytes) over so many kept connections
// to a Unix socket, each time that its answer is whole, and prints the answers per second. In a request each "@@"
// is a number that grows from one to the next.
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/process/unix_socket.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Client {
  microvm::UniqueFd socket;
  std::string answer;
};

struct Load {
  std::string request;
  std::vector<Client> clients;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;  // answers of 400 and more
};

bool send(Load& load, Client& client) {
  std::string text = load.request;
  // As many digits each time, so that Content-Length stays true.
  const auto number = std::to_string(10'000'000 + load.sent);
  for (auto at = text.find("@@"); at != std::string::npos; at = text.find("@@", at))
    text.replace(at, 2, number);
  ++load.sent;
  return ::send(client.socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

/// The size of the whole answer; 0 while its head is not whole.
std::size_t sizeOf(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const auto at = answer.substr(0, end).find("Content-Length: ");
  const auto length = at == std::string_view::npos ? 0 : std::strtoul(answer.data() + at + 16, nullptr, 10);
  return end + 4 + length;
}

bool receive(Load& load, Client& client) {
  char piece[256 * 1024];
  const auto got = ::recv(client.socket.get(), piece, sizeof piece, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return true;
  if (got <= 0) return false;
  client.answer.append(piece, static_cast<std::size_t>(got));
  const auto size = sizeOf(client.answer);
  if (size == 0 || client.answer.size() < size) return true;
  ++load.answered;
  if (client.answer[9] >= '4') ++load.refused;
  client.answer.clear();
  return send(load, client);
}

bool connect(Load& load, const std::string& path, int count) {
  for (int i = 0; i < count; ++i) {
    auto socket = microvm::connectUnix(path, microvm::Milliseconds(5'000));
    if (!socket) return false;
    load.clients.push_back({std::move(*socket), {}});
  }
  return true;
}

bool run(Load& load, Clock::time_point end) {
  std::vector<pollfd> polled;
  for (auto& client : load.clients) {
    polled.push_back({client.socket.get(), POLLIN, 0});
    if (!send(load, client)) return false;
  }
  while (Clock::now() < end) {
    if (::poll(polled.data(), polled.size(), 1'000) < 0) return false;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0 && !receive(load, load.clients[i])) return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: http-load SOCKET CONNECTIONS SECONDS REQUEST\n";
    return 2;
  }
  Load load;
  std::ifstream file(argv[4], std::ios::binary);
  load.request.assign(std::istreambuf_iterator<char>(file), {});
  if (load.request.empty() || !connect(load, argv[1], std::atoi(argv[2]))) {
    std::cerr << "http-load: no request, or nobody listens at " << argv[1] << "\n";
    return 1;
  }
  const auto begin = Clock::now();
  const auto span = std::chrono::milliseconds(static_cast<long>(std::atof(argv[3]) * 1000));
  if (!run(load, begin + span)) {
    std::cerr << "http-load: a connection broke: " << std::strerror(errno) << "\n";
    return 1;
  }
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::cout << static_cast<double>(load.answered) / took.count() << " " << load.refused << "\n";
  return 0;
}
