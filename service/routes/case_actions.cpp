#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "domain/police_reference.h"
#include "json/case_json.h"
#include "json/report_json.h"
#include "json/values.h"
#include "router.h"
#include "workflow/casework_actions.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

const std::string kCase = "/api/v1/municipalities/{}/cases/{}";

using Act = std::function<CaseRow(Transaction&, const Settings&, const CaseAction&)>;

/// The case as an action left it. One that is no longer the owner's is answered as anyone sees it.
struct Acted {
  std::shared_ptr<const Settings> settings;
  Actor actor;
  CaseRow row;
  CaseExtras extras;
};

/// Runs an action on the case in the path.
Acted act_on_case(Call& call, Transaction& transaction, const std::string& note, const Act& act) {
  Acted acted;
  acted.settings = call.settings(transaction);
  acted.actor = call.actor(*acted.settings);
  acted.row = act(transaction, *acted.settings, CaseAction{call.case_id(), call.if_match(), acted.actor, call.now, note});
  acted.extras = load_extras(transaction, *acted.settings, acted.row, view_for(acted.actor, acted.row));
  return acted;
}

std::string acted_text(const Call& call, const Acted& acted) {
  return json_text([&](JsonWriter& out) {
    write_case(out, acted.row, acted.extras, *acted.settings, call.app.store.references(), acted.actor, call.now,
               call.municipality_url(*acted.settings));
  });
}

/// PUT and DELETE on a noun of the case: safe to repeat.
void change(Call& call, const std::string& note, const Act& act) {
  call.allow_query({});
  const Acted acted = write(call, [&](Transaction& transaction) { return act_on_case(call, transaction, note, act); });
  call.response.set_header("ETag", case_etag(acted.row, acted.actor, call.now));
  call.no_store();
  call.answer(acted_text(call, acted));
}

/// POST of a noun: makes an event, so it takes an Idempotency-Key.
void post_action(Call& call, const std::string& note, const Act& act) {
  call.allow_query({});
  create(call, [&](Transaction& transaction) -> Render {
    return [&call, acted = act_on_case(call, transaction, note, act)] {
      const std::string reference = call.app.store.references().encode(acted.row.id);
      return Created{acted_text(call, acted), "/municipalities/" + acted.settings->municipality.code + "/cases/" + reference};
    };
  });
}

/// The pause in the path, after the case.
HoldId hold_id(const Call& call) {
  const auto id = call.app.store.references().decode_hold(call.parameter(2));
  if (!id) throw Error{ErrorCode::not_found, "The case has no such pause."};
  return *id;
}

void post_hold(Call& call) {
  const json body = call.body("hold");
  std::vector<Fault> faults;
  const auto until = instant_from_json(body, "until", faults);
  const std::vector<PhotoId> photos = photos_from_json(body, call.app.store.references(), faults);
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  post_action(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return hold_case(transaction, settings, action, code_in<HoldReason>(body, "reason").value(), until, photos);
  });
}

void put_hold_decision(Call& call) {
  const json body = call.body("hold_decision");
  const HoldId hold = hold_id(call);
  change(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return decide_hold_on_case(transaction, settings, action, hold, body["granted"].get<bool>());
  });
}

void post_hold_end(Call& call) {
  const json body = call.request.body.empty() ? json::object() : call.body("hold_end");
  const HoldId hold = hold_id(call);
  post_action(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return end_hold_on_case(transaction, settings, action, hold);
  });
}

void put_merge(Call& call) {
  const json body = call.body("merge");
  const std::string written = text_in(body, "into");
  const auto into = call.app.store.references().decode_case(written);
  if (!into) throw Error{ErrorCode::malformed, "\"" + written + "\" is no case reference; it looks like HR7K-2M9Q-X4.", "/into"};
  change(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return merge_case(transaction, settings, action, *into);
  });
}

void post_split(Call& call) {
  const json body = call.body("split");
  const Details other{code_in<Category>(body, "category"), code_in<Surface>(body, "surface"), code_in<ObjectType>(body, "object_type")};
  post_action(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return split_case(transaction, settings, action, other, text_in(body, "owner_id"));
  });
}

void put_assignment(Call& call) {
  const json body = call.body("assignment");
  change(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return assign_case(transaction, settings, action, text_in(body, "owner_id"));
  });
}

void post_rejection(Call& call) {
  const json body = call.body("rejection");
  post_action(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return reject_case(transaction, settings, action, text_in(body, "reason"), text_in(body, "suggested_owner_id"));
  });
}

void put_details(Call& call) {
  const json body = call.body("details");
  NewDetails wanted;
  std::vector<Fault> faults;
  if (body.contains("location")) wanted.place = place_from_json(body["location"], faults);
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  wanted.details = {code_in<Category>(body, "category"), code_in<Surface>(body, "surface"), code_in<ObjectType>(body, "object_type")};
  change(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return change_details_of_case(transaction, settings, action, wanted);
  });
}

void post_police_reference(Call& call) {
  const std::string written = text_in(call.body("police_reference"), "police_reference");
  const auto parsed = parse_police_reference(written);
  if (!parsed) throw Error{ErrorCode::refused, police_reference_fault(written), "/police_reference"};
  post_action(call, "", [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return add_police_reference_to_case(transaction, settings, action, *parsed);
  });
}

void post_telling(Call& call) {
  call.allow_query({});
  const json body = call.body("telling");
  std::vector<Fault> faults;
  const auto told_at = instant_from_json(body, "told_at", faults);
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  create(call, [&](Transaction& transaction) -> Render {
    const auto before = transaction.cases().find(call.case_id());
    Acted acted = act_on_case(call, transaction, text_in(body, "note"), [&](Transaction& used, const Settings& settings, const CaseAction& action) {
      return tell_owner_of_case(used, settings, action, code_in<Channel>(body, "channel").value(), told_at.value_or(call.now));
    });
    const bool known = before && before->version == acted.row.version;
    return [&call, known, acted = std::move(acted)] {
      return Created{acted_text(call, acted), "/municipalities/" + acted.settings->municipality.code + "/cases/" + call.app.store.references().encode(acted.row.id),
                     known ? 200 : 201};
    };
  });
}

void put_external_reference(Call& call) {
  const std::string external_reference = trimmed(text_in(call.body("external_reference"), "external_reference"));
  if (external_reference.empty()) throw Error{ErrorCode::malformed, "external_reference is empty; take it away with DELETE.", "/external_reference"};
  change(call, "", [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return set_external_reference_of_case(transaction, settings, action, external_reference);
  });
}

void delete_external_reference(Call& call) {
  change(call, "", [](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return set_external_reference_of_case(transaction, settings, action, "");
  });
}

void put_removal(Call& call) {
  const json body = call.body("removal");
  std::vector<Fault> faults;
  Removal removal;
  const auto removed_at = instant_from_json(body, "removed_at", faults);
  const std::vector<PhotoId> photos = photos_from_json(body, call.app.store.references(), faults);
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  if (!removed_at) throw Error{ErrorCode::malformed, "removed_at says when the graffiti was gone, as 2026-11-22T14:00:00+01:00.", "/removed_at"};
  removal.removed_at = *removed_at;
  removal.method = code_in<RemovalMethod>(body, "method");
  if (body.contains("cost_sek")) removal.cost_sek = body["cost_sek"].get<std::int64_t>();
  const std::string evidence = text_in(body, "evidence");
  if (!evidence.empty() && call.caller.role != Role::municipality)
    throw Error{ErrorCode::forbidden, "Only an officer of the municipality confirms a late removal by its evidence; leave evidence out."};
  removal.evidence_confirmed = !evidence.empty();
  std::string note = text_in(body, "note");
  if (!evidence.empty()) note += (note.empty() ? "" : "\n") + evidence;
  change(call, note, [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return record_removal_of_case(transaction, settings, action, removal, photos);
  });
}

void post_reopen_request(Call& call) {
  const json body = call.request.body.empty() ? json::object() : call.body("reopen_request");
  post_action(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return request_reopening_of_case(transaction, settings, action);
  });
}

void put_dismissal(Call& call) {
  const json body = call.body("dismissal");
  change(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return dismiss_case(transaction, settings, action, code_in<DismissalReason>(body, "reason").value());
  });
}

void put_non_removal(Call& call) {
  const json body = call.body("non_removal");
  change(call, text_in(body, "note"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return give_up_case(transaction, settings, action, code_in<NonRemovalReason>(body, "reason").value());
  });
}

void undo(Call& call, CaseState from) {
  change(call, "", [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return undo_decision_on_case(transaction, settings, action, from);
  });
}

void post_comment(Call& call) {
  const json body = call.body("comment");
  const bool owner = call.caller.role == Role::owner;
  const auto wanted = code_in<Visibility>(body, "visibility");
  if (owner && wanted == Visibility::internal)
    throw Error{ErrorCode::refused, "Internal comments are for police and municipality; an owner's comment is public.", "/visibility"};
  const Visibility visibility = wanted.value_or(owner ? Visibility::public_ : Visibility::internal);
  post_action(call, text_in(body, "text"), [&](Transaction& transaction, const Settings& settings, const CaseAction& action) {
    return comment_on_case(transaction, settings, action, visibility);
  });
}

}  // namespace

std::vector<Route> case_action_routes() {
  const Roles officer{Role::municipality}, remover{Role::owner, Role::municipality};
  const auto plainly = [](auto action) {
    return [action](Call& call) { change(call, "", [action](auto& transaction, auto& settings, auto& given) { return action(transaction, settings, given); }); };
  };
  return {with_json({"PUT", kCase + "/assignment", officer, put_assignment}),
          {"DELETE", kCase + "/assignment", officer, plainly(unassign_case)},
          with_json({"POST", kCase + "/rejections", {Role::owner}, post_rejection}),
          with_json({"PUT", kCase + "/details", officer, put_details}),
          with_json({"POST", kCase + "/police-references", {Role::police, Role::municipality}, post_police_reference}),
          with_json({"POST", kCase + "/tellings", officer, post_telling}),
          with_json({"PUT", kCase + "/external-reference", remover, put_external_reference}),
          {"DELETE", kCase + "/external-reference", remover, delete_external_reference},
          with_json({"PUT", kCase + "/removal", remover, put_removal}),
          {"DELETE", kCase + "/removal", remover, plainly(undo_removal_of_case)},
          with_json({"POST", kCase + "/reopen-requests", kPublic, post_reopen_request}),
          with_json({"PUT", kCase + "/dismissal", officer, put_dismissal}),
          {"DELETE", kCase + "/dismissal", officer, [](Call& call) { undo(call, CaseState::dismissed); }},
          with_json({"PUT", kCase + "/non-removal", officer, put_non_removal}),
          {"DELETE", kCase + "/non-removal", officer, [](Call& call) { undo(call, CaseState::not_removed); }},
          with_json({"POST", kCase + "/holds", {Role::police, Role::owner, Role::municipality}, post_hold}),
          with_json({"PUT", kCase + "/holds/{}/decision", officer, put_hold_decision}),
          with_json({"POST", kCase + "/holds/{}/end", {Role::police, Role::owner, Role::municipality}, post_hold_end}),
          with_json({"PUT", kCase + "/merge", officer, put_merge}),
          {"DELETE", kCase + "/merge", officer, plainly(undo_merge_of_case)},
          with_json({"POST", kCase + "/splits", officer, post_split}),
          with_json({"POST", kCase + "/comments", {Role::police, Role::owner, Role::municipality}, post_comment})};
}

}  // namespace klotterkoll
