// The way out of a failure, as people read it.
#pragma once
#include <string>
#include <string_view>

namespace microvm::cli {

/// "Try: microvmctl start web" for something to be typed; any other text as a sentence of its own, with a capital
/// letter and without a full stop.
std::string adviceText(std::string_view hint);

}  // namespace microvm::cli
