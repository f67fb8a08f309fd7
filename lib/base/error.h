#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace klotterkoll {

/// Why something was refused, in words that do not know HTTP. `service/problem.cpp` alone maps them to status codes.
enum class ErrorCode {
  malformed,     ///< the shape is wrong: syntax, type, bounds, unknown member
  unauthorized,  ///< no key, or one nobody knows
  forbidden,     ///< known, but not allowed to do this
  not_found,     ///< absent, or another municipality's
  conflict,      ///< not allowed from the state it is in
  precondition_required,  ///< the caller must say which version it saw
  stale,         ///< the version that the caller saw is no longer the present one
  refused,       ///< well-formed, but against a rule of the domain
  busy,          ///< too many requests from this caller
  unavailable,   ///< the service cannot do it now (database away, disk full); the same request may succeed later
  internal,      ///< a fault of ours
};

/// One fault in what was sent: where (a JSON Pointer such as "/location/lat", or a parameter's name) and a sentence.
struct Fault {
  std::string pointer;
  std::string message;
  bool operator==(const Fault&) const = default;
};

/// An expected refusal. `what()` is a sentence that the client may read: what was wrong and what would be right.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// `pointer` names the one field at fault.
  Error(ErrorCode code, const std::string& message, std::string pointer)
      : std::runtime_error(message), code_(code), faults_{{std::move(pointer), message}} {}
  /// Several faults at once; the message is the first one's. `faults` must not be empty.
  Error(ErrorCode code, std::vector<Fault> faults)
      : std::runtime_error(faults.front().message), code_(code), faults_(std::move(faults)) {}

  /// The same, with what was behind it: a driver's own words, for the log and the command line, never for a client.
  Error because(std::string cause) && {
    cause_ = std::move(cause);
    return std::move(*this);
  }

  ErrorCode code() const { return code_; }
  /// Empty when there is nothing to tell beyond `what()`.
  const std::string& cause() const { return cause_; }
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  ErrorCode code_;
  std::vector<Fault> faults_;
  std::string cause_;
};

}  // namespace klotterkoll
