#include "tests/support/scripted_vfkit/machine.hpp"

#include <utility>

namespace microvm::scripted {

Machine::Machine(Loop& loop, const Script& script, Events events)
    : loop_(loop), script_(script), events_(std::move(events)) {}

void Machine::start() {
  state_ = "Starting";
  if (script_.runningAfter) loop_.after(*script_.runningAfter, [this] { run(); });
}

void Machine::run() {
  state_ = script_.state;
  events_.onBoot();
}

bool Machine::requestStop() {
  if (script_.onStop == OnStop::Refuse || state_ != "Running") return false;
  if (script_.onStop == OnStop::PowerOff) {
    loop_.after(script_.stopAfter, [this] { end(0); });
  }
  return true;
}

void Machine::powerCut() {
  end(0);
}

void Machine::terminate() {
  if (script_.ignoreTerm) return;
  requestStop();
  loop_.after(std::chrono::seconds(5), [this] { end(0); });
}

void Machine::end(int code) {
  if (std::exchange(ended_, true)) return;
  state_ = "Stopped";
  events_.onEnd(code);
}

}  // namespace microvm::scripted
