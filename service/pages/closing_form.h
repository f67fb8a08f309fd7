#pragma once

#include <string>

#include "domain/case.h"
#include "pages/form.h"

namespace klotterkoll {

/// What somebody typed into a form of the closing page.
struct ClosingForm : Form {
  enum class Kind { none, removal, pause, rejection };

  Kind kind = Kind::none;
  std::vector<std::string_view> pictures() const { return files_of("photo"); }
  using Form::refuse;
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
