#include "rewards/code/asserts.h"

#include <nlohmann/json.hpp>

#include "rewards/code/jail.h"
#include "rewards/code/runner.h"
#include "rewards/text.h"

namespace hone::rewards::code {
namespace {

using nlohmann::json;

// Arguments stay Python literals, as a tuple or a set is none in JSON; a value is compared as JSON.
const char* const kReader = R"PYTHON(
import ast, json, sys
def value_of(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise SyntaxError(f"line {node.lineno}: {ast.unparse(node)} is no literal")
def part(statement):
    test = statement.test
    if isinstance(test, ast.Call):
        call, value = test, True
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        call, value = test.operand, False
    elif isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.Is)):
        call, value = test.left, value_of(test.comparators[0])
    else:
        call = None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.keywords:
        raise SyntaxError(f"line {statement.lineno}: not of the form f(..) == value")
    arguments = [value_of(argument) for argument in call.args]
    return call.func.id, repr(arguments), json.dumps(value, allow_nan=False)
def main():
    answer = json.loads(sys.stdin.buffer.read())
    body = ast.parse("\n".join(answer.get("test_list") or [answer.get("test", "")])).body
    if "test_list" not in answer:
        check = [s for s in body if isinstance(s, ast.FunctionDef) and s.name == "check"]
        if len(check) != 1:
            raise SyntaxError("no function check")
        body = check[0].body
    asserts = [s for s in body if isinstance(s, ast.Assert) and not isinstance(s.test, ast.Constant)]
    other = [s for s in body if not isinstance(s, (ast.Assert, ast.Expr, ast.Pass))]
    if other or not asserts:
        raise SyntaxError("more than assertions" if other else "no assertion")
    parts = [part(statement) for statement in asserts]
    names = {name for name, _, _ in parts}
    if len(names) != 1:
        raise SyntaxError("several functions are called")
    return {"fn_name": answer.get("entry_point") or names.pop(),
            "test_cases": [{"literals": a, "output": v} for _, a, v in parts]}
try:
    print(json.dumps(main()))
except (SyntaxError, ValueError, TypeError, AttributeError, RecursionError) as error:
    print(json.dumps({"problem": str(error)}))
)PYTHON";

}  // namespace

bool has_asserts(const json& answer) {
  return answer.is_object() && (answer.contains("test") || answer.contains("test_list"));
}

FromAsserts from_asserts(std::string_view answer, Isolation isolation) {
  const std::string python = python_program();
  if (python.empty()) return {"", "this machine has no python3 in /usr"};
  const File input = sealed_file(answer);
  const JailResult result = run_jailed({.isolation = isolation,
                                        .command = {python, "-I", "-B", "-c", kReader},
                                        .input = &input,
                                        .output_bytes = 64 << 20});
  const json read = json::parse(result.output, nullptr, false);
  if (result.end != JailResult::End::kExit || result.code != 0 || !read.is_object()) {
    return {"", "the assertions could not be read: " + shown(trim(result.error_tail), 200)};
  }
  if (!read.contains("problem")) return {result.output, ""};
  return {"", "the assertions cannot be taken apart: " + read["problem"].get<std::string>()};
}

}  // namespace hone::rewards::code
