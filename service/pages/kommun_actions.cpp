#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "domain/police_reference.h"
#include "json/text.h"
#include "pages/closing_form.h"
#include "pages/kommun_case.h"
#include "pages/kommun_routes.h"
#include "pages/pictures.h"
#include "routes/letter_answer.h"
#include "routes/photo_answer.h"
#include "workflow/casework_actions.h"
#include "workflow/photos.h"

namespace klotterkoll {
namespace {

using Meant = Form::Meant;

/// What a form does in a writing transaction.
using Work = std::function<CaseRow(Transaction&, const Settings&, const CaseAction&)>;

/// A form on its way: what was typed, and what it is to do.
struct Sent {
  Visit& visit;
  ClosingForm form;  ///< has the removal's and the pause's fields too
  const Settings& settings;
  const CaseRow& row;  ///< as it was when the form was read
  std::string slug;
  std::string note = {};
  DecodedUpload upload = {};

  std::string id(const char* name) const { return slug + "_" + name; }
  void take_note() { note = note_in(form, "note", id("note")); }
  /// A code of the form's; a fault when it is none.
  template <typename Enum>
  std::optional<Enum> code(const char* name) {
    const auto read = code_from<Enum>(form.value(name));
    if (!read) form.refuse(id(name), "error_reason");
    return read;
  }
  /// One that may be left out.
  template <typename Enum>
  std::optional<Enum> code_or_none(const char* name) {
    return form.value(name).empty() ? std::nullopt : code<Enum>(name);
  }
};

/// "55,9362" and "55.9362".
std::optional<double> degrees(std::string text) {
  std::ranges::replace(text, ',', '.');
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return fault == std::errc{} && end == text.data() + text.size() && std::isfinite(number) ? std::optional{number} : std::nullopt;
}

template <typename Action>
Work plainly(Sent& sent, Action action) {
  sent.take_note();
  return [action](Transaction& transaction, const Settings& settings, const CaseAction& given) { return action(transaction, settings, given); };
}

Work assign(Sent& sent) {
  sent.take_note();
  const std::string owner_id = sent.form.value("owner_id");
  if (!sent.settings.owners.contains(owner_id)) sent.form.refuse(sent.id("owner_id"), "kommun_error_owner");
  return [owner_id](auto& transaction, auto& settings, auto& action) { return assign_case(transaction, settings, action, owner_id); };
}

Work change_details(Sent& sent) {
  Form& form = sent.form;
  sent.take_note();
  if (sent.note.empty()) form.refuse(sent.id("note"), "kommun_error_details_note");
  NewDetails wanted;
  wanted.details = {sent.code<Category>("category"), sent.code_or_none<Surface>("surface"), sent.code_or_none<ObjectType>("object_type")};
  Place place{std::nullopt, form.value("address"), form.value("designation")};
  if (!form.value("lat").empty() || !form.value("lon").empty()) {
    const auto lat = degrees(form.value("lat")), lon = degrees(form.value("lon"));
    if (!lat || !lon) form.refuse(sent.id("lat"), "kommun_error_place");
    place.point = Point{lat.value_or(0), lon.value_or(0)};
  }
  // The page shows five decimals: left as they were they mean the point itself.
  const Place told = told_place(sent.row);
  const auto shown = [](const Place& of) { return of.point ? klotterkoll::degrees(of.point->lat) + klotterkoll::degrees(of.point->lon) : std::string{}; };
  if (shown(place) == shown(told)) place.point = told.point;
  if (place != told) wanted.place = place;
  return [wanted](auto& transaction, auto& settings, auto& action) { return change_details_of_case(transaction, settings, action, wanted); };
}

Work add_number(Sent& sent) {
  const auto number = parse_police_reference(sent.form.value("number"));
  if (!number) sent.form.refuse(sent.id("number"), "kommun_error_number");
  return [number = number.value_or("")](auto& transaction, auto& settings, auto& action) {
    return add_police_reference_to_case(transaction, settings, action, number);
  };
}

Work record_removal(Sent& sent) {
  TypedRemoval typed = removal_in(sent.form, sent.settings.zone, sent.visit.call.now);
  const std::string evidence = note_in(sent.form, "evidence", sent.id("evidence"));
  typed.removal.evidence_confirmed = !evidence.empty();
  sent.note = typed.note;
  if (!evidence.empty()) sent.note += (sent.note.empty() ? "" : "\n") + evidence;
  if (sent.form.faults.empty() && !sent.form.pictures().empty()) {
    try {
      sent.upload = decode_upload(sent.visit.call.app, sent.form.pictures(), PhotoDecoder::Sender::known);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable) sent.form.status = 503;
      sent.form.refuse("photos", error.code() == ErrorCode::unavailable ? "error_photos_busy" : "error_photos");
    }
  }
  return [&sent, removal = typed.removal](auto& transaction, auto& settings, auto& action) {
    const auto photos = take_new_pictures(transaction, settings, sent.upload, action.actor, action.id, action.now);
    return record_removal_of_case(transaction, settings, action, removal, photos);
  };
}

Work start_pause(Sent& sent) {
  const int cap = policy_of_version(sent.settings.policies, sent.row.policy_version).hold_cap_days;
  const TypedPause typed = pause_in(sent.form, sent.settings.zone, cap, sent.visit.call.now);
  sent.note = typed.note;
  return [typed](auto& transaction, auto& settings, auto& action) { return hold_case(transaction, settings, action, typed.reason, typed.until); };
}

/// The pause that the form is about. Its fields bear its id, since a case may have several.
HoldId hold_of(Sent& sent) {
  const auto id = sent.visit.call.app.store.references().decode_hold(sent.form.value("hold"));
  if (!id) throw Error{ErrorCode::malformed, "The form names no pause."};
  sent.note = note_in(sent.form, "note", sent.slug + "-" + sent.form.value("hold") + "_note");
  return *id;
}
Work decide_pause(Sent& sent) {
  const HoldId hold = hold_of(sent);
  const bool granted = sent.form.value("refuse").empty();
  return [hold, granted](auto& transaction, auto& settings, auto& action) { return decide_hold_on_case(transaction, settings, action, hold, granted); };
}
Work end_pause(Sent& sent) {
  const HoldId hold = hold_of(sent);
  return [hold](auto& transaction, auto& settings, auto& action) { return end_hold_on_case(transaction, settings, action, hold); };
}

Work dismiss(Sent& sent) {
  sent.take_note();
  const auto reason = sent.code<DismissalReason>("reason");
  return [reason](auto& transaction, auto& settings, auto& action) { return dismiss_case(transaction, settings, action, *reason); };
}
Work give_up(Sent& sent) {
  sent.take_note();
  const auto reason = sent.code<NonRemovalReason>("reason");
  return [reason](auto& transaction, auto& settings, auto& action) { return give_up_case(transaction, settings, action, *reason); };
}
Work undo_decision(Sent& sent) {
  sent.take_note();
  const CaseState from = sent.row.state;
  return [from](auto& transaction, auto& settings, auto& action) { return undo_decision_on_case(transaction, settings, action, from); };
}

Work merge(Sent& sent) {
  sent.take_note();
  const std::string& near = sent.form.value("near");
  const auto into = sent.visit.call.app.store.references().decode_case(near.empty() ? sent.form.value("into") : near);
  if (!into) sent.form.refuse(sent.id("into"), "kommun_error_into");
  return [into = into.value_or(CaseId{})](auto& transaction, auto& settings, auto& action) { return merge_case(transaction, settings, action, into); };
}

Work split(Sent& sent) {
  sent.take_note();
  const Details other{sent.code<Category>("category"), sent.code_or_none<Surface>("surface"), sent.code_or_none<ObjectType>("object_type")};
  const std::string owner_id = sent.form.value("owner_id");
  return [other, owner_id](auto& transaction, auto& settings, auto& action) { return split_case(transaction, settings, action, other, owner_id); };
}

Work comment(Sent& sent) {
  sent.note = note_in(sent.form, "text", sent.id("text"));
  if (sent.note.empty()) sent.form.refuse(sent.id("text"), "kommun_error_comment");
  const std::string& wanted = sent.form.value("visibility");
  if (wanted != "internal" && wanted != "public") sent.form.refuse(sent.id("visibility"), "error_reason");
  const Visibility visibility = wanted == "public" ? Visibility::public_ : Visibility::internal;
  return [visibility](auto& transaction, auto& settings, auto& action) { return comment_on_case(transaction, settings, action, visibility); };
}

Work tell(Sent& sent) {
  sent.take_note();
  const auto channel = sent.code<Channel>("channel");
  if (channel && *channel != Channel::call && *channel != Channel::letter) sent.form.refuse(sent.id("channel"), "error_reason");
  const auto day = parse_date(sent.form.value("told_on"));
  const auto time = parse_time_of_day(std::string_view{sent.form.value("told_time")}.substr(0, 5));
  if (!day || !time) sent.form.refuse(sent.id("told_on"), "kommun_error_told_at");
  Instant told_at = day && time ? sent.settings.zone.to_instant(LocalTime{*day} + *time) : sent.visit.call.now;
  // A form shows minutes; the case may have been given to its owner within this one.
  const Instant assigned_at = sent.row.assigned_at.value_or(told_at);
  if (told_at < assigned_at && told_at + std::chrono::minutes{1} > assigned_at) told_at = assigned_at;
  return [channel, told_at](auto& transaction, auto& settings, auto& action) {
    return tell_owner_of_case(transaction, settings, action, *channel, told_at);
  };
}

Work name_externally(Sent& sent) {
  const std::string number = sent.form.value("external_reference");
  return [number](auto& transaction, auto& settings, auto& action) { return set_external_reference_of_case(transaction, settings, action, number); };
}

Work release(Sent& sent) {
  const auto photo = sent.visit.call.app.store.references().decode_photo(sent.form.value("photo"));
  if (!photo) throw Error{ErrorCode::malformed, "The form names no photo."};
  const bool released = sent.form.value("released") == "1";
  return [photo, released](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    const auto row = transaction.cases().find_to_change(action.id);
    if (action.version && row->version != *action.version) throw Error{ErrorCode::stale, "The case has changed since."};
    const auto photos = transaction.photos().of_case(action.id);
    if (std::ranges::find(photos, *photo, &Photo::id) == photos.end()) throw Error{ErrorCode::not_found, "The case has no such photo."};
    release_photo(transaction, settings, *photo, released, action.actor, action.now);
    return *row;
  };
}

struct Act {
  std::string_view slug;
  Work (*prepare)(Sent&);
};
constexpr Act kActs[] = {
    {"fordela", assign},
    {"ta-tillbaka", [](Sent& sent) { return plainly(sent, unassign_case); }},
    {"uppgifter", change_details},
    {"diarienummer", add_number},
    {"borttaget", record_removal},
    {"oppna-igen", [](Sent& sent) { return plainly(sent, undo_removal_of_case); }},
    {"paus", start_pause},
    {"paus-beslut", decide_pause},
    {"paus-slut", end_pause},
    {"avskriv", dismiss},
    {"avsta", give_up},
    {"angra-beslut", undo_decision},
    {"sla-ihop", merge},
    {"angra-ihop", [](Sent& sent) { return plainly(sent, undo_merge_of_case); }},
    {"dela", split},
    {"kommentar", comment},
    {"underrattad", tell},
    {"agarens-nummer", name_externally},
    {"bild", release},
};

/// What a refusal of the domain is about, for the forms that do not know it by themselves.
void refuse(Sent& sent, const Error& error) {
  const std::string owner = sent.id("owner_id"), place = sent.id(sent.form.value("address").empty() ? "lat" : "address"), into = sent.id("into"),
                    told = sent.id("told_on"), external = sent.id("external_reference");
  const Meant meant[] = {{"/owner_id", owner, "kommun_error_owner"},
                         {"/location", place, "kommun_error_place"},
                         {"/into", into, "kommun_error_into"},
                         {"/told_at", told, "kommun_error_told_at"},
                         {"/external_reference", external, "error_external_reference"},
                         {"/removed_at", "removed_at", "error_removed_at"},
                         {"/photo", "photos", "error_photos"},
                         {"/cost_sek", "cost_sek", "error_cost_sek"},
                         {"/until", "until", "error_until"},
                         {"/reason", "pause_reason", "error_reason"}};
  // That the other case is not there is told at the field; that this one is not, is a page of its own.
  if (names_no_target(error)) return sent.form.refuse(into, "kommun_error_into");
  sent.form.Form::refuse(error, meant);
}

/// The version that the page showed. Error{malformed} when the form does not carry one.
std::int64_t version_seen(const Form& form) {
  const auto version = whole_number(form.value("version"));
  if (!version) throw Error{ErrorCode::malformed, "The form does not say which version of the case it is about."};
  return *version;
}

CaseRow carry_out(Sent& sent, const Work& work) {
  Visit& visit = sent.visit;
  const CaseAction action{sent.row.id, version_seen(sent.form), visit.actor(), visit.call.now, sent.note};
  std::optional<CaseRow> result;
  const auto run = [&] {
    visit.call.app.store.write([&](Transaction& transaction) { result = work(transaction, *visit.settings(transaction), action); });
  };
  sent.upload.photos.empty() ? run() : visit.call.app.photo_store.put(visit.municipality.id, sent.upload.bytes, visit.call.now, run);
  return *result;
}

struct Before {
  std::shared_ptr<const Settings> settings;
  CaseRow row;
};
Before before(Visit& visit) {
  const CaseId id = visit.case_id();
  return read(visit.call, [&](Transaction& transaction) {
    auto row = transaction.cases().find(id);
    if (!row) throw Error{ErrorCode::not_found, "There is no such case."};
    return Before{visit.settings(transaction), std::move(*row)};
  });
}

void post_act(Visit& visit) {
  const std::string slug = visit.parameter(1);
  const auto act = std::ranges::find(kActs, slug, &Act::slug);
  if (act == std::end(kActs)) throw Error{ErrorCode::not_found, "There is no such page."};
  const Before there = before(visit);
  Sent sent{visit, ClosingForm{visit.form(), ClosingForm::Kind::none}, *there.settings, there.row, slug};
  CaseId shown = there.row.id;
  try {
    const Work work = act->prepare(sent);
    if (sent.form.faults.empty()) shown = carry_out(sent, work).id;
  } catch (const Error& error) {
    refuse(sent, error);
  }
  if (!sent.form.faults.empty()) return show_kommun_case(visit, {slug, &sent.form});
  answer_see_other(visit.call.response, visit.link(kKommunCases + visit.call.app.store.references().encode(shown), {{"klart", slug}}));
}

/// The letter is the answer itself: it holds a link that is shown this once.
void post_letter(Visit& visit) {
  const Before there = before(visit);
  Sent sent{visit, ClosingForm{visit.form(), ClosingForm::Kind::none}, *there.settings, there.row, "brev"};
  LetterWish wish{code_from<Language>(sent.form.value("language")), {}, sent.form.value("contact")};
  for (std::string rest = sent.form.value("to"); !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (std::string line = trimmed(rest.substr(0, end)); !line.empty()) wish.to.push_back(std::move(line));
    rest.erase(0, end + 1);
  }
  // As much as the contract lets a letter have.
  if (wish.to.size() > 6 || std::ranges::any_of(wish.to, [](const std::string& line) { return utf8_length(line) > 100 || !is_clean_text(line); }))
    sent.form.refuse("brev_to", "kommun_error_letter_to");
  if (utf8_length(wish.contact) > 300 || !is_clean_text(wish.contact)) sent.form.refuse("brev_contact", "kommun_error_letter_contact");
  if (sent.form.faults.empty()) {
    try {
      const std::int64_t version = version_seen(sent.form);
      const std::string letter = write(visit.call, [&](Transaction& transaction) {
        return letter_to_owner(visit.call, transaction, *visit.settings(transaction), there.row.id, version, wish);
      });
      visit.call.no_store();
      return visit.call.response.set_content(letter, "text/html; charset=utf-8");
    } catch (const Error& error) {
      refuse(sent, error);
    }
  }
  show_kommun_case(visit, {"brev", &sent.form});
}

/// Whoever loads the answer to a form again, without the form, comes to the page of the case.
void to_case(Visit& visit) { answer_see_other(visit.call.response, visit.link(kKommunCases + visit.parameter(0))); }

}  // namespace

std::vector<Route> kommun_case_routes() {
  const std::string page = kKommunCases + "{}";
  return page_routes_of({{"GET", page, kOfficers, [](Visit& visit) { show_kommun_case(visit, {}); }},
                         {"GET", page + "/{}", kOfficers, to_case},
                         {"POST", page + "/brev", kOfficers, post_letter, kTextForm},
                         {"POST", page + "/{}", kOfficers, post_act, kFormBody}});
}

}  // namespace klotterkoll
