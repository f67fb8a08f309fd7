#include "support/town.h"

#include <algorithm>

namespace klotterkoll::test {

ReportDraft tag_at(const std::string& address) {
  ReportDraft draft;
  draft.place.address = address;
  draft.category = Category::tag;
  draft.surface = Surface::garage_door;
  return draft;
}

ReportDraft tag_at(Point point) {
  ReportDraft draft = tag_at("");
  draft.place.point = point;
  return draft;
}

Town::Town(const Policy& policy, std::size_t commit_batch, std::size_t writers) : store(commit_batch, writers) {
  Municipality hoor{
      .code = "1267", .name = "Höör", .time_zone = policy.time_zone, .calendar = policy.calendar};
  hoor.area = Area{55.80, 13.35, 56.05, 13.80};
  id =
      write(*store, [&](Transaction& transaction) { return transaction.municipalities().add(hoor, policy); });
  add_owner({.owner_id = "hfab",
             .name = "Höörs Fastighets AB",
             .kind = OwnerKind::public_company,
             .email = "drift@hfab.se",
             .phone = "0413-280 00",
             .address_prefixes = {"Storgatan"},
             .designations = {"HÖÖR KVARNBÄCK 1:23"}});
  add_owner({.owner_id = "kommun",
             .name = "Höörs kommun",
             .kind = OwnerKind::municipality,
             .email = "",
             .phone = "",
             .address_prefixes = {"Skolgatan"},
             .designations = {}});
  add_owner({.owner_id = "ann",
             .name = "Ann Ek",
             .kind = OwnerKind::private_owner,
             .email = "",
             .phone = "",
             .address_prefixes = {"Storgatan 7"},
             .designations = {}});
  add_owner({.owner_id = "eon",
             .name = "E.ON",
             .kind = OwnerKind::company,
             .email = "",
             .phone = "",
             .address_prefixes = {},
             .designations = {}});
}

Settings Town::settings() {
  return read(*store, [&](Transaction& transaction) { return *transaction.municipalities().settings(id); });
}

void Town::add_owner(const Owner& owner) {
  store->write([&](Transaction& transaction) {
    transaction.owners().save(*transaction.municipalities().settings(id), owner);
  });
}

MunicipalityId Town::add_neighbour() {
  Municipality horby{.code = "1266", .name = "Hörby"};
  horby.area = Area{55.70, 13.81, 56.00, 14.00};
  return write(*store,
               [&](Transaction& transaction) { return transaction.municipalities().add(horby, Policy{}); });
}

void Town::change_policy(Policy policy, LocalDate from) {
  policy.version = settings().policies.back().version + 1;
  policy.effective_from = from;
  store->write([&](Transaction& transaction) { transaction.municipalities().add_policy(id, policy); });
}

Taken Town::report(const ReportDraft& draft, const Actor& actor) {
  return write(*store, [&](Transaction& transaction) {
    return take_report(transaction, *transaction.municipalities().settings(id), draft, actor, clock.now());
  });
}

CaseRow Town::row(CaseId case_id) {
  return read(*store, [&](Transaction& transaction) { return transaction.cases().find(case_id).value(); });
}

std::vector<Event> Town::events(CaseId case_id) {
  return read(*store, [&](Transaction& transaction) { return transaction.events().of_case(case_id); });
}

std::int64_t Town::count(CaseId case_id, EventType type) {
  return std::ranges::count(events(case_id), type, &Event::type);
}

CaseRow Town::assign(CaseId case_id, const std::string& owner_id) {
  return act([&](Transaction& transaction, const Settings& used) {
    return assign_case(transaction, used, action(case_id), owner_id);
  });
}

CaseRow Town::remove(CaseId case_id, std::optional<Instant> removed_at, const Actor& actor) {
  return act([&](Transaction& transaction, const Settings& used) {
    return record_removal_of_case(transaction, used, action(case_id, actor),
                                  {removed_at.value_or(clock.now()), RemovalMethod::washed, {}});
  });
}

CaseRow Town::reopen(CaseId case_id, const Actor& actor) {
  return act([&](Transaction& transaction, const Settings& used) {
    return undo_removal_of_case(transaction, used, action(case_id, actor));
  });
}

CaseRow Town::dismiss(CaseId case_id, DismissalReason reason) {
  return act([&](Transaction& transaction, const Settings& used) {
    return dismiss_case(transaction, used, action(case_id), reason);
  });
}

CaseRow Town::give_up(CaseId case_id) {
  return act([&](Transaction& transaction, const Settings& used) {
    return give_up_case(transaction, used, action(case_id), NonRemovalReason::owner_declines);
  });
}

CaseRow Town::undo(CaseId case_id) {
  return act([&](Transaction& transaction, const Settings& used) {
    return undo_decision_on_case(transaction, used, action(case_id),
                                 transaction.cases().find(case_id)->state);
  });
}

CaseRow Town::record(CaseId case_id, const std::function<std::optional<Event>(const Case&)>& decide) {
  return act([&](Transaction& transaction, const Settings& used) {
    return change_case(transaction, used, case_id, {}, [&](Casework& work) {
      if (const auto event = decide(work.now())) work.record(*event);
    });
  });
}

HoldId Town::hold(CaseId case_id, Instant until, const Actor& actor, HoldReason reason) {
  act([&](Transaction& transaction, const Settings& used) { return hold_case(transaction, used, action(case_id, actor), reason, until); });
  const auto history = events(case_id);
  return history.back().data.hold.value();
}

void Town::merge(CaseId case_id, CaseId into) {
  act([&](Transaction& transaction, const Settings& used) { return merge_case(transaction, used, action(case_id), into); });
}

void Town::undo_merge(CaseId case_id) {
  act([&](Transaction& transaction, const Settings& used) { return undo_merge_of_case(transaction, used, action(case_id)); });
}

Batched Town::batched(const ReportDraft& draft, const Actor& actor) {
  return write(*store, [&](Transaction& transaction) {
    return take_batched_report(transaction, *transaction.municipalities().settings(id), draft, actor, clock.now());
  });
}

Confirmation Town::confirm(QueueId waiting, std::optional<CaseId> joins, const std::string& note) {
  return write(*store, [&](Transaction& transaction) {
    return decide_confirmation(transaction, *transaction.municipalities().settings(id), waiting, {joins, note}, kOfficer, clock.now());
  });
}

}  // namespace klotterkoll::test
