#include "daemon/http/open_connections.hpp"

#include <utility>

namespace microvm::http {

OpenConnections::Place::Place(std::shared_ptr<OpenConnections> open, Connection* connection, std::string peer)
    : open_(std::move(open)), connection_(connection), peer_(std::move(peer)) {
  open_->all_.insert(connection_);
  ++open_->byPeer_[peer_];
}

OpenConnections::Place::~Place() {
  open_->all_.erase(connection_);
  const auto peer = open_->byPeer_.find(peer_);
  if (--peer->second == 0) open_->byPeer_.erase(peer);
}

std::size_t OpenConnections::countOf(const std::string& peer) const {
  const auto found = byPeer_.find(peer);
  return found == byPeer_.end() ? 0 : found->second;
}

}  // namespace microvm::http
