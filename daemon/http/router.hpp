// Finds the handler for a method and a path.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "api/http/target.hpp"
#include "api/wire/operations.hpp"
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

using Handler = Task<Answer> (*)(Service& service, Exchange exchange);

struct Route {
  std::string_view operationId;  ///< of api/wire/operations.hpp, which has its method and path
  Handler handle;
  bool mayWait = false;  ///< may take seconds: given up when its client goes away
};

class Router {
public:
  /// The routes must outlive the router, and every id must be an operation.
  explicit Router(std::span<const Route> routes);

  struct Match {
    const Route* route = nullptr;       ///< none: see `allow`
    std::vector<std::string> captures;  ///< decoded
    std::string allow;                  ///< the path exists for these methods: "GET, HEAD"; empty: it does not exist
  };
  /// HEAD goes where GET goes.
  [[nodiscard]] Match match(std::string_view method, const Target& target) const;

private:
  struct Entry {
    const Route* route;
    const Operation* operation;
    std::vector<std::string_view> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace microvm::http
