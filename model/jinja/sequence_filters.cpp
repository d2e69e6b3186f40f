#include <algorithm>
#include <cmath>

#include "model/jinja/filters.h"
#include "model/jinja/text.h"

namespace hone::model::jinja {
namespace {

Value without_case(const Value& value) {
  const auto* text = value.text();
  return text == nullptr ? value : text_value(lower(*text));
}

/// Values with what they are sorted by, sorted as Python does: stable, also in reverse.
Values sorted(Values values, const Values& keys, bool reverse, Meter& meter) {
  std::vector<std::size_t> places(values.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    meter.charge(1 + std::min(weight_of(keys[a]), weight_of(keys[b])));
    const int order_of = order(keys[a], keys[b]);
    return reverse ? order_of > 0 : order_of < 0;
  });
  Values result;
  for (const std::size_t place : places) result.push_back(std::move(values[place]));
  return result;
}

/// The key that `sort`, `unique`, `min` and `max` go by.
Value key_of(const Value& item, const Value* attribute, bool case_sensitive) {
  const bool own = attribute == nullptr || attribute->is_none();
  const Value key = own ? item : path_of(item, *attribute);
  return case_sensitive ? key : without_case(key);
}

/// The arguments after the first `places`, for the filter or test that is called with each item.
Arguments rest_of(const Arguments& arguments, std::size_t places, const std::string& name) {
  Arguments rest{name, {}, arguments.named};
  rest.values.assign(arguments.values.begin() + static_cast<std::ptrdiff_t>(places),
                     arguments.values.end());
  return rest;
}

Value filtered(const Value& value, const Arguments& arguments, Meter& meter, bool by_attribute,
               bool keep) {
  const std::size_t place = by_attribute ? 1 : 0;
  const Value* attribute = by_attribute ? &arguments.need(0, "") : nullptr;
  const bool tested = arguments.values.size() > place;
  const std::string name = tested ? text_of(arguments.values[place], arguments.of) : "";
  const Arguments rest = tested ? rest_of(arguments, place + 1, name) : Arguments();
  Values kept;
  for (const Value& item : items_of(value)) {
    meter.charge(1);
    const Value of = attribute == nullptr ? item : path_of(item, *attribute);
    if ((tested ? call_test(name, of, rest, meter) : truthy(of)) == keep) kept.push_back(item);
  }
  return generator_value(std::move(kept));
}

Value extreme(const Value& value, const Arguments& arguments, Meter& meter, int sign) {
  arguments.only(2, {"case_sensitive", "attribute"});
  const Value* attribute = arguments.find(1, "attribute");
  const bool case_sensitive = arguments.flag(0, "case_sensitive");
  Value best = undefined("an extreme of nothing");
  for (const Value& item : items_of(value)) {
    meter.charge(1);
    if (best.is_undefined() ||
        order(key_of(item, attribute, case_sensitive), key_of(best, attribute, case_sensitive)) *
                sign >
            0) {
      best = item;
    }
  }
  return best;
}

}  // namespace

Value path_of(const Value& value, const Value& attribute) {
  const auto* path = attribute.text();
  if (path == nullptr) return item_of(value, attribute);
  Value at = value;
  for (const std::string& part : split(*path, ".", -1, false)) {
    const bool number = !part.empty() && part.size() < 10 &&
                        part.find_first_not_of("0123456789") == std::string::npos;
    at = item_of(at, number ? Value{std::int64_t{std::stoi(part)}} : text_value(part));
  }
  return at;
}

Value first(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(0, {});
  const Values items = items_of(value);
  return items.empty() ? undefined("the first of nothing") : items.front();
}

Value last(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(0, {});
  if (value.generator() != nullptr) throw Failure("last of a value of type generator");
  const Values items = items_of(value);
  return items.empty() ? undefined("the last of nothing") : items.back();
}

Value list(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(0, {});
  Values items = items_of(value);
  meter.charge(static_cast<std::int64_t>(items.size()));
  return list_value(std::move(items));
}

Value items(const Value& value, const Arguments& arguments, Meter&) {
  arguments.only(0, {});
  if (value.is_undefined()) return generator_value({});
  const Dict* dict = value.dict();
  if (dict == nullptr) throw Failure("items of a value of type " + type_name(value));
  Values pairs;
  for (const auto& [key, item] : dict->items) {
    pairs.push_back(list_value({key, item}, List::Kind::kTuple));
  }
  return generator_value(std::move(pairs));
}

Value dictsort(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(3, {"case_sensitive", "by", "reverse"});
  const Dict* dict = value.dict();
  if (dict == nullptr) throw Failure("dictsort of a value of type " + type_name(value));
  const Value* by = arguments.find(1, "by");
  const std::string part = by == nullptr ? "key" : text_of(*by, "dictsort");
  if (part != "key" && part != "value") throw Failure("dictsort goes by \"key\" or \"value\"");
  Values pairs;
  Values keys;
  for (const auto& [key, item] : dict->items) {
    pairs.push_back(list_value({key, item}, List::Kind::kTuple));
    keys.push_back(
        key_of(part == "key" ? key : item, nullptr, arguments.flag(0, "case_sensitive")));
  }
  return list_value(sorted(std::move(pairs), keys, arguments.flag(2, "reverse"), meter));
}

Value sort(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(3, {"reverse", "case_sensitive", "attribute"});
  const Value* attribute = arguments.find(2, "attribute");
  if (attribute != nullptr && attribute->text() != nullptr &&
      attribute->text()->find(',') != std::string::npos) {
    throw Failure("sort by several attributes is not supported");
  }
  Values values = items_of(value);
  Values keys;
  for (const Value& item : values) {
    keys.push_back(key_of(item, attribute, arguments.flag(1, "case_sensitive")));
  }
  return list_value(sorted(std::move(values), keys, arguments.flag(0, "reverse"), meter));
}

Value unique(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(2, {"case_sensitive", "attribute"});
  Values kept;
  Values seen;
  for (const Value& item : items_of(value)) {
    const Value key =
        key_of(item, arguments.find(1, "attribute"), arguments.flag(0, "case_sensitive"));
    meter.charge(1 + static_cast<std::int64_t>(seen.size()));
    if (std::any_of(seen.begin(), seen.end(), [&](const Value& s) { return equal(s, key); })) {
      continue;
    }
    seen.push_back(key);
    kept.push_back(item);
  }
  return generator_value(std::move(kept));
}

Value least(const Value& value, const Arguments& arguments, Meter& meter) {
  return extreme(value, arguments, meter, -1);
}
Value greatest(const Value& value, const Arguments& arguments, Meter& meter) {
  return extreme(value, arguments, meter, 1);
}

Value sum(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(2, {"attribute", "start"});
  const Value* attribute = arguments.find(0, "attribute");
  const Value* start = arguments.find(1, "start");
  Value total = start == nullptr ? Value{std::int64_t{0}} : *start;
  if (total.text() != nullptr) throw Failure("sum of texts");
  for (const Value& item : items_of(value)) {
    meter.charge(1);
    const bool own = attribute == nullptr || attribute->is_none();
    total = arithmetic("+", total, own ? item : path_of(item, *attribute), meter);
  }
  return total;
}

Value reverse(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(0, {});
  if (value.text() != nullptr) return slice_of(value, {None{}}, {None{}}, {std::int64_t{-1}});
  Values items = items_of(value);
  meter.charge(static_cast<std::int64_t>(items.size()));
  std::reverse(items.begin(), items.end());
  return generator_value(std::move(items));
}

Value batch(const Value& value, const Arguments& arguments, Meter& meter) {
  arguments.only(2, {"linecount", "fill_with"});
  const std::int64_t size = integer_of(arguments.need(0, "linecount"), "batch");
  const Value* fill = arguments.find(1, "fill_with");
  if (size < 1 || size > 100000) throw Failure("batch of " + std::to_string(size));
  Values batches;
  Values part;
  const auto end_part = [&] { batches.push_back(list_value(std::exchange(part, {}))); };
  for (const Value& item : items_of(value)) {
    meter.charge(1);
    part.push_back(item);
    if (static_cast<std::int64_t>(part.size()) == size) end_part();
  }
  if (!part.empty()) {
    const bool fills = fill != nullptr && !fill->is_none();
    while (fills && static_cast<std::int64_t>(part.size()) < size) part.push_back(*fill);
    end_part();
  }
  return generator_value(std::move(batches));
}

Value map(const Value& value, const Arguments& arguments, Meter& meter) {
  Values results;
  if (arguments.values.empty()) {
    arguments.only(0, {"attribute", "default"});
    const Value& attribute = arguments.need(0, "attribute");
    const Value* otherwise = arguments.find(1, "default");
    for (const Value& item : items_of(value)) {
      meter.charge(1);
      Value found = path_of(item, attribute);
      const bool missing = found.is_undefined() && otherwise != nullptr && !otherwise->is_none();
      results.push_back(missing ? *otherwise : std::move(found));
    }
    return generator_value(std::move(results));
  }
  const std::string name = text_of(arguments.values[0], "map");
  const Arguments rest = rest_of(arguments, 1, name);
  for (const Value& item : items_of(value)) {
    meter.charge(1);
    results.push_back(call_filter(name, item, rest, meter));
  }
  return generator_value(std::move(results));
}

Value select(const Value& value, const Arguments& arguments, Meter& meter) {
  return filtered(value, arguments, meter, false, true);
}
Value reject(const Value& value, const Arguments& arguments, Meter& meter) {
  return filtered(value, arguments, meter, false, false);
}
Value selectattr(const Value& value, const Arguments& arguments, Meter& meter) {
  return filtered(value, arguments, meter, true, true);
}
Value rejectattr(const Value& value, const Arguments& arguments, Meter& meter) {
  return filtered(value, arguments, meter, true, false);
}

}  // namespace hone::model::jinja
