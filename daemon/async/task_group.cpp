#include "daemon/async/task_group.hpp"

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "api/core/logging.hpp"
#include "daemon/async/timer.hpp"

namespace microvm {

struct TaskGroup::State {
  struct Member {
    net::cancellation_signal signal;
    bool ended = false;
  };

  explicit State(net::any_io_executor on) : executor(std::move(on)), changed(executor) {}

  net::any_io_executor executor;
  Timer changed;  // cancelled whenever a member ends
  std::uint64_t nextId = 0;
  std::unordered_map<std::uint64_t, Member> members;
};

namespace {

void report(const std::string& name, const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    if (error.code() != net::error::operation_aborted) logError("task failed task={} error={}", name, error.what());
  } catch (const std::exception& error) {
    logError("task failed task={} error={}", name, error.what());
  }
}

}  // namespace

TaskGroup::TaskGroup(net::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
  cancel();
}

void TaskGroup::spawn(std::string name, net::awaitable<void> work) {
  const auto id = state_->nextId++;
  auto& signal = state_->members[id].signal;
  auto onEnd = [state = state_, id, name = std::move(name)](const std::exception_ptr& thrown) {
    report(name, thrown);
    state->members.at(id).ended = true;
    // Outside the loop co_spawn passes a cancellation on through the executor, by a pointer into the signal: one that
    // is on its way is let by.
    net::post(state->executor, [state, id] {
      state->members.erase(id);
      state->changed.cancel();
    });
  };
  net::co_spawn(state_->executor, std::move(work), net::bind_cancellation_slot(signal.slot(), std::move(onEnd)));
}

void TaskGroup::cancel() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, member] : state_->members) {
    if (!member.ended) ids.push_back(id);
  }
  for (const auto id : ids) {
    const auto member = state_->members.find(id);
    if (member != state_->members.end() && !member->second.ended)
      member->second.signal.emit(net::cancellation_type::terminal);
  }
}

net::awaitable<void> TaskGroup::join() {
  const auto state = state_;
  while (!state->members.empty()) {
    state->changed.expires_at(Timer::time_point::max());
    boost::system::error_code ignored;
    co_await state->changed.async_wait(net::redirect_error(net::use_awaitable, ignored));
  }
}

std::size_t TaskGroup::size() const {
  return state_->members.size();
}

}  // namespace microvm
