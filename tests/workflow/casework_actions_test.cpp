#include "workflow/casework_actions.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"
#include "workflow/statistics.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;

namespace {

CaseRow change(Town& town, CaseId id, const NewDetails& wanted) {
  return town.act([&](Transaction& transaction, const Settings& settings) {
    return change_details_of_case(transaction, settings, town.action(id), wanted);
  });
}

NewDetails moved_to(const std::string& address) { return {.place = Place{{}, address, ""}, .details = {}}; }

}  // namespace

TEST_CASE("actions: assigning again to the same owner is no event, and an unknown owner is refused") {
  Town hoor;
  const CaseRow row = hoor.report(tag_at("Okända vägen 1")).row;
  CHECK(row.state == CaseState::unassigned);
  const CaseRow assigned = hoor.assign(row.id, "eon");
  CHECK(assigned.owner_id == "eon");
  CHECK(assigned.routing_rule == "officer");
  CHECK(assigned.version == row.version + 1);
  CHECK(hoor.assign(row.id, "eon").version == assigned.version);
  CHECK(hoor.count(row.id, EventType::case_assigned) == 1);
  const Error unknown = refusal([&] { hoor.assign(row.id, "nobody"); });
  CHECK(unknown.faults().front().pointer == "/owner_id");
  CHECK(refusal([&] { hoor.assign(CaseId{hoor.id, 999}, "eon"); }).code() == ErrorCode::not_found);
}

TEST_CASE("actions: an owner that has had a case stays, by whatever way it came, also when the case has left it") {
  Town hoor;
  const auto remove_owner = [&](const std::string& owner_id) {
    hoor.store->write([&](Transaction& transaction) { transaction.owners().remove(hoor.id, owner_id); });
  };
  const CaseId id = hoor.report().row.id;  // routed to HFAB
  hoor.assign(id, "eon");
  hoor.assign(id, "ann");
  for (const char* owner_id : {"hfab", "eon", "ann"})
    CHECK(refusal([&] { remove_owner(owner_id); }).code() == ErrorCode::conflict);
  CHECK_NOTHROW(remove_owner("kommun"));
}

TEST_CASE("actions: both owners hear of a reassignment") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  hoor.assign(id, "eon");
  CHECK(hoor.store.told(Audience::owner, "hfab") == 2);
  CHECK(hoor.store.told(Audience::owner, "eon") == 1);
  const auto events = hoor.events(id);
  CHECK(events.back().data.former_owner_id == "hfab");
  CHECK(events.back().owner_id == "eon");
}

TEST_CASE("actions: one who saw an older version is told so, and nothing is changed") {
  Town hoor;
  const CaseRow seen = hoor.report().row;
  hoor.assign(seen.id, "eon");
  CaseAction late = hoor.action(seen.id);
  late.version = seen.version;
  const Error stale = refusal([&] {
    hoor.act([&](Transaction& transaction, const Settings& settings) {
      return dismiss_case(transaction, settings, late, DismissalReason::not_found);
    });
  });
  CHECK(stale.code() == ErrorCode::stale);
  CHECK(std::string{stale.what()}.find("version " + std::to_string(seen.version)) != std::string::npos);
  CHECK(hoor.row(seen.id).state == CaseState::assigned);
  late.version = seen.version + 1;
  CHECK(hoor.act([&](Transaction& transaction, const Settings& settings) {
              return dismiss_case(transaction, settings, late, DismissalReason::not_found);
            })
            .state == CaseState::dismissed);
}

TEST_CASE("actions: an owner rejects its case with a reason and a suggestion that is known") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  const auto reject_by = [&](const Actor& actor, const std::string& suggested) {
    return hoor.act([&](Transaction& transaction, const Settings& settings) {
      return reject_case(transaction, settings, hoor.action(id, actor), "not_ours", suggested);
    });
  };
  CHECK(refusal([&] { reject_by(kHfab, "nobody"); }).faults().front().pointer == "/suggested_owner_id");
  CHECK(refusal([&] { reject_by(kEon, ""); }).code() == ErrorCode::forbidden);
  CHECK(reject_by(kHfab, "eon").state == CaseState::unassigned);
  const Event event = hoor.events(id).back();
  CHECK(event.type == EventType::case_rejected);
  CHECK(event.data.suggested_owner_id == "eon");
  CHECK(event.data.former_owner_id == "hfab");
  CHECK(refusal([&] { reject_by(kHfab, ""); }).code() == ErrorCode::forbidden);
}

TEST_CASE("actions: a new place is routed anew") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  CHECK(change(hoor, id, moved_to("Skolgatan 3")).owner_id == "kommun");
  CHECK(hoor.row(id).place.address == "Skolgatan 3");
  CHECK(hoor.row(id).address_key == "skolgatan 3");
  CHECK(hoor.row(id).routing_trace.find("Skolgatan 3") != std::string::npos);
  // Nobody's address: an owner that the old address had found is let go.
  CHECK(change(hoor, id, moved_to("Okända vägen 1")).state == CaseState::unassigned);
  // One that an officer named stays.
  hoor.assign(id, "eon");
  CHECK(change(hoor, id, moved_to("Okända vägen 2")).owner_id == "eon");
  // The same place again is no change.
  const auto version = hoor.row(id).version;
  CHECK(change(hoor, id, moved_to("Okända vägen 2")).version == version);
  CHECK(refusal([&] {
          change(hoor, id, {.place = Place{Point{48, 2}, "", ""}, .details = {}});
        }).code() == ErrorCode::refused);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("actions: confirming a citizen's category changes the limit, and the tallies follow") {
  Policy policy;
  policy.limits[Category::hate] = {CountingMode::calendar_days, 1};
  Town hoor{policy};
  ReportDraft draft = tag_at();
  draft.category = Category::hate;
  const CaseId id = hoor.report(draft, kCitizen).row.id;
  CHECK(hoor.row(id).due_at == nov(19, "23:59:59"));
  CHECK(change(hoor, id, {.place = {}, .details = {.category = Category::hate}}).due_at ==
        nov(17, "23:59:59"));
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("actions: a K-number is added once, and finds its case") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  const auto add = [&](const std::string& number) {
    return hoor.act([&](Transaction& transaction, const Settings& settings) {
      return add_police_reference_to_case(transaction, settings, hoor.action(id, kPolice), number);
    });
  };
  add("5000-K1-26");
  add("5000-K1-26");
  add("5000-K2-26");
  CHECK(hoor.count(id, EventType::police_reference_added) == 2);
  CHECK(read(*hoor.store, [&](Transaction& transaction) {
          return transaction.reports().numbers_of_case(id).police_references;
        }) == std::vector<std::string>{"5000-K1-26", "5000-K2-26"});
}

TEST_CASE("actions: a removal by the owner, its correction, withdrawal, and the municipality's reopening") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  hoor.clock.set(nov(17));
  CHECK(refusal([&] { hoor.remove(id, {}, kEon); }).code() == ErrorCode::forbidden);
  CHECK(hoor.remove(id, nov(17, "09:00"), kHfab).state == CaseState::removed);
  hoor.remove(id, nov(17, "09:00"), kHfab);
  CHECK(hoor.count(id, EventType::removal_recorded) == 1);
  CHECK(hoor.remove(id, nov(17, "08:00"), kHfab).removed_at == nov(17, "08:00"));
  CHECK(hoor.reopen(id, kHfab).state == CaseState::assigned);
  hoor.remove(id, {}, kHfab);
  hoor.clock.pass(hours{25});
  CHECK(refusal([&] { hoor.reopen(id, kHfab); }).code() == ErrorCode::forbidden);
  CHECK(hoor.reopen(id).state == CaseState::assigned);
  CHECK(hoor.row(id).due_at == nov(19, "23:59:59"));
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("actions: a removal's note is corrected like the rest of it, and the same note again is no event") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  const auto remove_saying = [&](const std::string& note) {
    CaseAction action = hoor.action(id, kHfab);
    action.note = note;
    hoor.act([&](Transaction& transaction, const Settings& settings) {
      return record_removal_of_case(transaction, settings, action, {.removed_at = nov(16)});
    });
  };
  const auto told = [&] {
    std::vector<std::string> notes;
    for (const auto& [event, note] :
         read(*hoor.store, [&](Transaction& transaction) { return transaction.events().noted_of_case(id); }))
      if (event.data.removed_at) notes.push_back(note);
    return notes;
  };
  remove_saying("Tvättat");
  remove_saying("Tvättat");
  CHECK(told() == std::vector<std::string>{"Tvättat"});
  remove_saying("Tvättat och målat");
  remove_saying("Tvättat och målat");
  CHECK(told() == std::vector<std::string>{"Tvättat", "Tvättat och målat"});
  remove_saying("");  // taken back
  remove_saying("");
  CHECK(told() == std::vector<std::string>{"Tvättat", "Tvättat och målat", ""});
  CHECK(hoor.row(id).recorded_at == nov(16));
  // After a reopening the note of a removal that no longer stands is nothing to compare with.
  hoor.reopen(id);
  remove_saying("");
  CHECK(hoor.count(id, EventType::removal_recorded) == 2);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("actions: a party's own find that it removes itself is proactive, whoever enters the removal") {
  Town hoor;
  const CaseId own = hoor.report(tag_at("Storgatan 12"), kHfab).row.id;
  CHECK(hoor.remove(own, {}, kOfficer).proactive);
  const CaseId seen_by_citizen = hoor.report(tag_at("Storgatan 14"), kCitizen).row.id;
  CHECK_FALSE(hoor.remove(seen_by_citizen, {}, kHfab).proactive);
  // The municipality's find on its own wall, and on HFAB's.
  CHECK(hoor.remove(hoor.report(tag_at("Skolgatan 1"), kOfficer).row.id).proactive);
  CHECK_FALSE(hoor.remove(hoor.report(tag_at("Storgatan 16"), kOfficer).row.id).proactive);
  // What it entered for an owner is not its own.
  ReportDraft call = tag_at("Skolgatan 2");
  call.source = Source::owner;
  CHECK_FALSE(hoor.remove(hoor.report(call, kOfficer).row.id).proactive);
}

TEST_CASE("actions: dismissal and giving-up are repeated without an event and undone by their own name") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  hoor.dismiss(id, DismissalReason::legal_wall);
  hoor.dismiss(id, DismissalReason::legal_wall);
  CHECK(hoor.count(id, EventType::case_dismissed) == 1);
  CHECK(refusal([&] { hoor.dismiss(id, DismissalReason::not_found); }).code() == ErrorCode::conflict);
  const auto undo_as = [&](CaseState from) {
    return hoor.act([&](Transaction& transaction, const Settings& settings) {
      return undo_decision_on_case(transaction, settings, hoor.action(id), from);
    });
  };
  CHECK(refusal([&] { undo_as(CaseState::not_removed); }).code() == ErrorCode::conflict);
  CHECK(undo_as(CaseState::dismissed).state == CaseState::assigned);
  hoor.give_up(id);
  hoor.give_up(id);
  CHECK(hoor.count(id, EventType::case_not_removed) == 1);
  CHECK(refusal([&] { undo_as(CaseState::dismissed); }).code() == ErrorCode::conflict);
  CHECK(undo_as(CaseState::not_removed).state == CaseState::assigned);
}

TEST_CASE("actions: comments and requests to reopen are kept with their text and do not change the case") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  hoor.remove(id);
  const CaseRow before = hoor.row(id);
  CaseAction action = hoor.action(id, kCitizen);
  action.note = "Det är kvar!";
  hoor.act([&](Transaction& transaction, const Settings& settings) {
    return request_reopening_of_case(transaction, settings, action);
  });
  hoor.store->write([&](Transaction& transaction) {
    comment_on_case(transaction, *transaction.municipalities().settings(hoor.id), action,
                    Visibility::internal);
  });
  CHECK(hoor.row(id) == before);
  const auto noted =
      read(*hoor.store, [&](Transaction& transaction) { return transaction.events().noted_of_case(id); });
  CHECK(noted.at(noted.size() - 2).note == "Det är kvar!");
  CHECK(noted.back().event.type == EventType::comment_added);
  CHECK(noted.back().note == "Det är kvar!");
}

TEST_CASE("actions: a case of two works is split, each with its owner, its duty and its place in the figures") {
  Town hoor;
  const CaseRow facade = hoor.report().row;
  hoor.clock.set(nov(17));
  const auto split_off = [&](const Details& other, const std::string& owner_id) {
    CaseAction action = hoor.action(facade.id);
    action.note = "Elskåpet framför";
    return hoor.act([&](Transaction& transaction, const Settings& settings) {
      return split_case(transaction, settings, action, other, owner_id);
    });
  };
  const Details cabinet{.category = {}, .surface = Surface::door, .object_type = ObjectType::power_cabinet};
  CHECK(refusal([&] { split_off(cabinet, "nobody"); }).faults().front().pointer == "/owner_id");
  CHECK(hoor.count(facade.id, EventType::case_split) == 0);

  const CaseRow other = split_off(cabinet, "eon");
  CHECK(other.owner_id == "eon");
  CHECK(other.routing_rule == "owner_given");
  CHECK(other.object_type == ObjectType::power_cabinet);
  CHECK(other.place == facade.place);
  CHECK(other.split_from == facade.id);
  CHECK(other.due_at == facade.due_at);
  CHECK(hoor.row(other.id) == other);
  CHECK(hoor.row(facade.id) == facade);
  CHECK(hoor.store.told(Audience::owner, "eon") == 1);
  CHECK(split_off({}, "").owner_id == "hfab");  // by its place, as any report

  hoor.remove(facade.id);
  hoor.clock.set(nov(20));
  const auto report = read(*hoor.store, [&](Transaction& transaction) {
    return compliance(transaction, hoor.settings(), {on("2026-11-01"), on("2026-12-01")}, GroupBy::none, Cohort::due,
                      hoor.clock.now());
  });
  CHECK(report.total.on_time == 1);
  CHECK(report.total.overdue == 2);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}

TEST_CASE("actions: an owner comments on its own cases only") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  const auto comment_by = [&](const Actor& actor) {
    hoor.act([&](Transaction& transaction, const Settings& settings) {
      return comment_on_case(transaction, settings, hoor.action(id, actor), Visibility::public_);
    });
  };
  comment_by(kHfab);
  CHECK(refusal([&] { comment_by(kEon); }).code() == ErrorCode::forbidden);
  CHECK(hoor.count(id, EventType::comment_added) == 1);
}

TEST_CASE("actions: a refused action leaves no event and no tally") {
  Town hoor;
  const CaseId id = hoor.report().row.id;
  hoor.dismiss(id);
  const auto events = hoor.store.ask("SELECT COUNT(*) FROM events");
  CHECK(refusal([&] { hoor.remove(id); }).code() == ErrorCode::conflict);
  CHECK(refusal([&] { hoor.assign(id, "eon"); }).code() == ErrorCode::conflict);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events") == events);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}
