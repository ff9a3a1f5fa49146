// The connections that are open, in all and of each peer.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace microvm::http {

class Connection;

class OpenConnections {
public:
  /// One connection's place: taken when it is made, given back when it goes.
  class Place {
  public:
    Place(std::shared_ptr<OpenConnections> open, Connection* connection, std::string peer);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

  private:
    std::shared_ptr<OpenConnections> open_;  // shared with the server, which may be gone first
    Connection* connection_;
    std::string peer_;
  };

  [[nodiscard]] std::size_t count() const { return all_.size(); }
  [[nodiscard]] std::size_t countOf(const std::string& peer) const;
  [[nodiscard]] const std::set<Connection*>& all() const { return all_; }

private:
  std::set<Connection*> all_;
  std::map<std::string, std::size_t> byPeer_;
};

}  // namespace microvm::http
