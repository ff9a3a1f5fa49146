#include "daemon/runner/question_rules.hpp"

namespace microvm {
namespace {

Feature featureOf(RunnerChange change) {
  switch (change) {
    case RunnerChange::Stop:
      return Feature::GracefulStop;
    case RunnerChange::HardStop:
      return Feature::HardStop;
    case RunnerChange::Pause:
    case RunnerChange::Resume:
      break;
  }
  return Feature::Pause;
}

}  // namespace

Result<void> checkAble(const CapabilityRecord& record, Feature feature) {
  const Capability& row = record.at(feature);
  if (row.support == Support::Yes) return {};
  return Error{Errc::WrongState, row.why, row.how, {}};
}

Result<void> checkQuestion(const CapabilityRecord& record, const RunnerQuestion& question,
                           std::optional<RunnerChange> change) {
  if (change) return checkAble(record, featureOf(*change));
  if (question.path == "/vm/inspect") return checkAble(record, Feature::Inspect);
  // An order that nobody understands is the runner's to refuse, if it can tell orders apart.
  return question.method == "POST" ? checkAble(record, Feature::Pause) : Result<void>();
}

}  // namespace microvm
