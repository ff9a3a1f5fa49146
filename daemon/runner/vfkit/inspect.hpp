// The answer of GET /vm/inspect.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit {

/// The document of a parsed command line, members in vfkit's order. `ptyNames` are the terminals of the pty serial
/// devices in their order; empty before they exist.
nlohmann::ordered_json inspectDocument(const Options& options, const std::vector<std::string>& ptyNames = {});

/// The document as Go's encoder writes it.
std::string inspectText(const Options& options, const std::vector<std::string>& ptyNames = {});

}  // namespace microvm::vfkit
