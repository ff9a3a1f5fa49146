#include "tests/support/survival/kill_loop.hpp"

#include <csignal>
#include <poll.h>

#include <fmt/format.h>

namespace microvm::test {
namespace {

constexpr Milliseconds kAnswerLimit{30'000};

std::vector<std::string> namesOf(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i)
    names.push_back("vm" + std::to_string(i));
  return names;
}

std::string requestText(const std::string& method, const std::string& target, const std::string& body) {
  const auto type = body.empty() ? "" : "Content-Type: application/json\r\n";
  return fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n{}", method,
                     target, type, body.size(), body);
}

void pass(unsigned milliseconds) {
  ::poll(nullptr, 0, static_cast<int>(milliseconds));
}

}  // namespace

/// A request that is on its way.
struct KillLoop::Asked {
  std::string name;
  std::string what;
  std::string mark;
  RawConnection connection;
};

KillLoop::KillLoop(Daemon& daemon, KillLoopSettings settings)
    : daemon_(daemon),
      settings_(std::move(settings)),
      random_(settings_.seed),
      ledger_(namesOf(settings_.vms)),
      runs_(daemon.folder() / "runner/vfkit.calls") {}

void KillLoop::run() {
  for (round_ = 1; round_ <= settings_.rounds; ++round_)
    round();
}

void KillLoop::round() {
  std::vector<Asked> asked;
  std::set<std::string> names;
  for (unsigned i = 0, count = 1 + below(3); i < count; ++i)
    names.insert(ledger_.names()[below(static_cast<unsigned>(settings_.vms))]);
  for (const auto& name : names)
    asked.push_back(ask(name));
  pass(below(static_cast<unsigned>(settings_.longestDelay)));
  isDaemonKilled_ = false;
  killSomething();
  if (isDaemonKilled_) daemon_.kill9();
  takeAnswers(asked);
  if (isDaemonKilled_) daemon_.start();
  compare();
  readEvents();
  checkProcesses();
}

KillLoop::Asked KillLoop::ask(const std::string& name) {
  // Starting is what most can go wrong with, and what runs is what can be killed.
  static constexpr const char* kActions[] = {"start", "start", "start",   "start",  "start",  "stop",
                                             "kill",  "pause", "restart", "resume", "delete", "force"};
  const auto& entry = ledger_.at(name);
  const std::string what = entry.known == Known::Absent ? "create" : kActions[below(std::size(kActions))];
  Asked asked{name, what, std::to_string(round_), RawConnection(daemon_.api().socket())};
  const auto target = "/v1/vms/" + name;
  if (what == "create") {
    auto definition = daemon_.definition(name, settings_.spec);
    // Every other one is started again when its runner dies.
    if (name.back() % 2 == 1) definition["spec"]["restart"] = settings_.restart;
    definition["metadata"]["labels"] = {{"mark", asked.mark}};
    asked.connection.send(requestText("POST", "/v1/vms", definition.dump()));
  } else if (what == "delete" || what == "force") {
    checkConsole(name);  // it goes with the VM
    asked.connection.send(requestText("DELETE", what == "force" ? target + "?force=true" : target, ""));
  } else {
    asked.connection.send(requestText("POST", target + "/" + what, ""));
  }
  return asked;
}

void KillLoop::killSomething() {
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      isDaemonKilled_ = true;
      ++kills_["daemon"];
      return;
    case 3:
    case 4:
      return killPart(Part::Shim);
    case 5:
    case 6:
      return killPart(Part::Runner);
    default:  // all three, in any order
      isDaemonKilled_ = true;
      ++kills_["daemon"];
      killPart(below(2) == 0 ? Part::Shim : Part::Runner);
      killPart(Part::Shim);
      return killPart(Part::Runner);
  }
}

void KillLoop::killPart(Part part) {
  std::vector<HeldProcess> candidates;
  for (auto& process : heldProcesses(daemon_.folder().path(), daemon_.runFolder())) {
    if (process.part == part) candidates.push_back(std::move(process));
  }
  if (candidates.empty()) return;
  const auto& victim = candidates[below(static_cast<unsigned>(candidates.size()))];
  if (part == Part::Shim) killedShims_.insert(victim.identity.pid);
  if (signalProcess(victim.identity, SIGKILL)) ++kills_[part == Part::Shim ? "shim" : "runner"];
}

void KillLoop::takeAnswers(std::vector<Asked>& asked) {
  for (const auto& each : asked) {
    const auto answer = each.connection.readAll(kAnswerLimit);
    const bool isWhole = answer.starts_with("HTTP/1.1 ") && answer.find("\r\n\r\n") != std::string::npos;
    const int status = isWhole ? std::stoi(answer.substr(9, 3)) : 0;
    if (status == 0 && !isDaemonKilled_) note("no answer to " + each.what + " " + each.name);
    ++outcomes_[fmt::format("{} {}", each.what, status == 0 ? "cut" : std::to_string(status))];
    takeAnswer(each, status, isWhole ? answer.substr(answer.find("\r\n\r\n") + 4) : "");
  }
}

void KillLoop::takeAnswer(const Asked& asked, int status, const std::string& body) {
  auto& entry = ledger_.at(asked.name);
  const bool isCreate = asked.what == "create";
  const bool isDelete = asked.what == "delete" || asked.what == "force";
  if (isCreate) {
    entry.mark = asked.mark;
    entry.id.clear();
  }
  if (status == 0) {
    if (isCreate || isDelete) entry.known = Known::Unknown;
    return;
  }
  if (isCreate && status == 201) {
    entry.known = Known::Present;
    const auto vm = Json::parse(body, nullptr, false);
    if (vm.is_object()) entry.id = vm.at("metadata").at("id");
    return;
  }
  if (isDelete && status == 204) {
    entry.known = Known::Absent;
    return;
  }
  // Its state may not allow it; and a start that is joined may end with the failure of its runner.
  const bool isRefusal = !isCreate && status == 409;
  const bool isAccepted = !isCreate && !isDelete && (status == 200 || status == 202);
  if (!isRefusal && !isAccepted) note(fmt::format("{} {} answered {} {}", asked.what, asked.name, status, body));
}

Json KillLoop::list() const {
  return daemon_.api().get("/v1/vms").json();
}

void KillLoop::compare() {
  for (const auto& problem : ledger_.compare(list()))
    note(problem);
}

void KillLoop::readEvents() {
  while (true) {
    const auto events = daemon_.api().get(fmt::format("/v1/events?limit=1000&after={}", lastEvent_)).json().at("items");
    for (const auto& event : events) {
      const std::uint64_t number = event.at("sequence");
      if (number != lastEvent_ + 1) note(fmt::format("event {} follows event {}", number, lastEvent_));
      lastEvent_ = number;
    }
    if (events.size() < 1000) return;
  }
}

void KillLoop::checkProcesses() {
  for (const auto& runId : twice(heldProcesses(daemon_.folder().path(), daemon_.runFolder())))
    note("run folder " + runId + " is held twice");
}

void KillLoop::note(const std::string& problem) {
  problems_.push_back(fmt::format("round {}: {}", round_, problem));
}

std::string KillLoop::summary() const {
  std::string text = fmt::format("seed {}: {} rounds, killed", settings_.seed, settings_.rounds);
  for (const auto& [victim, count] : kills_)
    text += fmt::format(" {} {}x", victim, count);
  text += fmt::format("; {} events, {} console lines, {} runs compared to the last line, losses {}\n", lastEvent_,
                      lines_, wholeRuns_, problems_.size());
  for (const auto& [outcome, count] : outcomes_)
    text += fmt::format("  {} {}x\n", outcome, count);
  return text;
}

}  // namespace microvm::test
