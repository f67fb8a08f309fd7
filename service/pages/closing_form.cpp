#include "pages/closing_form.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "domain/photo.h"
#include "json/text.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr std::size_t kLongestNote = 2000;
constexpr std::int64_t kHighestCost = 100'000'000;
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

/// Somebody's words: as the API takes them.
std::string note_in(ClosingForm& form, const char* name, const std::string& field, const char* text) {
  const std::string& note = form.value(name);
  if (utf8_length(note) > kLongestNote || !is_clean_text(note)) form.refuse(field, text);
  return note;
}

/// "1450", "1 450", "1 450 kr".
std::optional<std::int64_t> kronor(std::string text) {
  for (const std::string_view passed : {std::string_view{" "}, kNoBreakSpace})
    for (auto at = text.find(passed); at != text.npos; at = text.find(passed)) text.erase(at, passed.size());
  for (const std::string_view unit : {"kr", "KR", "Kr", ":-"})
    if (text.ends_with(unit)) text.erase(text.rfind(unit));
  std::int64_t amount = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (fault != std::errc{} || end != text.data() + text.size() || amount < 0 || amount > kHighestCost) return std::nullopt;
  return amount;
}

}  // namespace

void ClosingForm::refuse(const Error& error) {
  constexpr Meant kRemoval[] = {{"/removed_at", "removed_at", "error_removed_at"}, {"/photo", "photos", "error_photos"}, {"/cost_sek", "cost_sek", "error_cost_sek"},
                                {"/external_reference", "external_reference", "error_external_reference"}};
  constexpr Meant kPause[] = {{"/until", "until", "error_until"}, {"/reason", "pause_reason", "error_reason"}};
  Form::refuse(error, kind == Kind::removal ? std::span<const Meant>{kRemoval} : kind == Kind::pause ? std::span<const Meant>{kPause} : std::span<const Meant>{});
}

ClosingForm read_closing_form(const Call& call, ClosingForm::Kind kind) { return {read_form_of(call), kind}; }

TypedRemoval removal_in(ClosingForm& form, const TimeZone& zone, Instant now) {
  TypedRemoval typed;
  const auto day = parse_date(form.value("removed_on"));
  // Some browsers send seconds too.
  const auto time = parse_time_of_day(std::string_view{form.value("removed_time")}.substr(0, 5));
  if (day && time) typed.removal.removed_at = zone.to_instant(LocalTime{*day} + *time);
  if (!day || !time || typed.removal.removed_at > now) form.refuse("removed_at", "error_removed_at");
  if (const std::string& method = form.value("method"); !method.empty()) {
    typed.removal.method = code_from<RemovalMethod>(method);
    if (!typed.removal.method) form.refuse("method", "error_method");
  }
  if (const auto pictures = form.pictures(); pictures.size() > kPhotosOfReport ||
      std::ranges::any_of(pictures, [](std::string_view picture) { return picture.size() > kPhotoBytes; }))
    form.refuse("photos", "error_photos");
  typed.note = note_in(form, "note", "note", "error_note");
  if (const std::string& cost = form.value("cost_sek"); !cost.empty()) {
    typed.removal.cost_sek = kronor(cost);
    if (!typed.removal.cost_sek) form.refuse("cost_sek", "error_cost_sek");
  }
  typed.external_reference = form.value("external_reference");
  if (utf8_length(typed.external_reference) > kLongestExternalReference || std::ranges::any_of(typed.external_reference, is_control))
    form.refuse("external_reference", "error_external_reference");
  return typed;
}

LocalDate last_day_of_pause(const TimeZone& zone, int hold_cap_days, Instant now) {
  return zone.date_of(now + days{hold_cap_days}) - days{1};
}

TypedPause pause_in(ClosingForm& form, const TimeZone& zone, int hold_cap_days, Instant now) {
  TypedPause typed;
  const auto reason = code_from<HoldReason>(form.value("reason"));
  if (!reason) form.refuse("pause_reason", "error_reason");
  typed.reason = reason.value_or(HoldReason::weather);
  const auto day = parse_date(form.value("until"));
  if (!day || *day < zone.date_of(now) || *day > last_day_of_pause(zone, hold_cap_days, now)) form.refuse("until", "error_until");
  if (day) typed.until = zone.start_of(*day + days{1});
  typed.note = note_in(form, "note", "pause_note", "error_note");
  return typed;
}

TypedRejection rejection_in(ClosingForm& form) {
  TypedRejection typed{form.value("reason"), note_in(form, "suggestion", "suggestion", "error_suggestion")};
  if (std::ranges::find(kRejectionReasons, typed.reason) == kRejectionReasons.end()) form.refuse("rejection_reason", "error_reason");
  return typed;
}

}  // namespace klotterkoll
