// The two units: the service, and the socket that starts it.
#pragma once
#include <string>

#include "client/service/job.hpp"

namespace microvm::service {

inline constexpr const char* kServiceUnit = "microvmd.service";
inline constexpr const char* kSocketUnit = "microvmd.socket";

std::string serviceUnit(const Job& job);
std::string socketUnit(const Job& job);

}  // namespace microvm::service
