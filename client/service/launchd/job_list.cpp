#include "client/service/launchd/job_list.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "client/service/host.hpp"
#include "client/service/launchd/property_list.hpp"

namespace microvm::service {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kOwnerOnly = 0600;  // decimal in the list: property lists know no octal numbers
constexpr int kDescriptors = 8192;
constexpr int kSecondsToEnd = 30;

Json socketList(const Job& job) {
  Json socket{{"SockPathName", job.socket}, {"SockPathMode", kOwnerOnly}};
  if (job.reach == Reach::System) socket["SockPathOwner"] = job.uid;
  return socket;
}

}  // namespace

Json jobList(const Job& job) {
  Json words = Json::array({job.program});
  for (const auto& argument : job.arguments)
    words.push_back(argument);
  Json list{{"Label", kLabel}, {"ProgramArguments", std::move(words)}};
  if (job.reach == Reach::System) list["UserName"] = job.user;
  // Unset, launchd throttles the job and with it every VM that it starts.
  list["ProcessType"] = "Interactive";
  list["RunAtLoad"] = true;
  // A daemon that was asked to stop stays stopped.
  list["KeepAlive"] = {{"SuccessfulExit", false}};
  // VMs outlive the daemon.
  list["AbandonProcessGroup"] = true;
  list["ExitTimeOut"] = kSecondsToEnd;
  list["Sockets"] = {{"api", socketList(job)}};
  list["SoftResourceLimits"] = {{"NumberOfFiles", kDescriptors}};
  // Nobody rotates it: it is for what comes before the daemon has its own log, or instead of it.
  list["StandardErrorPath"] = job.logFolder + "/microvmd.early.log";
  // Loaded over ssh, it must not vanish or double when somebody logs in at the screen.
  if (job.reach == Reach::User) list["LimitLoadToSessionType"] = {"Aqua", "Background", "System"};
  return list;
}

Result<std::string> jobText(const Job& job) {
  return writePropertyList(jobList(job), kMark);
}

std::vector<std::string> commandOf(std::string_view text) {
  const auto list = readPropertyList(text);
  if (!list || !list->is_object()) return {};
  std::vector<std::string> words;
  const auto arguments = list->find("ProgramArguments");
  if (arguments != list->end() && arguments->is_array()) {
    for (const auto& word : *arguments)
      if (word.is_string()) words.push_back(word.get<std::string>());
  } else if (const auto program = list->find("Program"); program != list->end() && program->is_string()) {
    words.push_back(program->get<std::string>());
  }
  return words;
}

std::string socketOf(std::string_view text) {
  const auto list = readPropertyList(text);
  const Json::json_pointer path("/Sockets/api/SockPathName");
  return list && list->is_object() ? list->value(path, "") : "";
}

Logs logsOf(std::string_view text) {
  Logs logs;
  const auto words = commandOf(text);
  const auto flag = std::find(words.begin(), words.end(), "--log-file");
  if (flag != words.end() && std::next(flag) != words.end()) logs.own = *std::next(flag);
  const auto list = readPropertyList(text);
  if (list && list->is_object()) logs.early = list->value("StandardErrorPath", "");
  return logs;
}

}  // namespace microvm::service
