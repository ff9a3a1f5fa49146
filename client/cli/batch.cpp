#include "client/cli/batch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {

using Json = nlohmann::ordered_json;

struct Batch::Item {
  std::string name;
  Json vm;
  bool failed = false;
};

Batch::Batch(Context& context, const std::vector<std::string>& names) : context_(context) {
  for (const auto& name : names)
    items_.push_back(Item{name, Json(nullptr)});
}

Batch::~Batch() = default;

void Batch::step(std::string_view failure, const Action& action) {
  for (Item& item : items_) {
    if (item.failed) continue;
    auto vm = action(item.name);
    if (vm) {
      item.vm = std::move(*vm);
    } else {
      item.failed = true;
      if (!failure_) failure_ = vm.error();
      worst_ = worse(worst_, context_.fail(fmt::format("{} \"{}\"", failure, item.name), vm.error()));
    }
  }
}

ExitCode Batch::finish() {
  const auto format = context_.format();
  std::vector<Json> vms;
  for (Item& item : items_) {
    if (!item.failed && !item.vm.is_null()) vms.push_back(std::move(item.vm));
  }
  if (format && !vms.empty()) printVms(context_, vms, *format, items_.size() == 1 ? Shape::Single : Shape::List);
  return worst_;
}

ExitCode stepAll(Context& context, const std::vector<std::string>& names, std::string_view failure,
                 const Batch::Action& action) {
  Batch batch(context, names);
  batch.step(failure, action);
  return batch.finish();
}

void printVms(Context& context, const std::vector<Json>& vms, Format format, Shape shape) {
  std::string text;
  if (format == Format::Json) {
    text = (shape == Shape::Single ? vms.front() : Json(vms)).dump(2) + "\n";
  } else {
    for (const Json& vm : vms)
      text += (format == Format::JsonLines ? vm.dump() : nameOf(vm)) + "\n";
  }
  context.out().write(text);
}

}  // namespace microvm::cli
