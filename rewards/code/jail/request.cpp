#include "rewards/code/jail/request.h"

#include <stdexcept>

namespace hone::rewards::code {
namespace {

constexpr std::size_t kFixed = 10;  // hone-jail and nine settings, then the command

}  // namespace

std::vector<std::string> to_arguments(const JailRequest& request) {
  std::vector<std::string> words = {"hone-jail",
                                    request.namespaces ? "namespaces" : "filter",
                                    request.may_fork ? "forks" : "one",
                                    std::to_string(request.memory_bytes),
                                    std::to_string(request.scratch_bytes),
                                    std::to_string(request.cpu_seconds),
                                    std::to_string(request.processes),
                                    request.source_name,
                                    request.collect,
                                    request.scratch};
  words.insert(words.end(), request.command.begin(), request.command.end());
  return words;
}

JailRequest from_arguments(const std::vector<std::string>& arguments) {
  if (arguments.size() <= kFixed) throw std::invalid_argument("hone starts hone-jail itself");
  return {.namespaces = arguments[1] == "namespaces",
          .may_fork = arguments[2] == "forks",
          .memory_bytes = std::stoll(arguments[3]),
          .scratch_bytes = std::stoll(arguments[4]),
          .cpu_seconds = std::stoll(arguments[5]),
          .processes = std::stoll(arguments[6]),
          .source_name = arguments[7],
          .collect = arguments[8],
          .scratch = arguments[9],
          .command = {arguments.begin() + kFixed, arguments.end()}};
}

}  // namespace hone::rewards::code
