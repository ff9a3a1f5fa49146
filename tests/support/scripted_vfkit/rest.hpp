// vfkit's REST socket, with the answers of the contract's section 4, or with bad manners.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/core/unique_fd.hpp"
#include "api/http/codec.hpp"
#include "tests/support/scripted_vfkit/loop.hpp"
#include "tests/support/scripted_vfkit/machine.hpp"
#include "tests/support/scripted_vfkit/script.hpp"

namespace microvm::scripted {

class Rest {
public:
  struct Events {
    std::function<void(const http::Request&)> onRequest;
    std::function<std::string()> inspect;
  };

  Rest(Loop& loop, const Script& script, Machine& machine, Events events);
  /// Binds and listens; an existing file at the path is an error, as it is for vfkit.
  Result<void> listen(const std::string& path);

private:
  struct Client {
    UniqueFd socket;
    http::RequestParser parser;
    std::string unread;
  };

  void accept();
  void read(int fd);
  void serve(int fd, const http::Request& request);
  bool misbehave(int fd);
  std::optional<http::Response> answer(const http::Request& request);
  std::optional<http::Response> change(const std::string& body);
  std::optional<http::Response> hardStop();
  http::Response stateAnswer() const;
  void send(int fd, const std::string& bytes);

  Loop& loop_;
  const Script& script_;
  Machine& machine_;
  Events events_;
  UniqueFd listener_;
  std::map<int, Client> clients_;
};

}  // namespace microvm::scripted
