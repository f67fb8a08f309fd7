#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "domain/case.h"

namespace klotterkoll {

/// What somebody typed into a form of the closing page, as it was typed, and what is wrong with it.
struct ClosingForm {
  enum class Kind { none, removal, pause, rejection };

  Kind kind = Kind::none;
  std::map<std::string, std::string> typed;  ///< by field, without white space around it
  std::vector<std::string_view> pictures;    ///< within the request
  struct Fault {
    std::string field;  ///< the id of the input on the page; empty: of the whole
    std::string text;   ///< the name of the sentence (web/texts)
  };
  std::vector<Fault> faults;
  int status = 422;  ///< of the page that tells of the faults

  const std::string& value(const std::string& field) const;
  const Fault* fault_of(const std::string& field) const;
  void refuse(const std::string& field, const std::string& text);
  /// Takes a refusal of the domain, or of what reads photos, as a fault of the field that it is about. Rethrows what is none.
  void refuse(const Error& error);
};

/// The form as it was sent. Error{malformed} when it is none.
ClosingForm read_closing_form(const Call& call, ClosingForm::Kind kind);

// What the fields say; a fault is added for each that says nothing sensible, and the value then means nothing.

struct TypedRemoval {
  Removal removal;
  std::string note, external_reference;
};
TypedRemoval removal_in(ClosingForm& form, const TimeZone& zone, Instant now);

struct TypedPause {
  HoldReason reason = HoldReason::weather;
  Instant until;  ///< the end of the last day
  std::string note;
};
TypedPause pause_in(ClosingForm& form, const TimeZone& zone, int hold_cap_days, Instant now);
/// The last day of the longest pause that may be asked for now.
LocalDate last_day_of_pause(const TimeZone& zone, int hold_cap_days, Instant now);

struct TypedRejection {
  std::string reason, note;
};
TypedRejection rejection_in(ClosingForm& form);
/// Why an owner may give a case back, as the contract has it.
inline constexpr std::array<std::string_view, 5> kRejectionReasons{"not_ours", "sold", "other_owner", "wrong_place", "other"};

}  // namespace klotterkoll
