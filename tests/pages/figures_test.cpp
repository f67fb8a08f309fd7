#include <doctest/doctest.h>

#include "support/browser.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::days;
using std::chrono::hours;

namespace {

const std::string kNovember = "from=2026-11-01&to=2026-12-01";

/// Höör on the 16th of November, with an officer at the pages.
struct Office {
  TestService service;
  Visitor visitor{service};

  User user = visitor.sign_in(Role::municipality);

  std::vector<std::string> open(int count, const std::string& address = "Storgatan 12") {
    std::vector<std::string> references;
    for (int i = 0; i < count; ++i) references.push_back(service.open_case_at(address + std::string(1, static_cast<char>('A' + i))));
    return references;
  }
  void remove(const std::string& reference, const std::string& key = "") {
    const auto answer = service.put(kHoor + "/cases/" + reference + "/removal", key.empty() ? service.officer : key,
                                    {{"removed_at", format_instant(service.clock.now())}, {"method", "washed"}, {"cost_sek", 1500}});
    REQUIRE(answer.status == 200);
  }
  WebPage figures(const std::string& more = "") {
    visitor.sign_in(user);  // an officer's session ends while days pass
    return visitor.get("/kommun/resultat?" + kNovember + more);
  }
  WebPage list(const std::string& outcome, const std::string& more = "") {
    visitor.sign_in(user);
    return visitor.get("/kommun/resultat/arenden?" + kNovember + "&outcome=" + outcome + more);
  }
};

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("figures page: each number opens the list of exactly its cases, with why each is counted so") {
  Office office;
  const auto cases = office.open(7);
  office.service.clock.pass(hours{30});
  for (int i = 0; i < 4; ++i) office.remove(cases[static_cast<std::size_t>(i)]);
  office.service.clock.pass(days{4});
  office.remove(cases[4]);
  const auto page = office.figures();
  CHECK(page.status == 200);
  CHECK(page.holds("57,1 %"));  // 4 of 7
  CHECK(page.holds("outcome=on_time\">4</a>"));
  CHECK(page.holds("outcome=late\">1</a>"));
  CHECK(page.holds("outcome=overdue\">2</a>"));
  CHECK(page.holds("outcome=population\">7</a>"));
  CHECK_FALSE(page.holds("outcome=merged\">"));  // 0 opens nothing

  const auto on_time = office.list("on_time");
  CHECK(on_time.holds("<h1>I tid: 4 ärenden</h1>"));
  for (int i = 0; i < 7; ++i) CHECK(on_time.holds(cases[static_cast<std::size_t>(i)]) == (i < 4));
  CHECK(times(on_time.body, "class=\"why\"") == 4);
  CHECK(on_time.text().find("Skulle vara borta senast torsdag 19 november 2026 kl. 23.59 (3 dagar, regel version 1). I tid: borta ") != std::string::npos);
  const auto late = office.list("late");
  CHECK(late.holds("<h1>Sena: 1 ärende</h1>"));
  CHECK(late.holds(cases[4]));
  CHECK(late.text().find("efter den utlovade tiden") != std::string::npos);
  const auto overdue = office.list("overdue");
  CHECK(overdue.holds("Försenade: 2 ärenden"));
  CHECK(overdue.text().find("Inte borttaget än. Tiden gick ut för") != std::string::npos);
  CHECK(office.list("population").holds("Räknade ärenden: 7 ärenden"));
  CHECK(office.list("merged").holds("Hopslagna: 0 ärenden"));
}

TEST_CASE("figures page: by owner each cell has its list, and an owner's name that is markup stays text") {
  Office office;
  office.service.store->write([&](Transaction& transaction) {
    const auto settings = transaction.municipalities().find_settings("1267");
    auto owner = transaction.owners().find(settings->municipality.id, "eon").value();
    owner.name = "<script>alert(1)</script>";
    transaction.owners().save(*settings, owner);
  });
  const auto cases = office.open(2);
  const auto other = office.service.open_case_at("Industrigatan 4");
  office.service.clock.pass(days{5});
  const auto page = office.figures("&by=owner");
  CHECK_FALSE(page.holds("<script>alert"));
  CHECK(page.holds("&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK(page.holds("outcome=overdue&amp;by=owner&amp;value=hfab\">2</a>"));
  const auto list = office.list("overdue", "&by=owner&value=hfab");
  CHECK(list.holds("Försenade: 2 ärenden"));
  CHECK(list.holds(cases[0]));
  CHECK_FALSE(list.holds(other));
  CHECK_FALSE(office.list("overdue", "&by=owner&value=eon").holds("<script>alert"));
  CHECK(office.list("overdue", "&by=owner&value=%3Cscript%3Ealert(1)%3C/script%3E").holds("0 ärenden"));
  CHECK_FALSE(office.list("overdue", "&by=owner&value=%3Cscript%3Ealert(1)%3C/script%3E").holds("<script>alert"));
}

TEST_CASE("figures page: a long list has pages, and says how many there are on each") {
  Office office;
  for (int i = 0; i < 30; ++i) office.service.open_case_at("Storgatan " + std::to_string(100 + i));
  office.service.clock.pass(days{5});
  const auto first = office.list("overdue"), second = office.list("overdue", "&sida=2");
  CHECK(first.holds("Försenade: 30 ärenden"));
  CHECK(second.holds("Försenade: 30 ärenden"));
  CHECK(times(first.body, "class=\"why\"") == 25);
  CHECK(times(second.body, "class=\"why\"") == 5);
  CHECK(first.holds("sida=2"));
  CHECK(office.list("overdue", "&sida=99999999999").status == 200);
}

TEST_CASE("figures page: fewer than five cases have no rate, and a period that is not over is said to be preliminary") {
  Office office;
  const auto cases = office.open(4);
  for (const auto& reference : cases) office.remove(reference);
  const auto four = office.figures();
  CHECK(four.holds("outcome=population\">4</a>"));
  CHECK_FALSE(four.holds("100,0 %"));
  CHECK(four.holds("Färre än fem ärenden"));
  CHECK(four.holds("Siffrorna är preliminära"));
  CHECK(office.list("on_time").holds("Siffrorna är preliminära"));
  office.remove(office.open(1, "Storgatan 99").front());
  CHECK(office.figures().holds("100,0 %"));
  office.service.clock.pass(days{20});
  CHECK_FALSE(office.figures().holds("Siffrorna är preliminära"));
}

TEST_CASE("figures page: days that are none are told at the field, and the address of no list is no page") {
  Office office;
  const auto page = office.visitor.get("/kommun/resultat?from=2026-13-01&last=x");
  CHECK(page.status == 422);
  CHECK(page.holds("id=\"from_error\""));
  CHECK(office.visitor.get("/kommun/resultat?from=2026-12-01&last=2026-11-01").holds("Den första dagen måste vara före"));
  CHECK(office.visitor.get("/kommun/resultat?from=2026-11-01&last=2026-11-30").holds("30 november 2026"));
  CHECK(office.list("nothing").status == 404);
  CHECK(office.list("late", "&by=all&value=").status == 404);
  CHECK(office.list("late", "&by=category&value=x").status == 404);
  CHECK(office.visitor.get("/kommun/resultat/arenden?outcome=late&from=x&to=y").status == 404);
}

TEST_CASE("figures page: times, costs and repeat spots are shown, and a cost opens its cases") {
  Office office;
  const auto cases = office.open(2);
  office.service.clock.pass(hours{5});
  for (const auto& reference : cases) office.remove(reference);
  office.visitor.sign_in(office.user);
  CHECK(office.visitor.get("/kommun/resultat/tider?" + kNovember).holds("data-value=\"5\""));
  const auto costs = office.visitor.get("/kommun/resultat/kostnader?" + kNovember);
  CHECK(costs.holds("3\u00a0000 kr"));
  CHECK(costs.holds("method=washed\">2</a>"));
  const auto list = office.list("costed", "&by=owner&value=hfab&method=washed");
  CHECK(list.holds("Ärenden med kostnad: 2 ärenden"));
  CHECK(list.holds(cases[1]));
  CHECK(office.list("costed", "&method=nothing").status == 404);
  CHECK(office.visitor.get("/kommun/resultat/platser?" + kNovember).status == 200);
}

TEST_CASE("figures page: the spreadsheet has the same numbers") {
  Office office;
  office.open(3);
  office.service.clock.pass(days{5});
  office.visitor.sign_in(office.user);
  const auto csv = office.visitor.get("/kommun/resultat.csv?" + kNovember + "&by=owner");
  CHECK(csv.header("content-type") == "text/csv; charset=utf-8");
  CHECK(csv.header("cache-control") == "no-store");
  CHECK(csv.holds("Höörs Fastighets AB;2026-11-01;2026-11-30;;3;0;0;0;3;"));
}

TEST_CASE("figures page: it is the municipality's officers' alone, each in their own municipality") {
  Office office;
  const std::string late = "/kommun/resultat/arenden?" + kNovember + "&outcome=late";
  for (const std::string& path : {std::string{"/kommun/resultat"}, late, std::string{"/kommun/resultat.csv"}, std::string{"/kommun/resultat/tider"},
                                  std::string{"/kommun/resultat/kostnader"}, std::string{"/kommun/resultat/platser"}}) {
    CAPTURE(path);
    Visitor nobody{office.service}, police{office.service}, owner{office.service}, neighbour{office.service};
    police.sign_in(Role::police);
    owner.sign_in(Role::owner);
    neighbour.sign_in(add_user(office.service, Role::municipality, {"1266"}));
    CHECK(office.visitor.get(path).status == 200);
    CHECK(nobody.get(path).status == 303);
    CHECK(police.get(path).status == 403);
    CHECK(owner.get(path).status == 403);
    CHECK(neighbour.get(path).status == 303);
    CHECK(office.visitor.get(path).header("cache-control") == "no-store");
  }
}

TEST_CASE("figures page: English says the same") {
  Office office;
  const auto page = office.figures("&lang=en");
  CHECK(page.holds("<html lang=\"en\""));
  CHECK(page.holds("How the promise is kept"));
  CHECK(office.list("overdue", "&lang=en").holds("Overdue: 0 cases"));
}
