#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace klotterkoll {

/// Why a request was turned away before any route saw it.
struct Refusal {
  int status = 400;
  std::string detail;              ///< a sentence for the client
  std::vector<std::string> allow;  ///< the methods that would do, for 405
};

/// The English phrase of a status, as RFC 9110 and its extensions have it; "Error" for one that we never send.
std::string_view title_of(int status);

/// The HTTP status of an expected refusal: the only such mapping.
int status_of(ErrorCode code);

/// A problem document (RFC 9457): `type` about:blank, `title`, `status`, `detail`, `instance` ("urn:uuid:" and the
/// request id as the log has it), and `errors` when there are faults. `detail` that is not UTF-8 is repaired.
std::string problem_json(int status, std::string_view title, std::string_view detail, std::string_view request_id,
                         const std::vector<Fault>& faults = {});

}  // namespace klotterkoll
