// A page of the list of VMs: which, in which order, from where.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/selection/label_selector.hpp"
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

inline constexpr std::size_t kDefaultPage = 500;
inline constexpr std::size_t kLargestPage = 1'000;

/// The place of a VM in an order: VMs that come and go do not move it.
struct ListPlace {
  std::string key;   ///< what it is ordered by
  std::string name;  ///< among those of the same key
  auto operator<=>(const ListPlace&) const = default;
};

struct ListQuery {
  LabelSelector selector;
  std::string sort = "name";
  bool isDescending = false;
  std::size_t limit = kDefaultPage;
  std::optional<ListPlace> after;  ///< the last one that the client has seen
};

/// From the query members labelSelector, sort, limit and cursor. Errc::Usage.
Result<ListQuery> readListQuery(const Exchange& exchange);

struct ListPage {
  std::vector<VmSnapshotPtr> items;
  std::string next;  ///< the cursor of the page behind it; empty when there is none
};

/// `all` is by name.
ListPage pageOf(std::vector<VmSnapshotPtr> all, const ListQuery& query);

}  // namespace microvm::http
