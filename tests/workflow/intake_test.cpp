#include "workflow/intake.h"

#include <doctest/doctest.h>

#include "support/refusal.h"
#include "support/town.h"
#include "workflow/routing.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::seconds;

namespace {

const double kMetre = 1 / 111'195.0;  // of latitude

ReportDraft with_k_number(ReportDraft draft, const std::string& number = "5000-K123456-26") {
  draft.police_reference = number;
  return draft;
}

Point metres_north(double metres) { return {kCentre.lat + metres * kMetre, kCentre.lon}; }

}  // namespace

TEST_CASE("intake: a report opens a case, finds its owner, and everything of it is written together") {
  Town hoor;
  ReportDraft draft = with_k_number(tag_at());
  draft.place.point = kCentre;
  draft.description = "Stor tagg på garageport";
  const Taken taken = hoor.report(draft);
  CHECK_FALSE(taken.repeated);
  CHECK(taken.row.state == CaseState::assigned);
  CHECK(taken.row.owner_id == "hfab");
  CHECK(taken.row.routing_rule == "address_prefix");
  CHECK(taken.row.due_at == nov(19, "23:59:59"));
  CHECK(taken.row.source == Source::police);
  CHECK(taken.row == hoor.row(taken.row.id));
  CHECK(taken.report.case_id == taken.row.id);
  CHECK(taken.report.source == Source::police);
  CHECK(read(*hoor.store, [&](Transaction& transaction) {
          return transaction.reports().find(taken.report.id).value();
        }) == taken.report);
  CHECK(hoor.count(taken.row.id, EventType::case_opened) == 1);
  CHECK(hoor.count(taken.row.id, EventType::case_assigned) == 1);
  CHECK(hoor.store.told(Audience::owner, "hfab") == 1);
}

TEST_CASE("intake: the owner is found by the one given, by designation, and by the longest address prefix") {
  Town hoor;
  const auto routed = [&](ReportDraft draft) {
    const CaseRow row = hoor.report(draft, kOfficer).row;
    return std::pair{row.owner_id, row.routing_rule};
  };
  CHECK(routed(tag_at("Storgatan 12")) == std::pair<std::string, std::string>{"hfab", "address_prefix"});
  CHECK(routed(tag_at("Storgatan 7 B")) == std::pair<std::string, std::string>{"ann", "address_prefix"});
  CHECK(routed(tag_at("Storgatan 71")) == std::pair<std::string, std::string>{"hfab", "address_prefix"});
  CHECK(routed(tag_at("Okända vägen 1")) == std::pair<std::string, std::string>{"", "none"});
  ReportDraft property = tag_at("Skolgatan 1");
  property.place.designation = "kvarnbäck 1:23";
  CHECK(routed(property) == std::pair<std::string, std::string>{"hfab", "designation"});
  property.place.designation = "Kvarnbäck 9:9";
  CHECK(routed(property) == std::pair<std::string, std::string>{"kommun", "address_prefix"});
  property.owner_id = "eon";
  CHECK(routed(property) == std::pair<std::string, std::string>{"eon", "owner_given"});

  property.owner_id = "";
  const auto trace = read_trace(hoor.report(property, kOfficer).row.routing_trace);
  REQUIRE(trace.size() == 2);
  CHECK(trace[0].step == "designation");
  CHECK(trace[0].looked_at == "Kvarnbäck 9:9");
  CHECK(trace[0].result == "no owner");
  CHECK(trace[1].step == "address_prefix");
  CHECK(trace[1].result == "kommun");
}

TEST_CASE("intake: a wrong owner_id writes nothing at all") {
  Town hoor;
  const auto rows = [&] {  // numbers of keys may be passed over, so counters are not among them
    std::int64_t sum = 0;
    for (const auto* table : {"cases", "reports", "report_texts", "events", "tallies"})
      sum += hoor.store.ask(std::string{"SELECT COUNT(*) FROM "} + table);
    return sum;
  };
  ReportDraft draft = tag_at();
  draft.owner_id = "nobody";
  draft.description = "text";
  const auto before = rows();
  const Error error = refusal([&] { hoor.report(draft, kOfficer); });
  CHECK(error.code() == ErrorCode::refused);
  CHECK(error.faults().front().pointer == "/owner_id");
  CHECK(std::string{error.what()} == "There is no owner \"nobody\" in Höör.");
  CHECK(rows() == before);
}

TEST_CASE("intake: every fault of a report is told at once") {
  Town hoor;
  ReportDraft draft = with_k_number(tag_at(Point{13.5405, 55.9362}), "K123");
  draft.times = {.observed_at = nov(17), .received_at = nov(14)};
  draft.source = Source::owner;
  draft.owner_id = "hfab";
  draft.intake = Intake::phone;
  std::vector<std::string> pointers;
  const Error error = refusal([&] { hoor.report(draft, kPolice); });
  for (const Fault& fault : error.faults()) pointers.push_back(fault.pointer);
  CHECK(pointers == std::vector<std::string>{"/source", "/intake", "/owner_id", "/received_at",
                                             "/observed_at", "/location/lat", "/police_reference"});
}

TEST_CASE("intake: a point in a neighbouring municipality is refused, and the neighbour named") {
  Town hoor;
  hoor.add_neighbour();
  const auto sentence = [&](Point point) {
    return std::string{refusal([&] { hoor.report(tag_at(point)); }).what()};
  };
  CHECK(sentence({55.85, 13.85}).find("It lies in Hörby (1266), which takes reports here too.") !=
        std::string::npos);
  CHECK(sentence({57.70, 11.97}).find("outside Höör") != std::string::npos);
  CHECK(sentence({57.70, 11.97}).find("It lies in") == std::string::npos);
}

TEST_CASE("intake: the same K-number at the same place is the same report, whoever sends it again") {
  Town hoor;
  const Taken first = hoor.report(with_k_number(tag_at(kCentre)));
  hoor.clock.pass(days{2});
  for (const auto& same : {with_k_number(tag_at(kCentre)), with_k_number(tag_at(metres_north(14.9))),
                           with_k_number(tag_at(kCentre), "5000 k123456 26")}) {
    const Taken again = hoor.report(same);
    CHECK(again.repeated);
    CHECK(again.report.id == first.report.id);
    CHECK(again.row.id == first.row.id);
    CHECK(again.added.empty());
  }
  CHECK(hoor.report(with_k_number(tag_at(kCentre)), kOfficer).repeated);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM reports") == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM events WHERE type = 'report_repeated'") == 0);
}

TEST_CASE("intake: one K-number may cover several places, surfaces and objects") {
  Town hoor;
  hoor.report(with_k_number(tag_at(kCentre)));
  CHECK_FALSE(hoor.report(with_k_number(tag_at(metres_north(15.1)))).repeated);
  ReportDraft wall = with_k_number(tag_at(kCentre));
  wall.surface = Surface::wall;
  CHECK_FALSE(hoor.report(wall).repeated);
  CHECK_FALSE(hoor.report(with_k_number(tag_at(kCentre), "5000-K123457-26")).repeated);
  CHECK_FALSE(hoor.report(tag_at(kCentre)).repeated);  // no number, no repeat
}

TEST_CASE("intake: the same external id of the same key at the same place is the same report") {
  Town hoor;
  ReportDraft draft = tag_at("Storgatan 12");
  draft.external_id = "FMS-4711";
  const Actor portal{Role::channel, 21, ""}, other{Role::channel, 22, ""};
  const Taken first = hoor.report(draft, portal);
  CHECK(hoor.report(draft, portal).report.id == first.report.id);
  CHECK_FALSE(hoor.report(draft, other).repeated);
  draft.place.address = "Storgatan 14";
  CHECK_FALSE(hoor.report(draft, portal).repeated);
}

TEST_CASE("intake: strangers without a key share no external id") {
  Town hoor;
  ReportDraft draft = tag_at("Storgatan 12");
  draft.external_id = "1";
  const Taken first = hoor.report(draft, kCitizen), second = hoor.report(draft, kCitizen);
  CHECK_FALSE(second.repeated);
  CHECK(second.report.id != first.report.id);
  CHECK(second.report.external_id == "1");
}

TEST_CASE("intake: what a repeat brings that was lacking is kept and told, what was there stays") {
  Town hoor;
  const Taken first = hoor.report(with_k_number(tag_at()));
  ReportDraft more = with_k_number(tag_at());
  more.description = "svart sprayfärg";
  more.contact = {"Åsa", "", "0413-1"};
  const Taken again = hoor.report(more);
  CHECK(again.added == std::vector<std::string>{"description", "contact.name", "contact.phone"});
  CHECK(again.row.version == first.row.version);
  more.description = "röd";
  CHECK(hoor.report(more).added.empty());
  const Report kept = read(*hoor.store, [&](Transaction& transaction) {
    return transaction.reports().find(first.report.id).value();
  });
  CHECK(kept.description == "svart sprayfärg");
  CHECK(kept.contact.name == "Åsa");
  CHECK(hoor.count(first.row.id, EventType::report_repeated) == 1);
  CHECK(hoor.events(first.row.id).back().visibility == Visibility::internal);
}

TEST_CASE("intake: nobody writes into another's report; a stranger's words are a report of their own") {
  Town hoor;
  const Taken first = hoor.report(with_k_number(tag_at()));
  const auto written = [&] {
    return read(*hoor.store, [&](Transaction& transaction) { return transaction.reports().find(first.report.id).value(); });
  };
  CHECK(hoor.report(with_k_number(tag_at()), kCitizen).repeated);  // brings nothing: the same report
  ReportDraft words = with_k_number(tag_at());
  words.description = "FORGED";
  words.contact = {"Någon", "", ""};
  const Taken second = hoor.report(words, kCitizen);
  CHECK_FALSE(second.repeated);
  CHECK(second.row.id == first.row.id);
  CHECK(second.report.description == "FORGED");
  CHECK(hoor.report(words, kCitizen).report.id == second.report.id);  // sent again, it is that one again
  CHECK(written().description.empty());
  CHECK(written().contact.empty());
  // What the police themselves add is theirs.
  words.description = "svart sprayfärg";
  CHECK(hoor.report(words, kPolice).added == std::vector<std::string>{"description", "contact.name"});
  CHECK(written().description == "svart sprayfärg");
  // When the case is over, it is another one's sighting.
  hoor.remove(first.row.id);
  words.object_label = "elskåp 12";
  CHECK(hoor.report(words, kCitizen).row.id != first.row.id);
}

TEST_CASE("intake: a K-number is good for a thousand reports, and a citizen for a thousand lines in a case") {
  Town hoor;
  for (int i = 0; i < 1000; ++i) hoor.report(with_k_number(tag_at("Okända vägen " + std::to_string(i + 1))));
  CHECK(hoor.report(with_k_number(tag_at("Okända vägen 7"))).repeated);
  CHECK(refusal([&] { hoor.report(with_k_number(tag_at("Okända vägen 1001"))); }).faults().front().pointer == "/police_reference");
  ReportDraft joining = tag_at();
  joining.joins = hoor.report().row.id;
  const auto join_until_refused = [&] {
    for (int i = 0; i < 1001; ++i) hoor.report(joining, kCitizen);
  };
  CHECK(refusal(join_until_refused).code() == ErrorCode::refused);
  CHECK_FALSE(hoor.report(joining, kOfficer).repeated);
}

TEST_CASE("intake: a report joins the open case that it names") {
  Town hoor;
  const Taken first = hoor.report();
  hoor.clock.pass(days{1});
  ReportDraft second = tag_at();
  second.joins = first.row.id;
  const Taken joined = hoor.report(second, kCitizen);
  CHECK(joined.row.id == first.row.id);
  CHECK(joined.row.report_count == 2);
  CHECK(joined.row.due_at == first.row.due_at);
  CHECK(joined.row.version == first.row.version + 1);
  // A call that came before all of them, entered now, moves the promise back.
  ReportDraft call = tag_at();
  call.joins = first.row.id;
  call.times.received_at = nov(14);
  CHECK(hoor.report(call, kOfficer).row.due_at == nov(17, "23:59:59"));
  hoor.remove(first.row.id);
  CHECK(refusal([&] { hoor.report(second, kCitizen); }).code() == ErrorCode::conflict);
  second.joins = CaseId{hoor.id, 999};
  CHECK(refusal([&] { hoor.report(second, kCitizen); }).code() == ErrorCode::not_found);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM reports") == 3);
}

TEST_CASE("intake: a case of another municipality can be neither joined nor seen") {
  Town hoor;
  const MunicipalityId horby = hoor.add_neighbour();
  const CaseId ours = hoor.report().row.id;
  ReportDraft draft = tag_at();
  draft.joins = ours;
  CHECK(refusal([&] {
          hoor.store->write([&](Transaction& transaction) {
            take_report(transaction, *transaction.municipalities().settings(horby), draft, kPolice, nov(17));
          });
        }).code() == ErrorCode::not_found);
}

TEST_CASE(
    "intake: possible duplicates are open cases within 30 m and removed ones of the last 14 days, nearest "
    "first") {
  const auto told_at = [](double metres, std::chrono::seconds later) {
    Town hoor;
    const CaseId open = hoor.report(tag_at(kCentre)).row.id,
                 removed = hoor.report(tag_at(metres_north(20))).row.id;
    hoor.dismiss(hoor.report(tag_at(metres_north(5))).row.id);
    hoor.remove(removed);
    hoor.clock.pass(later);
    std::string told;
    for (const CaseRow& row : hoor.report(tag_at(metres_north(metres))).possible_duplicates)
      told += row.id == open ? "open " : row.id == removed ? "removed " : "another ";
    return told;
  };
  CHECK(told_at(29.9, days{1}) == "removed open ");
  CHECK(told_at(9, days{1}) == "open removed ");
  CHECK(told_at(30.1, days{1}) == "removed ");
  CHECK(told_at(50.1, days{1}).empty());
  CHECK(told_at(9, days{14}) == "open removed ");
  CHECK(told_at(9, days{14} + seconds{1}) == "open ");
}

TEST_CASE("intake: new paint on a cleaned surface is a new case linked to the old one") {
  Town hoor;
  const CaseId old = hoor.report(tag_at(kCentre)).row.id;
  hoor.remove(old);
  hoor.clock.pass(days{3});
  const Taken fresh = hoor.report(tag_at(metres_north(10)));
  CHECK(fresh.row.id != old);
  CHECK(fresh.row.previous_case == old);
  CHECK(hoor.report(tag_at(metres_north(16))).row.previous_case != old);
}

TEST_CASE("intake: a case keeps the policy of the day it was received, also when it was entered later") {
  Town hoor;
  Policy shorter;
  shorter.limit.amount = 1;
  hoor.change_policy(shorter, on("2026-11-18"));
  const CaseRow before = hoor.report().row;
  CHECK(before.policy_version == 1);
  hoor.clock.set(nov(18));
  CHECK(hoor.report(tag_at("Storgatan 2")).row.due_at == nov(19, "23:59:59"));
  ReportDraft call = tag_at("Storgatan 3");
  call.times.received_at = nov(17, "23:59:59");
  const CaseRow entered = hoor.report(call, kOfficer).row;
  CHECK(entered.policy_version == 1);
  CHECK(entered.due_at == nov(20, "23:59:59"));
  CHECK(hoor.row(before.id).due_at == nov(19, "23:59:59"));
}

TEST_CASE("intake: who the reporting party is follows from who reports") {
  Town hoor;
  const auto reporter = [&](const ReportDraft& draft, const Actor& actor) {
    return hoor.report(draft, actor).report.reporter;
  };
  CHECK(reporter(tag_at(), kHfab) == "owner:hfab");
  CHECK(reporter(tag_at(), {Role::owner, 13, "kommun"}) == "municipality");
  CHECK(reporter(tag_at(), kOfficer) == "municipality");
  CHECK(reporter(tag_at(), kPolice).empty());
  CHECK(reporter(tag_at(), kCitizen).empty());
  // What an officer enters for a citizen or an owner is not the municipality's own find.
  ReportDraft call = tag_at();
  call.source = Source::citizen;
  call.intake = Intake::phone;
  CHECK(reporter(call, kOfficer).empty());
  call.source = Source::owner;
  CHECK(reporter(call, kOfficer).empty());
}
