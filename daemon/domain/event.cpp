#include "daemon/domain/event.hpp"

namespace microvm {

std::string trace(const Cause& cause) {
  return cause.requestId.empty() ? std::string() : " request=" + cause.requestId;
}

}  // namespace microvm
