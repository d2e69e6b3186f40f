#pragma once

#include <string>
#include <string_view>

namespace hone::rewards::code {

/// The Python that calls one function of the solution whose path is its argument, with arguments
/// from standard input, and prints a number that it was given there and the result, in JSON. What
/// the solution prints goes to standard error. It knows nothing of what is expected.
extern const char* const kFunctionDriver;

/// What the driver reads: `arguments` is a list in JSON or, if it begins with a quotation mark, a
/// text with one in Python.
std::string driver_input(std::string_view nonce, std::string_view function,
                         std::string_view arguments);

/// The result in what the driver printed. Absence means that something else was printed too, or
/// nothing.
std::string_view driver_result(std::string_view output, std::string_view nonce);

/// A number that nobody can guess, other each time.
std::string random_nonce();

}  // namespace hone::rewards::code
