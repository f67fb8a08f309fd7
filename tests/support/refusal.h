#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "base/error.h"

namespace klotterkoll::test {

/// What `work` was refused with. It fails the test when the work goes through, or throws something else.
template <typename Work>
Error refusal(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was refused");
  return Error{ErrorCode::internal, "nothing was refused"};
}

}  // namespace klotterkoll::test

namespace doctest {
template <>
struct StringMaker<klotterkoll::ErrorCode> {
  static String convert(klotterkoll::ErrorCode code) {
    return ("ErrorCode " + std::to_string(static_cast<int>(code))).c_str();
  }
};
}  // namespace doctest
