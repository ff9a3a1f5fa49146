#include "daemon/vfkit_qemu/rest/change_request.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace microvm::vfkit_qemu {
namespace {

bool isStateKey(std::string_view key) {
  constexpr std::string_view kName = "state";
  return std::equal(key.begin(), key.end(), kName.begin(), kName.end(), [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && static_cast<char>(a | 0x20) == b);
  });
}

/// Looks at the members of the outermost object and skips what is deeper.
class Reader : public nlohmann::json_sax<nlohmann::json> {
public:
  explicit Reader(std::string_view body) : body_(body) {}

  bool null() override { return true; }
  bool boolean(bool) override { return scalar("bool"); }
  bool number_integer(number_integer_t) override { return scalar("number"); }
  bool number_unsigned(number_unsigned_t) override { return scalar("number"); }
  bool number_float(number_float_t, const string_t&) override { return scalar("number"); }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& text) override {
    if (depth_ != 1 || !atState_) return scalar("string");
    if (mismatch_.empty()) state_ = text;
    return true;
  }
  bool start_object(std::size_t) override {
    if (depth_ == 1 && atState_) note("object");
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) atState_ = isStateKey(name);
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    (void)scalar("array");
    ++depth_;
    if (depth_ == 1) ++depth_;  // members inside an outermost array are not ours
    return true;
  }
  bool end_array() override {
    --depth_;
    if (depth_ == 1) depth_ = 0;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    if (position > body_.size() || body_.empty()) {
      syntax_ = "unexpected EOF";
    } else {
      const char c = body_[position == 0 ? 0 : position - 1];
      syntax_ = fmt::format("invalid character '{}' looking for beginning of value", c);
    }
    return false;
  }

  Result<std::string> result() && {
    if (!syntax_.empty()) return Error{Errc::Malformed, syntax_, {}, {}};
    if (!mismatch_.empty()) return Error{Errc::Malformed, mismatch_, {}, {}};
    return std::move(state_);
  }

private:
  bool scalar(std::string_view kind) {
    if (depth_ == 0 || (depth_ == 1 && atState_)) note(kind);
    return true;
  }
  void note(std::string_view kind) {
    if (!mismatch_.empty()) return;
    mismatch_ = depth_ == 0
                    ? fmt::format("json: cannot unmarshal {} into Go value of type define.VMState", kind)
                    : fmt::format("json: cannot unmarshal {} into Go struct field VMState.state of type string", kind);
  }

  std::string_view body_;
  std::string state_;
  std::string syntax_;
  std::string mismatch_;
  int depth_ = 0;
  bool atState_ = false;
};

}  // namespace

Result<std::string> readChangeRequest(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return Error{Errc::Malformed, "EOF", {}, {}};
  Reader reader(body);
  constexpr bool kWholeBody = false;
  nlohmann::json::sax_parse(body, &reader, nlohmann::json::input_format_t::json, kWholeBody);
  return std::move(reader).result();
}

}  // namespace microvm::vfkit_qemu
