#include "daemon/http/answering/listing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/http/answering/request.hpp"

namespace microvm::http {
namespace {

using Key = std::string (*)(const Vm&);

struct Order {
  std::string_view name;
  Key key;
};

constexpr Order kOrders[] = {
    {"name", [](const Vm& vm) { return vm.definition.name; }},
    {"createdAt", [](const Vm& vm) { return formatTimestamp(vm.createdAt); }},
    {"updatedAt", [](const Vm& vm) { return formatTimestamp(vm.updatedAt); }},
    {"since", [](const Vm& vm) { return formatTimestamp(vm.stateSince); }},
    {"state", [](const Vm& vm) { return std::string(toText(vm.state)); }},
};

const Order* findOrder(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kOrders), std::end(kOrders), [&](const Order& order) { return order.name == name; });
  return found == std::end(kOrders) ? nullptr : found;
}

constexpr std::string_view kDigits = "0123456789abcdef";

std::string toHex(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hex.append({kDigits[byte >> 4U], kDigits[byte & 15U]});
  }
  return hex;
}

std::optional<std::string> fromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = kDigits.find(hex[i]);
    const auto low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    text.push_back(static_cast<char>(high * 16 + low));
  }
  return text;
}

std::string orderText(const ListQuery& query) {
  return (query.isDescending ? "-" : "") + query.sort;
}

std::string cursorOf(const ListQuery& query, const ListPlace& place) {
  return toHex(orderText(query) + "\n" + place.key + "\n" + place.name);
}

/// Nothing when it is no cursor of this order.
std::optional<ListPlace> placeIn(std::string_view cursor, const ListQuery& query) {
  const auto text = fromHex(cursor);
  if (!text) return std::nullopt;
  const auto first = text->find('\n');
  const auto second = text->find('\n', first == std::string::npos ? first : first + 1);
  if (second == std::string::npos || text->substr(0, first) != orderText(query)) return std::nullopt;
  return ListPlace{text->substr(first + 1, second - first - 1), text->substr(second + 1)};
}

Result<void> readSort(const Exchange& exchange, ListQuery& query) {
  auto sort = exchange.target.find("sort");
  if (!sort) return {};
  query.isDescending = sort->starts_with('-');
  query.sort = sort->substr(query.isDescending ? 1 : 0);
  if (findOrder(query.sort) != nullptr) return {};
  return Error{Errc::Usage,
               fmt::format("the query member sort={} is no order of VMs", *sort),
               "name, createdAt, updatedAt, since or state; with - in front the other way round",
               {}};
}

Result<void> readLimit(const Exchange& exchange, ListQuery& query) {
  auto limit = queryNumber(exchange, "limit");
  if (!limit) return std::move(limit).error();
  const auto wanted = limit->value_or(kDefaultPage);
  if (wanted < 1 || wanted > kLargestPage)
    return Error{Errc::Usage, "the query member limit must be between 1 and 1000", {}, {}};
  query.limit = static_cast<std::size_t>(wanted);
  return {};
}

}  // namespace

Result<ListQuery> readListQuery(const Exchange& exchange) {
  ListQuery query;
  auto selector = LabelSelector::parse(exchange.target.find("labelSelector").value_or(""));
  if (!selector) return std::move(selector).error();
  query.selector = std::move(*selector);
  if (auto read = readSort(exchange, query); !read) return std::move(read).error();
  if (auto read = readLimit(exchange, query); !read) return std::move(read).error();
  if (const auto cursor = exchange.target.find("cursor")) {
    query.after = placeIn(*cursor, query);
    if (!query.after) {
      return Error{Errc::Usage,
                   "the query member cursor is not one that was given for this order of VMs",
                   "take it from next of the page before, and leave sort as it was",
                   {}};
    }
  }
  return query;
}

ListPage pageOf(std::vector<VmSnapshotPtr> all, const ListQuery& query) {
  const Key key = findOrder(query.sort)->key;
  const auto placeOf = [&](const VmSnapshotPtr& one) {
    return ListPlace{key(one->view.vm), one->view.vm.definition.name};
  };
  const auto isBefore = [&](const ListPlace& a, const ListPlace& b) { return query.isDescending ? b < a : a < b; };
  std::vector<std::pair<ListPlace, VmSnapshotPtr>> wanted;
  for (auto& one : all) {
    if (!query.selector.matches(one->view.vm.definition.labels)) continue;
    auto place = placeOf(one);
    if (!query.after || isBefore(*query.after, place)) wanted.emplace_back(std::move(place), std::move(one));
  }
  const auto size = std::min(query.limit, wanted.size());
  std::partial_sort(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(size), wanted.end(),
                    [&](const auto& a, const auto& b) { return isBefore(a.first, b.first); });
  ListPage page;
  for (std::size_t i = 0; i < size; ++i)
    page.items.push_back(std::move(wanted[i].second));
  if (size < wanted.size()) page.next = cursorOf(query, wanted[size - 1].first);
  return page;
}

}  // namespace microvm::http
