#include "daemon/async/mailbox.hpp"

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/task_group.hpp"

using namespace microvm;

namespace {

net::awaitable<void> readThree(Mailbox<std::string>* mailbox, std::vector<std::string>* log) {
  for (int count = 0; count < 3; ++count) {
    auto arrived = co_await mailbox->wait();
    log->push_back(arrived ? mailbox->take() : "cancelled");
    if (!arrived) co_return;
  }
}

}  // namespace

TEST_CASE("mail is read in the order it was posted, before and while the reader waits") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  Mailbox<std::string> mailbox(context.get_executor());
  std::vector<std::string> log;
  mailbox.post("first");
  group.spawn("reader", readThree(&mailbox, &log));
  context.poll();

  mailbox.post("second");
  mailbox.post("third");
  mailbox.post("unread");
  context.run();

  CHECK(log == std::vector<std::string>{"first", "second", "third"});
  CHECK(mailbox.drain().size() == 1);
}

TEST_CASE("a reader that is cancelled is told so") {
  net::io_context context(1);
  TaskGroup group(context.get_executor());
  Mailbox<std::string> mailbox(context.get_executor());
  std::vector<std::string> log;
  group.spawn("reader", readThree(&mailbox, &log));
  context.poll();

  group.cancel();
  context.run();

  CHECK(log == std::vector<std::string>{"cancelled"});
}
