#include "tests/support/survival/ledger.hpp"

#include <algorithm>

namespace microvm::test {

Ledger::Ledger(std::vector<std::string> names) : names_(std::move(names)) {
  for (const auto& name : names_)
    entries_[name];
}

void Ledger::settle(const std::string& name, const Json* vm, std::vector<std::string>& problems) {
  Entry& entry = entries_.at(name);
  if (entry.known == Known::Present && vm == nullptr) problems.push_back(name + " is lost");
  if (entry.known == Known::Absent && vm != nullptr) problems.push_back(name + " was deleted and is back");
  entry.known = vm == nullptr ? Known::Absent : Known::Present;
  if (vm == nullptr) return;
  const auto& metadata = vm->at("metadata");
  const std::string id = metadata.at("id");
  if (!entry.id.empty() && entry.id != id) problems.push_back(name + " has another id than at its creation");
  if (metadata.at("labels").value("mark", "") != entry.mark) problems.push_back(name + " has another definition");
  entry.id = id;
}

std::vector<std::string> Ledger::compare(const Json& list) {
  std::vector<std::string> problems;
  std::map<std::string, const Json*> listed;
  for (const auto& vm : list.at("items"))
    listed[vm.at("metadata").at("name").get<std::string>()] = &vm;
  for (const auto& name : names_) {
    const auto found = listed.find(name);
    settle(name, found == listed.end() ? nullptr : found->second, problems);
    if (found != listed.end()) listed.erase(found);
  }
  for (const auto& [name, vm] : listed)
    problems.push_back("there is " + name + ", which nobody made: " + vm->at("status").dump());
  return problems;
}

}  // namespace microvm::test
