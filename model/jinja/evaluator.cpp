#include "model/jinja/evaluator.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "model/error.h"
#include "model/jinja/library.h"
#include "model/jinja/print.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {

/// Names that a part of a template has set, and the part around it.
struct Scope {
  std::vector<std::pair<std::string, Value>> names;
  std::shared_ptr<Scope> parent;

  Value* find(std::string_view name) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == names.end() ? nullptr : &found->second;
  }
  void set(const std::string& name, Value value) {
    if (Value* found = find(name)) {
      *found = std::move(value);
    } else {
      names.emplace_back(name, std::move(value));
    }
  }
};

namespace {

using ScopePtr = std::shared_ptr<Scope>;

constexpr int kMaxCallDepth = 500;
// Jinja has these too.
constexpr std::array kUnsupportedNames = {"varargs", "kwargs", "caller", "self",
                                          "super",   "lipsum", "cycler", "joiner"};

ScopePtr inside(const ScopePtr& scope) {
  auto inner = std::make_shared<Scope>();
  inner->parent = scope;
  return inner;
}

class Evaluator {
 public:
  explicit Evaluator(const std::string& place) : place_(place) {}

  /// Namespaces and macros may refer to each other in a circle.
  ~Evaluator() {
    for (const auto& space : spaces_) space->attributes.clear();
    for (const auto& scope : scopes_) scope->names.clear();
  }
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  std::string run(const Body& body, const Pairs& variables) {
    const auto context = std::make_shared<Scope>();
    for (const auto& [name, value] : variables) context->set(*name.text(), value);
    std::string out;
    execute(body, inside(context), out);
    return out;
  }

 private:
  enum class Flow { kOn, kBreak, kContinue };
  using Kind = Expression::Kind;

  /// One level of the evaluator's own recursion.
  struct Depth {
    explicit Depth(int& depth) : depth_(depth) {
      if (depth >= kMaxCallDepth) throw Failure("too many levels of calls and brackets");
      ++depth_;
    }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    int& depth_;
  };

  [[noreturn]] void fail(int line, const std::string& problem) const {
    throw DataError(place_ + ":" + std::to_string(line), problem);
  }

  Flow execute(const Body& body, const ScopePtr& scope, std::string& out) {
    for (const auto& statement : body) {
      try {
        const Depth depth(depth_);
        meter_.charge(1);
        const Flow flow = execute(*statement, scope, out);
        if (flow != Flow::kOn) return flow;
      } catch (const Failure& failure) {
        fail(statement->line, failure.what());
      }
    }
    return Flow::kOn;
  }

  Flow execute(const Statement& statement, const ScopePtr& scope, std::string& out) {
    using Type = Statement::Kind;
    switch (statement.kind) {
      case Type::kText:
        print(statement.text, out);
        return Flow::kOn;
      case Type::kOutput:
        print(to_text(evaluate(*statement.expressions[0], scope)), out);
        return Flow::kOn;
      case Type::kIf:
        return choose(statement, scope, out);
      case Type::kFor:
        loop(statement, scope, out);
        return Flow::kOn;
      case Type::kSet:
        assign(*statement.expressions[0], evaluate(*statement.expressions[1], scope), scope);
        return Flow::kOn;
      case Type::kSetBlock:
        assign(*statement.expressions[0], block(statement, statement.expressions[1].get(), scope),
               scope);
        return Flow::kOn;
      case Type::kFilter:
        print(to_text(block(statement, statement.expressions[0].get(), scope)), out);
        return Flow::kOn;
      case Type::kMacro:
        scope->set(statement.text, {std::make_shared<const Callable>(
                                       Callable{statement.text, {}, &statement, scope, {}})});
        scopes_.push_back(scope);
        return Flow::kOn;
      case Type::kScope:
        return with(statement, scope, out);
      case Type::kBreak:
        return Flow::kBreak;
      default:
        return Flow::kContinue;
    }
  }

  void print(std::string_view text, std::string& out) {
    meter_.charge(static_cast<std::int64_t>(text.size()) / 16);
    append(out, text);
  }

  Flow choose(const Statement& statement, const ScopePtr& scope, std::string& out) {
    const auto& conditions = statement.expressions;
    for (std::size_t i = 0; i < statement.bodies.size(); ++i) {
      if (i == conditions.size() || truthy(evaluate(*conditions[i], scope))) {
        return execute(statement.bodies[i], scope, out);
      }
    }
    return Flow::kOn;
  }

  void loop(const Statement& statement, const ScopePtr& scope, std::string& out) {
    const Expression& target = *statement.expressions[0];
    Values items = items_of(evaluate(*statement.expressions[1], scope));
    if (const Expression* test = statement.expressions[2].get()) {
      std::erase_if(items, [&](const Value& item) {
        const ScopePtr inner = inside(scope);
        assign(target, item, inner);
        return !truthy(evaluate(*test, inner));
      });
    }
    if (items.empty()) {
      execute(statement.bodies[1], inside(scope), out);
      return;
    }
    const std::shared_ptr<Loop> state = make_loop(std::move(items));
    for (const Value& item : state->items) {
      meter_.charge(1);
      const ScopePtr inner = inside(scope);
      inner->set("loop", {state});
      assign(target, item, inner);
      if (execute(statement.bodies[0], inner, out) == Flow::kBreak) break;
      ++state->index0;
    }
  }

  Flow with(const Statement& statement, const ScopePtr& scope, std::string& out) {
    const ScopePtr inner = inside(scope);
    for (std::size_t i = 0; i < statement.names.size(); ++i) {
      inner->set(statement.names[i], evaluate(*statement.expressions[i], scope));
    }
    return execute(statement.bodies[0], inner, out);
  }

  /// What a block holds, through its filter if it has one.
  Value block(const Statement& statement, const Expression* filter, const ScopePtr& scope) {
    std::string text;
    execute(statement.bodies[0], inside(scope), text);
    if (filter == nullptr) return text_value(std::move(text));
    const Value outer = std::exchange(block_, text_value(std::move(text)));
    Value result = evaluate(*filter, scope);
    block_ = outer;
    return result;
  }

  void assign(const Expression& target, const Value& value, const ScopePtr& scope) {
    if (target.kind == Kind::kName) return scope->set(target.text, value);
    if (target.kind == Kind::kAttribute) {
      Namespace* space = lookup(target.parts[0]->text, scope).space();
      if (space == nullptr) throw Failure("only a namespace's attributes can be set");
      if (target.text.starts_with('_')) throw Failure("an attribute that begins with _");
      const auto found =
          std::find_if(space->attributes.begin(), space->attributes.end(),
                       [&](const auto& attribute) { return attribute.first == target.text; });
      if (found == space->attributes.end()) {
        space->attributes.emplace_back(target.text, value);
      } else {
        found->second = value;
      }
      return;
    }
    const Values items = items_of(value);
    if (items.size() != target.parts.size()) {
      throw Failure("expected " + std::to_string(target.parts.size()) + " values, got " +
                    std::to_string(items.size()));
    }
    for (std::size_t i = 0; i < items.size(); ++i) assign(*target.parts[i], items[i], scope);
  }

  Value lookup(const std::string& name, const ScopePtr& scope) const {
    for (Scope* at = scope.get(); at != nullptr; at = at->parent.get()) {
      if (const Value* found = at->find(name)) return *found;
    }
    if (has_function(name)) {
      return {
          std::make_shared<const Callable>(Callable{name, undefined(""), nullptr, nullptr, {}})};
    }
    if (std::find(kUnsupportedNames.begin(), kUnsupportedNames.end(), name) !=
        kUnsupportedNames.end()) {
      throw Failure("\"" + name + "\" is not supported");
    }
    return undefined(name);
  }

  Value evaluate(const Expression& node, const ScopePtr& scope) {
    try {
      const Depth depth(depth_);
      meter_.charge(1);
      return value_of(node, scope);
    } catch (const Failure& failure) {
      fail(node.line, failure.what());
    }
  }
  Value part(const Expression& node, std::size_t i, const ScopePtr& scope) {
    return evaluate(*node.parts[i], scope);
  }

  Value value_of(const Expression& node, const ScopePtr& scope) {
    switch (node.kind) {
      case Kind::kConstant:
        return node.constant;
      case Kind::kName:
        return lookup(node.text, scope);
      case Kind::kAttribute:
        return attribute_of(part(node, 0, scope), node.text);
      case Kind::kItem:
        return item(part(node, 0, scope), part(node, 1, scope));
      case Kind::kNot:
        return {!truthy(part(node, 0, scope))};
      case Kind::kAnd:
      case Kind::kOr: {
        Value left = part(node, 0, scope);
        return truthy(left) == (node.kind == Kind::kOr) ? left : part(node, 1, scope);
      }
      case Kind::kChoice:
        if (truthy(part(node, 0, scope))) return part(node, 1, scope);
        return node.parts[2] == nullptr ? undefined("the inline if without an else")
                                        : part(node, 2, scope);
      case Kind::kBlock:
        return block_;
      case Kind::kTest: {
        const Value of = part(node, 0, scope);
        return {call_test(node.text, of, arguments(node, scope, node.text), meter_)};
      }
      default:
        return charged(new_value_of(node, scope));
    }
  }

  /// Values that are made here and cost what they hold.
  Value new_value_of(const Expression& node, const ScopePtr& scope) {
    switch (node.kind) {
      case Kind::kList:
        return list_value(all_parts(node, scope));
      case Kind::kTuple:
        return list_value(all_parts(node, scope), List::Kind::kTuple);
      case Kind::kDict:
        return dict(node, scope);
      case Kind::kSlice:
        return slice(node, scope);
      case Kind::kNegative:
        return negative(part(node, 0, scope));
      case Kind::kPositive:
        return arithmetic("+", {std::int64_t{0}}, part(node, 0, scope), meter_);
      case Kind::kArithmetic: {
        const Value left = part(node, 0, scope);
        return arithmetic(node.text, left, part(node, 1, scope), meter_);
      }
      case Kind::kConcat: {
        std::string text;
        for (const Value& value : all_parts(node, scope)) append(text, to_text(value));
        return text_value(std::move(text));
      }
      case Kind::kCompare:
        return compared(node, scope);
      case Kind::kFilter: {
        const Value of = part(node, 0, scope);
        return call_filter(node.text, of, arguments(node, scope, node.text), meter_);
      }
      default:
        return call(node, scope);
    }
  }

  Value charged(Value value) {
    const List* list = value.list();
    meter_.charge(list == nullptr ? (value.text() == nullptr ? 0 : weight_of(value))
                                  : static_cast<std::int64_t>(list->items.size()));
    return value;
  }

  /// Positions in a text are found from its start.
  Value item(const Value& value, const Value& key) {
    if (value.text() != nullptr) meter_.charge(weight_of(value));
    if (const Dict* dict = value.dict()) {
      meter_.charge(static_cast<std::int64_t>(dict->items.size()) / 8);
    }
    return item_of(value, key);
  }

  Values all_parts(const Expression& node, const ScopePtr& scope) {
    Values values;
    for (const ExpressionPtr& part : node.parts) values.push_back(evaluate(*part, scope));
    return values;
  }

  Value dict(const Expression& node, const ScopePtr& scope) {
    Pairs pairs;
    for (std::size_t i = 0; i < node.parts.size(); i += 2) {
      const Value key = part(node, i, scope);
      require_key(key);
      Value value = part(node, i + 1, scope);
      const auto found = std::find_if(pairs.begin(), pairs.end(),
                                      [&](const auto& pair) { return equal(pair.first, key); });
      if (found == pairs.end()) {
        pairs.emplace_back(key, std::move(value));
      } else {
        found->second = std::move(value);
      }
    }
    return dict_value(std::move(pairs));
  }

  Value slice(const Expression& node, const ScopePtr& scope) {
    const Value of = part(node, 0, scope);
    std::array<Value, 3> bounds;
    for (std::size_t i = 0; i < 3; ++i) {
      bounds[i] = node.parts[i + 1] == nullptr ? Value{None{}} : part(node, i + 1, scope);
    }
    if (of.text() != nullptr) meter_.charge(weight_of(of));
    return slice_of(of, bounds[0], bounds[1], bounds[2]);
  }

  Value compared(const Expression& node, const ScopePtr& scope) {
    Value left = part(node, 0, scope);
    for (std::size_t i = 0; i < node.names.size(); ++i) {
      Value right = part(node, i + 1, scope);
      if (!compare(node.names[i], left, right, meter_)) return {false};
      left = std::move(right);
    }
    return {true};
  }

  Arguments arguments(const Expression& node, const ScopePtr& scope, const std::string& of) {
    Arguments result{of, {}, {}};
    const std::size_t first_named = node.parts.size() - node.names.size();
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
      Value value = part(node, i, scope);
      if (i < first_named) {
        result.values.push_back(std::move(value));
      } else {
        result.named.emplace_back(node.names[i - first_named], std::move(value));
      }
    }
    return result;
  }

  Value call(const Expression& node, const ScopePtr& scope) {
    const Value callee = part(node, 0, scope);
    require_defined(callee);
    const Callable* callable = callee.callable();
    if (callable == nullptr) throw Failure("a call of a value of type " + type_name(callee));
    const Arguments given = arguments(node, scope, callable->name + "()");
    if (callable->macro != nullptr) return call_macro(*callable, given);
    if (!callable->self.is_undefined()) {
      return call_method(callable->self, callable->name, given, meter_);
    }
    Value result = call_function(callable->name, given, meter_);
    if (const auto* space = std::get_if<std::shared_ptr<Namespace>>(&result.data)) {
      spaces_.push_back(*space);
    }
    return result;
  }

  Value call_macro(const Callable& callable, const Arguments& given) {
    const Statement& macro = *callable.macro;
    const std::size_t count = macro.names.size();
    if (given.values.size() > count) given.only(count, {});
    for (const auto& [name, value] : given.named) {
      const auto found = std::find(macro.names.begin(), macro.names.end(), name);
      if (found == macro.names.end()) throw Failure(given.of + " has no argument \"" + name + "\"");
    }
    const ScopePtr scope = inside(callable.scope);
    const std::size_t first_default = count - macro.expressions.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Value* value = given.find(i, macro.names[i]);
      if (value != nullptr) {
        scope->set(macro.names[i], *value);
      } else if (i >= first_default) {
        scope->set(macro.names[i], evaluate(*macro.expressions[i - first_default], scope));
      } else {
        scope->set(macro.names[i], undefined(macro.names[i]));
      }
    }
    std::string out;
    execute(macro.bodies[0], scope, out);
    return text_value(std::move(out));
  }

  const std::string& place_;
  Meter meter_;
  int depth_ = 0;
  Value block_;
  std::vector<std::shared_ptr<Namespace>> spaces_;
  std::vector<ScopePtr> scopes_;
};

}  // namespace

std::string evaluate(const Body& body, const std::string& place, const Pairs& variables) {
  return Evaluator(place).run(body, variables);
}

}  // namespace hone::model::jinja
