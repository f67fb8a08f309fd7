#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "domain/deadline.h"
#include "domain/link.h"
#include "feeds/atom.h"
#include "feeds/calendar.h"
#include "json/case_json.h"
#include "json/values.h"
#include "pages/words.h"
#include "router.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kMunicipality = "/api/v1/municipalities/{}";
const std::string kOwner = kMunicipality + "/owners/{}";
constexpr std::int64_t kMostDeadlines = 1000;
constexpr std::size_t kMostEntries = 50;
/// Of the history that a feed looks at: most cases have a few events at a time.
constexpr std::int64_t kEventsLookedAt = 1000;
constexpr std::size_t kFeedTokenBytes = 32;

std::string code_word(const Words& words, const char* kind, std::string_view code) { return words(std::string{kind} + "_" + std::string{code}); }

/// Where it is, in words: the address, else the designation.
const std::string& place_in_words(const Place& place) { return place.address.empty() ? place.designation : place.address; }

/// The page of a case for people; `url` of the municipality in the API.
std::string page_of_case(const std::string& url, const Settings& settings, const std::string& reference) {
  return url.substr(0, url.rfind("/api/v1/")) + "/" + settings.municipality.code + "/arende/" + reference;
}

std::string headline(const Words& words, const Place& place) {
  const std::string& where = place_in_words(place);
  return words("heading", {{"{place}", where.empty() ? words("at_no_place") : words("at_place", {{"{place}", where}})}});
}

// Calendars.

/// The owner of the calendar in the path, for the municipality and for that owner.
std::string owner_in_path(const Call& call, Transaction& transaction, const Settings& settings) {
  const std::string& owner_id = call.parameter(1);
  const Actor actor = call.actor(settings);
  if (actor.role == Role::owner && actor.owner_id != owner_id) throw Error{ErrorCode::forbidden, "An owner's key is for its own calendar."};
  if (!transaction.owners().find(settings.municipality.id, owner_id))
    throw Error{ErrorCode::not_found, "There is no owner \"" + owner_id + "\" in " + settings.municipality.name + "."};
  return owner_id;
}

/// When what is seen of an open case was changed last: times that the row has.
Instant changed_at(const CaseRow& row) {
  Instant at = row.opened_at;
  for (const auto& time : {row.assigned_at, row.told_at, row.recorded_at})
    if (time) at = std::max(at, *time);
  return at;
}

CalendarEntry entry_of(const CaseRow& row, const std::string& external_reference, const Settings& settings, const Words& words,
                       const std::string& reference, const std::string& url) {
  CalendarEntry entry;
  entry.uid = reference + "@klotterkoll";
  entry.due_at = row.due_at;
  entry.changed_at = changed_at(row);
  entry.sequence = row.version;
  entry.summary = headline(words, row.place) + " (" + reference + ")";
  entry.location = place_in_words(row.place);
  entry.description = words("due", {{"{when}", words.when(row.due_at, settings.zone)}}) + "\n" + code_word(words, "category", to_code(row.category));
  if (row.surface) entry.description += ", " + code_word(words, "surface", to_code(*row.surface));
  if (!external_reference.empty()) entry.description += "\n" + words("fact_external") + ": " + external_reference;
  entry.url = page_of_case(url, settings, reference);
  if (row.place.point) entry.position = CalendarEntry::Position{row.place.point->lat, row.place.point->lon};
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  for (const WarningMoment& moment : warning_moments(policy, policy.limit_for(row.category, row.category_confirmed), row.due_at))
    entry.alarms.push_back(moment.at);
  return entry;
}

void answer_calendar(const Call& call, Transaction& transaction, const Settings& settings, const std::string& owner_id) {
  const auto owner = transaction.owners().find(settings.municipality.id, owner_id);
  const Words words{owner ? owner->mail.language : Language::sv};
  CaseQuery query;
  query.states = {CaseState::assigned};
  query.owner_id = owner_id;
  query.page = {kMostDeadlines, 0};
  std::vector<CalendarEntry> entries;
  for (const CaseRow& row : transaction.cases().list(settings.municipality.id, query).items)
    entries.push_back(entry_of(row, transaction.links().external_reference(row.id, owner_id), settings, words,
                               call.app.store.references().encode(row.id), call.municipality_url(settings)));
  std::string text = calendar_text(words("calendar_name", {{"{municipality}", settings.municipality.name}}), entries);
  call.response.set_header("Cache-Control", "private, no-cache");
  if (call.tagged('"' + digest(text).substr(0, 32) + '"')) return;
  call.response.set_header("Content-Disposition", "inline; filename=\"deadlines.ics\"");
  call.response.set_content(std::move(text), "text/calendar; charset=utf-8");
}

void get_calendar(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    answer_calendar(call, transaction, *settings, owner_in_path(call, transaction, *settings));
    return true;
  });
}

void get_secret_calendar(Call& call) {
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const auto owner_id = transaction.links().owner_of_feed(settings->municipality.id, digest(call.parameter(1)));
    if (!owner_id) throw Error{ErrorCode::not_found, "There is no such calendar, or its address has been changed."};
    answer_calendar(call, transaction, *settings, *owner_id);
    call.response.set_header("Referrer-Policy", "no-referrer");
    call.response.set_header("X-Robots-Tag", "noindex, nofollow");
    return true;
  });
}

void get_feed(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const std::string owner_id = owner_in_path(call, transaction, *settings);
    const auto made_at = transaction.links().feed_made_at(settings->municipality.id, owner_id);
    if (!made_at) throw Error{ErrorCode::not_found, "The calendar of \"" + owner_id + "\" has no secret address; POST makes one."};
    call.no_store();
    call.answer(json{{"owner_id", owner_id}, {"created_at", shown(*made_at)}});
    return true;
  });
}

void post_feed(Call& call) {
  call.allow_query({});
  const std::string token = random_token(call.app.ids, kFeedTokenBytes);
  create(call, [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const std::string owner_id = owner_in_path(call, transaction, *settings);
    transaction.links().set_feed(settings->municipality.id, owner_id, digest(token), call.now);
    Created created;
    created.secret = true;
    created.location = "/municipalities/" + settings->municipality.code + "/owners/" + owner_id + "/calendar-feed";
    created.body = json{{"owner_id", owner_id}, {"created_at", shown(call.now)},
                        {"url", call.municipality_url(*settings) + "/feeds/" + token + "/deadlines.ics"}}.dump();
    return [created = std::move(created)] { return created; };
  });
}

void delete_feed(Call& call) {
  call.allow_query({});
  write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    transaction.links().remove_feed(settings->municipality.id, owner_in_path(call, transaction, *settings));
    return true;
  });
  call.response.status = 204;
}

// The feed of public cases.

/// The cases whose public history was added to last, with that moment, newest first.
std::vector<std::pair<CaseId, Instant>> changed_last(Transaction& transaction, MunicipalityId municipality) {
  std::vector<std::pair<CaseId, Instant>> changed;
  for (const Event& event : transaction.events().latest(municipality, kEventsLookedAt)) {
    if (changed.size() == kMostEntries) break;
    const bool known = std::ranges::any_of(changed, [&](const auto& one) { return one.first == event.case_id; });
    if (!known && shows(view_for(Actor{Role::citizen, 0, ""}, event), event)) changed.emplace_back(event.case_id, event.recorded_at);
  }
  return changed;
}

AtomEntry entry_of(const CaseRow& row, Instant updated_at, const Settings& settings, const Words& words, const std::string& reference, const std::string& url) {
  const CaseView view = view_for(Actor{Role::citizen, 0, ""}, row);
  const Place place = shown_place(row, settings, view).place;
  AtomEntry entry;
  entry.id = urn_of("case " + settings.municipality.code + " " + reference);
  entry.title = headline(words, place) + ": " + code_word(words, "state", to_code(row.state));
  entry.summary = code_word(words, "category", to_code(row.category));
  if (row.surface) entry.summary += ", " + code_word(words, "surface", to_code(*row.surface));
  entry.summary += ". " + (row.removed_at ? words("done_removed_when", {{"{when}", words.when(*row.removed_at, settings.zone)}})
                                          : words("due", {{"{when}", words.when(row.due_at, settings.zone)}}));
  const auto owner = settings.owners.find(row.owner_id);
  if (owner != settings.owners.end() && shows_owner(row, settings, view)) entry.summary += " " + words("responsible", {{"{owner}", owner->second.name}});
  entry.category = to_code(row.category);
  entry.url = page_of_case(url, settings, reference);
  entry.published_at = row.opened_at;
  entry.updated_at = std::max(updated_at, row.opened_at);
  return entry;
}

void get_atom(Call& call) {
  call.allow_query({});
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const Words words{Language::sv};
    const std::string url = call.municipality_url(*settings);
    AtomFeed feed;
    feed.id = urn_of("cases " + settings->municipality.code);
    feed.title = words("feed_title", {{"{municipality}", settings->municipality.name}});
    feed.author = settings->municipality.name;
    feed.url = url + "/cases.atom";
    feed.language = "sv";
    feed.updated_at = Instant{};
    for (const auto& [id, at] : changed_last(transaction, settings->municipality.id)) {
      const auto row = transaction.cases().find(id);
      if (!row || row->state == CaseState::merged) continue;
      feed.entries.push_back(entry_of(*row, at, *settings, words, call.app.store.references().encode(id), url));
      feed.updated_at = std::max(feed.updated_at, feed.entries.back().updated_at);
    }
    std::string text = atom_text(feed);
    call.response.set_header("Cache-Control", "public, no-cache");
    if (!call.tagged('"' + digest(text).substr(0, 32) + '"')) call.response.set_content(std::move(text), "application/atom+xml; charset=utf-8");
    return true;
  });
}

}  // namespace

std::vector<Route> feed_routes() {
  const Roles own{Role::owner, Role::municipality};
  return {{"GET", kMunicipality + "/cases.atom", kPublic, get_atom},
          {"GET", kOwner + "/deadlines.ics", own, get_calendar},
          {"GET", kOwner + "/calendar-feed", own, get_feed},
          {"POST", kOwner + "/calendar-feed", own, post_feed},
          {"DELETE", kOwner + "/calendar-feed", own, delete_feed},
          {"GET", kMunicipality + "/feeds/{}/deadlines.ics", kPublic, get_secret_calendar}};
}

}  // namespace klotterkoll
