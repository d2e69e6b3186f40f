#include "rewards/code/driver.h"

#include <nlohmann/json.hpp>
#include <random>

#include "rewards/text.h"

namespace hone::rewards::code {

// Solutions of this kind are written for sites that import these names for them.
const char* const kFunctionDriver = R"PYTHON(
import json, os, sys, types
def main(dumps=json.dumps, write=os.write):
    request = json.loads(sys.stdin.buffer.read())
    output = os.dup(1)
    os.dup2(2, 1)
    solution = types.ModuleType("solution")
    sys.modules["solution"] = solution
    names = solution.__dict__
    for module in ("string", "re", "collections", "heapq", "bisect", "math", "itertools",
                   "functools", "typing"):
        exec(f"from {module} import *\nimport {module}", names)
    with open(sys.argv[1], encoding="utf-8") as file:
        source = file.read()
    exec(compile(source, "solution.py", "exec"), names)
    name = request["function"]
    owner = names.get("Solution")
    function = getattr(owner(), name) if hasattr(owner, name) else names[name]
    arguments = request["arguments"]
    if isinstance(arguments, str):
        import ast
        arguments = ast.literal_eval(arguments)
    text = request["nonce"] + " " + dumps(function(*arguments), allow_nan=False)
    data = (text + "\n").encode()
    while data:
        data = data[write(output, data):]
main()
)PYTHON";

std::string driver_input(std::string_view nonce, std::string_view function,
                         std::string_view arguments) {
  return R"({"nonce": )" + nlohmann::json(nonce).dump() + R"(, "function": )" +
         nlohmann::json(function).dump() + R"(, "arguments": )" + std::string(arguments) + "}";
}

std::string_view driver_result(std::string_view output, std::string_view nonce) {
  if (!output.starts_with(nonce) || !output.ends_with('\n')) return {};
  output.remove_prefix(nonce.size());
  output = trim(output);
  return output.find('\n') == std::string_view::npos ? output : std::string_view();
}

std::string random_nonce() {
  std::random_device device;
  std::string nonce;
  for (int i = 0; i < 4; ++i) nonce += std::to_string(device());
  return nonce;
}

}  // namespace hone::rewards::code
