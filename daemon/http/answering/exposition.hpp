// Figures as Prometheus reads them: its text format, version 0.0.4.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace microvm::http {

class Exposition {
public:
  enum class Kind { Gauge, Counter };
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  static constexpr std::string_view kType = "text/plain; version=0.0.4; charset=utf-8";

  /// What the samples that follow are of; `help` is a sentence.
  Exposition& family(std::string_view name, Kind kind, std::string_view help);
  /// A sample of the last family.
  Exposition& sample(double value, Labels labels = {});
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::string name_;
  std::string text_;
};

}  // namespace microvm::http
