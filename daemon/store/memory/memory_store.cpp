#include "daemon/store/memory/memory_store.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace microvm {

namespace {

constexpr std::size_t kMostEvents = 10'000;
constexpr std::chrono::hours kEventsKept{24 * 7};
constexpr std::chrono::hours kOperationsKept{24};

/// Lets others run first.
net::awaitable<void> yield() {
  const auto executor = co_await net::this_coro::executor;
  co_await net::post(executor, net::use_awaitable);
}

Error noSuchVm(const std::string& id) {
  return Error{Errc::NotFound, "there is no VM with id " + id, {}, {}};
}

Error nameTaken(const Vm& vm) {
  return Error{Errc::AlreadyExists, "there is a VM named " + vm.definition.name + " already", {}, {}};
}

}  // namespace

std::optional<Error> MemoryStore::takeFailure() {
  return std::exchange(nextFailure_, std::nullopt);
}

bool MemoryStore::isNameTaken(const Vm& vm) const {
  return std::any_of(vms_.begin(), vms_.end(), [&](const auto& entry) {
    return entry.first != vm.id && entry.second.definition.name == vm.definition.name;
  });
}

std::vector<VmEvent> MemoryStore::keep(std::vector<VmEvent> events) {
  for (VmEvent& event : events) {
    event.sequence = ++lastSequence_;
    events_.push_back(event);
  }
  if (events_.size() > kMostEvents) events_.erase(events_.begin(), events_.end() - kMostEvents);
  const auto isKept = [this](const VmEvent& event) { return event.at >= events_.back().at - kEventsKept; };
  events_.erase(events_.begin(), std::find_if(events_.begin(), events_.end(), isKept));
  return events;
}

Task<std::vector<Vm>> MemoryStore::loadAll() {
  co_await yield();
  std::vector<Vm> all;
  for (const auto& [id, vm] : vms_)
    all.push_back(vm);
  std::sort(all.begin(), all.end(), [](const Vm& a, const Vm& b) { return a.definition.name < b.definition.name; });
  co_return all;
}

Task<std::vector<VmEvent>> MemoryStore::insert(Vm vm, std::vector<VmEvent> events) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  if (vms_.count(vm.id) != 0 || isNameTaken(vm)) co_return nameTaken(vm);
  vms_.emplace(vm.id, vm);
  co_return tell(keep(std::move(events)));
}

Task<std::vector<VmEvent>> MemoryStore::update(Vm vm, std::vector<VmEvent> events) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  const auto found = vms_.find(vm.id);
  if (found == vms_.end()) co_return noSuchVm(vm.id);
  if (isNameTaken(vm)) co_return nameTaken(vm);
  Vm& kept = found->second;
  vm.runId = kept.runId;
  vm.createdAt = kept.createdAt;
  if (vm.state == State::Broken) {
    const std::string name = vm.definition.name;
    vm.definition = kept.definition;
    vm.definition.name = name;
    vm.state = kept.state;
    vm.reason = kept.reason;
    vm.stateSince = kept.stateSince;
    if (!vm.lastExit) vm.lastExit = kept.lastExit;
  }
  kept = std::move(vm);
  co_return tell(keep(std::move(events)));
}

Task<std::vector<VmEvent>> MemoryStore::remove(std::string vmId, std::vector<VmEvent> events) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  if (vms_.erase(vmId) == 0) co_return noSuchVm(vmId);
  co_return tell(keep(std::move(events)));
}

Task<std::vector<VmEvent>> MemoryStore::append(std::vector<VmEvent> events) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  co_return tell(keep(std::move(events)));
}

Task<EventPage> MemoryStore::events(EventQuery query) {
  co_await yield();
  EventPage page;
  page.oldest = events_.empty() ? 0 : events_.front().sequence;
  page.newest = events_.empty() ? 0 : events_.back().sequence;
  page.reached = std::max(query.after, page.newest);
  auto& found = page.events;
  for (const VmEvent& event : events_) {
    if (!query.newest && found.size() == std::min(query.limit, kMostEvents)) break;
    if (event.sequence > query.after && query.filter.matches(event)) found.push_back(event);
  }
  if (!query.newest && !found.empty() && found.size() == query.limit) page.reached = found.back().sequence;
  if (found.size() > query.limit) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(query.limit));
  co_return page;
}

Task<void> MemoryStore::saveOperation(VmOperation operation) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  std::erase_if(operations_, [&](const auto& entry) {
    return entry.second.state != OperationState::Running &&
           entry.second.updatedAt + kOperationsKept < operation.updatedAt;
  });
  const std::string id = operation.id;
  operations_.insert_or_assign(id, std::move(operation));
  co_return Result<void>();
}

Task<std::vector<VmOperation>> MemoryStore::operations() {
  co_await yield();
  std::vector<VmOperation> all;
  for (const auto& [id, operation] : operations_)
    all.push_back(operation);
  std::stable_sort(all.begin(), all.end(),
                   [](const VmOperation& a, const VmOperation& b) { return a.createdAt < b.createdAt; });
  co_return all;
}

Task<void> MemoryStore::saveAnswer(KeptAnswer answer) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  keepAnswer(std::move(answer));
  co_return Result<void>();
}

void MemoryStore::keepAnswer(KeptAnswer answer) {
  std::erase_if(answers_, [&](const auto& entry) { return entry.second.at + kOperationsKept < answer.at; });
  const std::string key = answer.key;
  answers_.insert_or_assign(key, std::move(answer));
}

Task<std::optional<KeptAnswer>> MemoryStore::beginAnswer(KeptAnswer begun, Timestamp since) {
  co_await yield();
  const auto found = answers_.find(begun.key);
  if (found != answers_.end() && found->second.at >= since) co_return std::optional<KeptAnswer>(found->second);
  if (auto failure = takeFailure()) co_return std::move(*failure);
  keepAnswer(std::move(begun));
  co_return std::optional<KeptAnswer>();
}

Task<void> MemoryStore::saveFact(std::string name, std::string value) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  facts_.insert_or_assign(std::move(name), std::move(value));
  co_return Result<void>();
}

Task<std::optional<std::string>> MemoryStore::fact(std::string name) {
  co_await yield();
  const auto found = facts_.find(name);
  if (found == facts_.end()) co_return std::optional<std::string>();
  co_return std::optional<std::string>(found->second);
}

Task<StoreCopy> MemoryStore::backup(std::string path) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  StoreCopy copy;
  copy.path = std::move(path);
  copy.vms = vms_.size();
  co_return copy;
}

Task<std::vector<std::string>> MemoryStore::verify() {
  co_await yield();
  co_return findings_;
}

Task<void> MemoryStore::saveToken(Token token) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  const std::string id = token.id;
  tokens_.insert_or_assign(id, std::move(token));
  co_return Result<void>();
}

Task<void> MemoryStore::removeToken(std::string id) {
  co_await yield();
  if (auto failure = takeFailure()) co_return std::move(*failure);
  tokens_.erase(id);
  co_return Result<void>();
}

Task<std::vector<Token>> MemoryStore::tokens() {
  co_await yield();
  std::vector<Token> all;
  for (const auto& [id, token] : tokens_)
    all.push_back(token);
  co_return all;
}

}  // namespace microvm
