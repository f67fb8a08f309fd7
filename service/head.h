#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "problem.h"

namespace klotterkoll {

/// How much of a request's head (request line and header lines) is taken.
struct HeadLimits {
  std::size_t head_bytes = 16 * 1024;  ///< the whole head; more is 431
  std::size_t line_bytes = 8 * 1024;   ///< the request line (414) and each header line (431)
  std::size_t headers = 64;            ///< more is 431
};

/// What decides where a request ends and whether another may follow. Everything else is left to the library, which
/// is too lenient for these: two parsers that disagree about a length are how requests are smuggled.
struct Head {
  std::string method;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// Finds the end of the head while it arrives, so that a fault is seen in the line that has it and not only after a
/// timeout. Keeps its place between calls; one for each request.
class HeadScanner {
 public:
  /// `received` begins with the request's first byte and holds what was there at the last call.
  /// Returns the length of the head, its empty line included, or 0 while it is incomplete.
  /// Throws nothing; `fault()` is set when the head can never become right.
  std::size_t scan(std::string_view received, const HeadLimits& limits);
  const std::optional<Refusal>& fault() const { return fault_; }

 private:
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  std::size_t lines_ = 0;
  std::optional<Refusal> fault_;
};

/// Reads a whole head and refuses every shape that a proxy in front, the library and we could understand differently:
/// other than one space between method, target and version, no token before the colon, folded lines, control
/// characters, a Transfer-Encoding, several or strange Content-Lengths, other than one plain Host.
///
/// `head` is cut where the library must not see a line: Range (ranges are never served, and the library's pattern for
/// it is recursive) and Expect (100 Continue is sent when the body is first read, not before). A target in absolute form
/// becomes its path, and its host the Host; only http, since TLS ends before us.
/// Returns the refusal; `result` is set as far as it was understood.
/// Source   RFC 9112, 2.2, 3, 3.2.2, 5 and 6; RFC 9110, 5.5 and 7.2.
std::optional<Refusal> read_head(std::string& head, const HeadLimits& limits, Head& result);

/// Whether this can stand in a Host header: letters, digits, ".", "-", "_", a port, an IPv6 address in brackets.
bool is_host(std::string_view text);

/// Without the spaces at both ends.
std::string_view trim(std::string_view text);

}  // namespace klotterkoll
