#include "workflow/register_import.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "domain/shape.h"
#include "support/refusal.h"
#include "support/times.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

LocalDate day(const char* text) { return parse_date(text).value(); }
const LocalDate kToday = day("2026-11-22");

Shape square(double size) {
  const double a = 55.93, b = 13.54;
  return snapped(Shape{{}, {}, {Polygon{{{a, b}, {a, b + size}, {a + size, b + size}, {a, b}}, {}}}});
}

Property row(const std::string& owner, Validity validity = {}, std::int64_t number = 0) {
  Property one;
  if (number) one.id = PropertyId{1, number};
  one.designation = "HÖÖR KVARNBÄCK 1:23";
  one.owner_id = owner;
  one.shape = square(0.001);
  one.addresses = {"Storgatan 12"};
  one.validity = validity;
  return one;
}
Told<Property> told(const std::string& owner, Validity validity = {}) {
  Told<Property> one;
  one.row = row(owner, validity);
  return one;
}

/// What the register holds after a plan.
std::vector<Property> after(std::vector<Property> present, const RegisterPlan<Property>& plan) {
  for (Property one : plan.save) {
    if (!one.id) one.id = PropertyId{1, 100 + std::ssize(present)};
    if (const auto at = std::ranges::find(present, one.id, &Property::id); at != present.end()) *at = one;
    else present.push_back(one);
  }
  return present;
}

struct Span {
  std::string owner, from, until;
  bool operator==(const Span&) const = default;
};
std::vector<Span> spans(const std::vector<Property>& rows) {
  std::vector<Span> all;
  for (const Property& one : rows)
    all.push_back({one.owner_id, one.validity.from ? format_date(*one.validity.from) : "", one.validity.until ? format_date(*one.validity.until) : ""});
  return all;
}

}  // namespace

TEST_CASE("register import: a new property has always been its owner's, unless it was somebody's before") {
  auto plan = plan_property(told("hfab"), {}, kToday);
  CHECK(plan.change == RegisterChange::added);
  CHECK(spans(plan.save) == std::vector<Span>{{"hfab", "", ""}});
  // It ended and comes back.
  plan = plan_property(told("hfab"), {row("hfab", {{}, day("2025-01-01")}, 1)}, kToday);
  CHECK(plan.change == RegisterChange::added);
  CHECK(spans(plan.save) == std::vector<Span>{{"hfab", "2026-11-22", ""}});
  plan = plan_property(told("hfab", {day("2026-12-01"), {}}), {}, kToday);
  CHECK(spans(plan.save) == std::vector<Span>{{"hfab", "2026-12-01", ""}});
}

TEST_CASE("register import: the same again is unchanged, and what the file does not tell stays") {
  const Property present = row("hfab", {day("2020-01-01"), {}}, 1);
  CHECK(plan_property(told("hfab"), {present}, kToday).change == RegisterChange::unchanged);
  auto silent = told("hfab");
  silent.row.shape = {};
  silent.row.addresses.clear();
  silent.tells_shape = silent.tells_addresses = false;
  CHECK(plan_property(silent, {present}, kToday).change == RegisterChange::unchanged);
  silent.tells_addresses = true;
  auto plan = plan_property(silent, {present}, kToday);
  CHECK(plan.change == RegisterChange::changed);
  CHECK(plan.what == std::vector<std::string_view>{"addresses"});
  CHECK(plan.save.at(0).id == present.id);
  CHECK(plan.save.at(0).shape == present.shape);
  auto larger = told("hfab", {{}, day("2027-01-01")});
  larger.row.shape = square(0.002);
  plan = plan_property(larger, {present}, kToday);
  CHECK(plan.what == std::vector<std::string_view>{"shape", "validity"});
  CHECK(spans(plan.save) == std::vector<Span>{{"hfab", "2020-01-01", "2027-01-01"}});
}

TEST_CASE("register import: a new owner takes over today or on the day the file says, and the old one keeps its days") {
  const std::vector<Property> present{row("hfab", {}, 1)};
  struct Case {
    const char* what;
    Validity told, present;
    std::vector<Span> saved;
  };
  for (const auto& [what, days, before, saved] : {
           Case{"no day told", {}, {}, {{"hfab", "", "2026-11-22"}, {"lindqvist", "2026-11-22", ""}}},
           Case{"sold three weeks ago", {day("2026-11-01"), {}}, {}, {{"hfab", "", "2026-11-01"}, {"lindqvist", "2026-11-01", ""}}},
           Case{"sold next year", {day("2027-01-01"), {}}, {}, {{"hfab", "", "2027-01-01"}, {"lindqvist", "2027-01-01", ""}}},
           Case{"theirs before ours began: from today", {day("2010-01-01"), {}}, {day("2020-01-01"), {}}, {{"hfab", "2020-01-01", "2026-11-22"}, {"lindqvist", "2026-11-22", ""}}},
           Case{"ours began yesterday", {}, {day("2026-11-21"), {}}, {{"hfab", "2026-11-21", "2026-11-22"}, {"lindqvist", "2026-11-22", ""}}},
           Case{"ours began today: a correction", {}, {day("2026-11-22"), {}}, {{"lindqvist", "2026-11-22", ""}}},
           Case{"ours would begin tomorrow", {}, {day("2026-11-23"), {}}, {{"lindqvist", "2026-11-23", ""}}},
           Case{"ours has an end", {}, {{}, day("2027-01-01")}, {{"hfab", "", "2026-11-22"}, {"lindqvist", "2026-11-22", "2027-01-01"}}},
       }) {
    CAPTURE(what);
    const auto plan = plan_property(told("lindqvist", days), {row("hfab", before, 1)}, kToday);
    CHECK(plan.change == RegisterChange::new_owner);
    CHECK(spans(plan.save) == saved);
    CHECK(plan.save.front().id == present.front().id);
    if (plan.save.size() == 2) CHECK_FALSE(plan.save.back().id);
  }
}

TEST_CASE("register import: a file of former owners finds each one's days") {
  const std::vector<Property> present{row("hfab", {{}, day("2020-01-01")}, 1), row("lindqvist", {day("2020-01-01"), {}}, 2)};
  CHECK(plan_property(told("hfab", {{}, day("2020-01-01")}), present, kToday).change == RegisterChange::unchanged);
  CHECK(plan_property(told("hfab", {day("2000-01-01"), day("2020-01-01")}), present, kToday).what == std::vector<std::string_view>{"validity"});
  CHECK(plan_property(told("lindqvist", {day("2020-01-01"), {}}), present, kToday).change == RegisterChange::unchanged);
  CHECK(plan_property(told("lindqvist"), present, kToday).change == RegisterChange::unchanged);
}

TEST_CASE("register import: without an owner told, the register's stays, and a new property needs one") {
  auto nobody = told("");
  CHECK(plan_property(nobody, {row("hfab", {}, 1)}, kToday).change == RegisterChange::unchanged);
  CHECK(refusal([&] { plan_property(nobody, {}, kToday); }).code() == ErrorCode::refused);
  nobody.owner_if_new = "hoors-kommun";
  CHECK(plan_property(nobody, {}, kToday).save.at(0).owner_id == "hoors-kommun");
  CHECK(plan_property(nobody, {row("hfab", {}, 1)}, kToday).change == RegisterChange::unchanged);
}

TEST_CASE("register import: whatever was there, doing it again changes nothing and no two own it on one day") {
  CHECK(rc::check([] {
    const auto any_validity = [] {
      Validity days;
      const int from = *rc::gen::inRange(-6, 7), length = *rc::gen::inRange(1, 5);
      if (*rc::gen::arbitrary<bool>()) days.from = kToday + std::chrono::days{from};
      if (*rc::gen::arbitrary<bool>()) days.until = (days.from ? *days.from : kToday + std::chrono::days{from}) + std::chrono::days{length};
      return days;
    };
    std::vector<Property> present;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
      const Property one = row(*rc::gen::element<std::string>("a", "b", "c"), any_validity(), i);
      if (std::ranges::none_of(present, [&](const Property& other) { return other.validity.overlaps(one.validity); })) present.push_back(one);
    }
    // The file tells who has it now, as files do.
    const auto file = told(*rc::gen::element<std::string>("a", "b", "c"));
    std::vector<Property> now = present;
    for (int i = 0; i < 3 && plan_property(file, now, kToday).change != RegisterChange::unchanged; ++i) now = after(now, plan_property(file, now, kToday));
    RC_ASSERT(plan_property(file, now, kToday).change == RegisterChange::unchanged);
    // Who had it before today has had it.
    for (int back = 1; back < 8; ++back) {
      const LocalDate then = kToday - std::chrono::days{back};
      const auto owner_on = [&](const std::vector<Property>& rows) {
        const auto at = std::ranges::find_if(rows, [&](const Property& one) { return one.validity.holds_on(then); });
        return at == rows.end() ? std::string{} : at->owner_id;
      };
      if (!owner_on(present).empty()) RC_ASSERT(owner_on(now) == owner_on(present));
    }
  }));
}

TEST_CASE("register import: objects are the same by type and label, or by type and place") {
  PlacedObject cabinet;
  cabinet.type = ObjectType::power_cabinet;
  cabinet.label = "HÖR 0412";
  cabinet.shape = {{{55.9335, 13.5421}}, {}, {}};
  PlacedObject same = cabinet;
  same.label = "hör  0412";
  same.shape = {{{55.94, 13.55}}, {}, {}};
  CHECK(object_key(cabinet) == object_key(same));
  same.type = ObjectType::bus_shelter;
  CHECK(object_key(cabinet) != object_key(same));
  cabinet.label.clear();
  same = cabinet;
  same.shape.points[0].lat += 0.000002;
  CHECK(object_key(cabinet) == object_key(same));
  same.shape.points[0].lat += 0.00002;
  CHECK(object_key(cabinet) != object_key(same));
}

TEST_CASE("register import: the areas of a property become one, whatever stands between them") {
  PropertyAreas areas;
  for (const char* key : {"a", "b", "a", "a"}) areas.know(key), areas.count(key, {});
  areas.settle();
  CHECK(areas.knows("a"));
  CHECK_FALSE(areas.knows("c"));
  auto given = areas.give("a", "1", 1, told("hfab"));
  CHECK_FALSE(given.whole);
  given = areas.give("b", "", 2, told("lindqvist"));
  REQUIRE(given.whole);
  CHECK(given.whole->row.shape.polygons.size() == 1);
  Told<Property> second = told("hfab");
  second.row.addresses = {"storgatan  12", "Storgatan 14"};
  given = areas.give("a", "2", 3, second);
  CHECK_FALSE(given.whole);
  given = areas.give("a", "3", 4, told("hfab"));
  REQUIRE(given.whole);
  CHECK(given.whole->row.shape.polygons.size() == 3);
  CHECK(given.whole->row.addresses == std::vector<std::string>{"Storgatan 12", "Storgatan 14"});
}

TEST_CASE("register import: an area that comes twice, or has another owner, is left out and named") {
  PropertyAreas areas;
  for (int i = 0; i < 4; ++i) areas.know("a"), areas.count("a", {});
  areas.know("a");
  areas.count("a", {day("2020-01-01"), {}});  // other days: a property of its own
  areas.settle();
  CHECK(areas.give("a", "1", 1, told("hfab")).fault.empty());
  CHECK(areas.give("a", "1", 2, told("hfab")).fault == "The designation stands twice: feature 1 has it too.");
  CHECK(areas.give("a", "2", 3, told("lindqvist")).fault == "It is an area of the same property as feature 1, but has another owner.");
  const auto whole = areas.leave_out("a", {});
  REQUIRE(whole);
  CHECK(whole->row.owner_id == "hfab");
  CHECK(whole->row.shape.polygons.size() == 1);
  CHECK(areas.give("a", "1", 5, told("lindqvist", {day("2020-01-01"), {}})).whole);
}

TEST_CASE("register import: nothing of a property is left when all of its features are") {
  PropertyAreas areas;
  for (int i = 0; i < 2; ++i) areas.know("a"), areas.count("a", {});
  areas.settle();
  CHECK_FALSE(areas.leave_out("a", {}));
  CHECK_FALSE(areas.leave_out("a", {}));
}

TEST_CASE("register import: an owner is known by id, else by name, else made") {
  Owner hfab;
  hfab.owner_id = "hfab";
  hfab.name = "Höörs Fastighets AB";
  OwnerBook book{{hfab}};
  CHECK(book.find_or_make("hfab", "whatever") == "hfab");
  CHECK(book.find_or_make("HFAB", "") == "hfab");
  CHECK(book.find_or_make("", "HÖÖRS  Fastighets AB") == "hfab");
  CHECK(book.find_or_make("", "hfab") == "hfab");
  CHECK(book.find_or_make(" ", " ").empty());
  CHECK(book.take_made().empty());
  CHECK(book.find_or_make("", "Östra Åsarnas Samfällighet, s:4") == "ostra-asarnas-samfallighet-s-4");
  CHECK(book.find_or_make("", "östra åsarnas samfällighet, S:4") == "ostra-asarnas-samfallighet-s-4");
  CHECK(book.find_or_make("556123-4567", "Höörs Fastighets AB") == "556123-4567");  // two may have one name: the id decides
  CHECK(book.find_or_make("", "Östra Åsarnas samfällighet S 4") == "ostra-asarnas-samfallighet-s-4-2");  // another name, the same letters
  const auto made = book.take_made();
  REQUIRE(made.size() == 3);
  CHECK(made[0].name == "Östra Åsarnas Samfällighet, s:4");
  CHECK(book.namesake_of(made[0]).empty());
  CHECK(book.namesake_of(made[1]) == "hfab");
  CHECK(book.take_made().empty());
  book.add_meaning("Kommunen=hfab");
  CHECK(book.find_or_make("17", "kommunen") == "hfab");
  CHECK(refusal([&] { book.add_meaning("Kommunen=nobody"); }).code() == ErrorCode::malformed);
  CHECK(refusal([&] { book.add_meaning("hfab"); }).code() == ErrorCode::malformed);
  CHECK(refusal([&] { book.find_or_make("", "***"); }).code() == ErrorCode::malformed);
  CHECK(refusal([&] { book.find_or_make("***", "Höörs Fastighets AB"); }).code() == ErrorCode::malformed);
  CHECK(refusal([&] { book.find_or_make("", "a\x01"); }).code() == ErrorCode::malformed);
  CHECK(owner_id_from(std::string(100, 'x')).size() == 64);
  for (const Owner& one : made) CHECK_NOTHROW(validate(one));
}

TEST_CASE("register import: a file that would end more than 20 and more than a tenth is the wrong one") {
  CHECK(ending_fault(20, 20, "properties").empty());
  CHECK(ending_fault(21, 210, "properties").empty());
  CHECK(ending_fault(21, 209, "properties").starts_with("21 of 209 properties in the register are not in this file"));
  CHECK(ending_fault(0, 0, "properties").empty());
}
