#pragma once

#include "model/jinja/library.h"
#include "model/jinja/value.h"

// Filters over sequences; those over single values stand in filters.cpp. Each is Jinja's filter of
// its name.

namespace hone::model::jinja {

Value batch(const Value& value, const Arguments& arguments, Meter& meter);
Value dictsort(const Value& value, const Arguments& arguments, Meter& meter);
Value first(const Value& value, const Arguments& arguments, Meter& meter);
Value greatest(const Value& value, const Arguments& arguments, Meter& meter);
Value items(const Value& value, const Arguments& arguments, Meter& meter);
Value last(const Value& value, const Arguments& arguments, Meter& meter);
Value least(const Value& value, const Arguments& arguments, Meter& meter);
Value list(const Value& value, const Arguments& arguments, Meter& meter);
Value map(const Value& value, const Arguments& arguments, Meter& meter);
Value reject(const Value& value, const Arguments& arguments, Meter& meter);
Value rejectattr(const Value& value, const Arguments& arguments, Meter& meter);
Value reverse(const Value& value, const Arguments& arguments, Meter& meter);
Value select(const Value& value, const Arguments& arguments, Meter& meter);
Value selectattr(const Value& value, const Arguments& arguments, Meter& meter);
Value sort(const Value& value, const Arguments& arguments, Meter& meter);
Value sum(const Value& value, const Arguments& arguments, Meter& meter);
Value unique(const Value& value, const Arguments& arguments, Meter& meter);

/// What is at "a.b.0" of a value, or at a number: a filter's `attribute`.
Value path_of(const Value& value, const Value& attribute);

}  // namespace hone::model::jinja
