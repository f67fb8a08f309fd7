#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/codes.h"

namespace klotterkoll {

/// What a mail server tells of a mail that it took earlier (RFC 3464).
struct DeliveryReport {
  enum class Action { failed, delayed, delivered, relayed, expanded };
  Action action = Action::failed;
  std::string message_id;  ///< of the mail it is about, without <>; empty when it does not tell
  std::string recipient;   ///< as the server writes it
  /// Its addresses: as it was sent on to, and as it was told to the server; domains as in mail and as people write them.
  std::vector<std::string> addresses;
  std::string status;      ///< "5.1.1"; empty when it does not tell
  std::string diagnostic;  ///< the server's words, one line, at most 200 characters
};
constexpr auto names_of(DeliveryReport::Action) {
  return std::array<Names, 5>{"failed", "delayed", "delivered", "relayed", "expanded"};
}

/// Reads a mail as it came in. Nothing when it is no delivery report (an answer, a holiday's notice, spam), or larger than 1 MiB
/// or more nested than any such report. Of several recipients the first that failed is told, else the first.
///
/// Anybody can send such a mail: that its message_id is one of ours, and went to one of the addresses, is for the caller to see.
std::optional<DeliveryReport> read_delivery_report(std::string_view mail);

}  // namespace klotterkoll
