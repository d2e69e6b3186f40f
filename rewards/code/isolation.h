#pragma once

#include <array>
#include <string>
#include <string_view>

namespace hone::rewards::code {

/// How far a program is kept away from the machine.
enum class Isolation {
  kFull,    // own user, pid, mount, network, IPC, UTS and cgroup namespaces, filter, limits
  kFilter,  // the filter and the limits alone: it sees the files that the user sees
};
constexpr std::array<std::string_view, 2> enum_names(Isolation) { return {"full", "filter"}; }

/// What keeps this machine from giving that isolation; empty if nothing does. Runs a program to
/// see.
std::string isolation_problem(Isolation isolation);

}  // namespace hone::rewards::code
