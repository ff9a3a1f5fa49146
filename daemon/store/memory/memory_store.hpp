// The store without a disk, for tests. Every call suspends once, as the real one does.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/store.hpp"

namespace microvm {

class MemoryStore : public Store {
public:
  Task<std::vector<Vm>> loadAll() override;
  Task<std::vector<VmEvent>> insert(Vm vm, std::vector<VmEvent> events) override;
  Task<std::vector<VmEvent>> update(Vm vm, std::vector<VmEvent> events) override;
  Task<std::vector<VmEvent>> remove(std::string vmId, std::vector<VmEvent> events) override;
  Task<std::vector<VmEvent>> append(std::vector<VmEvent> events) override;
  Task<EventPage> events(EventQuery query) override;
  Task<void> saveOperation(VmOperation operation) override;
  Task<std::vector<VmOperation>> operations() override;
  Task<void> saveAnswer(KeptAnswer answer) override;
  Task<std::optional<KeptAnswer>> beginAnswer(KeptAnswer begun, Timestamp since) override;
  Task<void> saveFact(std::string name, std::string value) override;
  Task<std::optional<std::string>> fact(std::string name) override;
  StoreStart start() const override { return start_; }
  /// Makes no file.
  Task<StoreCopy> backup(std::string path) override;
  Task<std::vector<std::string>> verify() override;
  Task<void> saveToken(Token token) override;
  Task<void> removeToken(std::string id) override;
  Task<std::vector<Token>> tokens() override;

  /// The next write changes nothing and ends with this error.
  void failNextWrite(Error error) { nextFailure_ = std::move(error); }
  void setStart(StoreStart start) { start_ = std::move(start); }
  void setFindings(std::vector<std::string> findings) { findings_ = std::move(findings); }
  /// What is kept now, by id.
  [[nodiscard]] const std::map<std::string, Vm>& vms() const { return vms_; }
  [[nodiscard]] const std::vector<VmEvent>& allEvents() const { return events_; }

private:
  std::optional<Error> takeFailure();
  void keepAnswer(KeptAnswer answer);
  bool isNameTaken(const Vm& vm) const;
  std::vector<VmEvent> keep(std::vector<VmEvent> events);

  std::map<std::string, Vm> vms_;
  std::vector<VmEvent> events_;
  std::map<std::string, VmOperation> operations_;
  std::map<std::string, std::string> facts_;
  std::map<std::string, Token> tokens_;
  std::map<std::string, KeptAnswer> answers_;
  std::uint64_t lastSequence_ = 0;
  std::optional<Error> nextFailure_;
  StoreStart start_;
  std::vector<std::string> findings_;
};

}  // namespace microvm
