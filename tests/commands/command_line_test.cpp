#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "store/sql_store.h"
#include "support/town.h"
#include "support/workshop.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

void set_up(const Workshop& shop) {
  REQUIRE(shop.run({"migrate"}).exit_code == 0);
  REQUIRE(shop.run({"municipality", "add", "--code", "1267", "--name", "Höör"}).exit_code == 0);
}

std::string last_line(const std::string& text) {
  std::istringstream lines{text};
  std::string line, last;
  while (std::getline(lines, line)) last = line;
  return last;
}

}  // namespace

TEST_CASE("command line: every command explains itself") {
  const Workshop shop;
  const std::vector<std::vector<std::string>> commands{
      {}, {"serve"}, {"migrate"}, {"municipality"}, {"municipality", "add"}, {"municipality", "list"}, {"owner"},
      {"owner", "add"}, {"owner", "list"}, {"keys"}, {"keys", "create"}, {"keys", "list"}, {"keys", "revoke"}, {"user"}, {"user", "add"},
      {"user", "list"}, {"user", "deactivate"}, {"bounce"}, {"import"}, {"import", "reports"}, {"sweep"}, {"deadline"}, {"statistics"}, {"verify"},
      {"erase"}, {"backup"}, {"demo"}};
  for (auto command : commands) {
    CAPTURE(command);
    command.push_back("--help");
    const CommandResult help = shop.run(command);
    CHECK(help.exit_code == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Usage: klotterkoll") != std::string::npos);
  }
  CHECK(shop.run({"--help"}).out.find("klotterkoll municipality add --code 1267 --name Höör") != std::string::npos);
  CHECK(shop.run({"serve", "--help"}).out.find("KLOTTERKOLL_LISTEN") != std::string::npos);
  CHECK(shop.run({"--version"}).out.starts_with("klotterkoll "));
}

TEST_CASE("command line: what is written is for its owner alone, since it holds K-numbers and names") {
  const Workshop shop;
  set_up(shop);
  REQUIRE(shop.run({"backup", "saved.db"}).exit_code == 0);
  for (const char* file : {"klotterkoll.db", "saved.db"}) {
    CAPTURE(file);
    CHECK(std::filesystem::status(shop.path(file)).permissions() == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
}

TEST_CASE("command line: what cannot be done ends with 2 and a sentence") {
  const Workshop shop;
  set_up(shop);
  shop.write("report.csv", "reported_at;address\n2026-01-05;Storgatan 1\n");
  shop.write("empty.csv", "");
  struct Row {
    std::vector<std::string> arguments;
    const char* sentence;
  };
  const std::vector<Row> table{
      {{}, "A subcommand is required. See klotterkoll --help."},
      {{"mend"}, "\"mend\" is not understood"},
      {{"owner", "list", "--municpality", "1267"}, "\"--municpality\" is not understood. See klotterkoll owner list --help."},
      {{"deadline", "--received-at", "yesterday"}, "--received-at: \"yesterday\" cannot be read; write a time with its zone"},
      {{"deadline", "--received-at", "2026-01-01T00:00:00Z", "--mode", "weeks"}, "--mode: \"weeks\" cannot be read; write one of calendar_days"},
      {{"deadline", "--received-at", "2026-01-01T00:00:00Z", "--limit", "0"}, "limit"},
      {{"deadline", "--received-at", "2026-01-01T00:00:00Z", "--time-zone", "Europe/Hoor"}, "Europe/Hoor"},
      {{"verify", "--database", "sqlite:nowhere.db"}, "There is no database at nowhere.db"},
      {{"verify", "--database", "mysql:x"}, "The database \"mysql:...\" is of a kind that is not known"},
      {{"verify", "--database", "klotterkoll.db"}, "The database \"klotterkoll.db\" is of a kind that is not known"},
      {{"migrate", "--database", "sqlite:none/x.db"}, "(none/x.db: there is no folder "},
      {{"backup", "none/x.db"}, "(none/x.db: there is no folder "},
      {{"verify", "--database", "sqlite:empty.csv"}, "klotterkoll migrate"},
      {{"verify", "--database", "sqlite:report.csv"}, "klotterkoll: "},
      {{"municipality", "add", "--code", "Höör", "--name", "Höör"}, "A code is 1 to 32 of a-z"},
      {{"municipality", "add", "--code", "1267", "--name", "Höör"}, "There is a municipality with the code 1267 already."},
      {{"municipality", "add", "--code", "1", "--name", "X", "--calendar", "dk"}, "--calendar: \"dk\""},
      {{"municipality", "add", "--code", "1"}, "--name"},
      {{"owner", "add", "--municipality", "9999", "--id", "a", "--name", "A"}, "There is no municipality \"9999\"; there are 1267."},
      {{"owner", "add", "--municipality", "1267", "--id", "A B", "--name", "A"}, "An owner's id is"},
      {{"owner", "add", "--municipality", "1267", "--id", "a", "--name", "A", "--kind", "x"}, "--kind: \"x\""},
      {{"owner", "add", "--municipality", "1267", "--id", "a", "--name", "A", "--email", "x"}, "no mail address"},
      {{"keys", "create", "--municipality", "1267", "--role", "citizen", "--name", "x"}, "citizens need no key"},
      {{"keys", "create", "--municipality", "1267", "--role", "polis", "--name", "x"}, "write police, owner, municipality, channel or admin"},
      {{"keys", "create", "--municipality", "1267", "--role", "owner", "--name", "x"}, "say which owner"},
      {{"keys", "create", "--municipality", "1267", "--role", "owner", "--owner", "x", "--name", "x"}, "There is no owner \"x\""},
      {{"keys", "create", "--municipality", "1267", "--role", "police", "--owner", "x", "--name", "x"}, "only keys of role owner"},
      {{"keys", "create", "--role", "police", "--name", "x"}, "say where the key holds"},
      {{"keys", "create", "--municipality", "1267", "--role", "admin", "--name", "x"}, "whole installation"},
      {{"keys", "create", "--municipality", "1267", "--role", "police", "--name", ""}, "A key has a name"},
      {{"keys", "create", "--municipality", "1267", "--role", "police", "--name", "Polisen\x07"}, "Text is UTF-8"},
      {{"keys", "create", "--municipality", "1267", "--role", "police", "--name", "Sm\xE5land"}, "Text is UTF-8"},
      {{"owner", "add", "--municipality", "1267", "--id", "a", "--name", "Sm\xE5land"}, "Text is UTF-8"},
      {{"owner", "add", "--municipality", "1267", "--id", "a", "--name", "A", "--address-prefix", "H\xF6" "gatan"}, "Text is UTF-8"},
      {{"municipality", "add", "--code", "1", "--name", "H\xF6\xF6r"}, "Text is UTF-8"},
      {{"keys", "revoke", "77"}, "There is no key 77"},
      {{"keys", "revoke", "abc"}, "abc"},
      {{"sweep", "--as-of", "2026-01-01"}, "--as-of: \"2026-01-01\""},
      {{"statistics", "--municipality", "1267", "--from", "2026-01-01", "--to", "2026-01-01"}, "The period is empty"},
      {{"statistics", "--municipality", "1267", "--from", "2026-13-01", "--to", "2027-01-01"}, "--from: \"2026-13-01\""},
      {{"statistics", "--municipality", "1267", "--from", "2026-01-01", "--to", "2027-01-01", "--by", "day"}, "--by: \"day\""},
      {{"statistics", "--municipality", "1267", "--from", "2026-01-01", "--to", "2027-01-01", "--format", "xml"}, "xml"},
      {{"import", "reports", "missing.csv", "--municipality", "1267"}, "There is no file missing.csv."},
      {{"import", "reports", ".", "--municipality", "1267"}, "cannot be read"},
      {{"import", "reports", "empty.csv", "--municipality", "1267"}, "its first line must name the columns"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--map", "when=reported_at"}, "\"when\" is no field"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--map", "reported_at"}, "is not FIELD=COLUMN"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--map", "reported_at=Anmäld"}, "Anmäld"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--map", "address=address", "--map", "address=reported_at"}, "mapped twice"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--map", "lat=address"}, "lat and lon go together"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--value", "category:x=y"}, "\"y\" is no category"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--value", "owner:x=y"}, "there is no owner \"y\""},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--time-format", "%Q"}, "%Q"},
      {{"import", "reports", "report.csv", "--municipality", "1267", "--time-zone", "Mars"}, "Mars"},
      {{"serve", "--listen", "8080"}, "--listen: \"8080\""},
      {{"serve", "--sweep-every", "soon"}, "--sweep-every: \"soon\""},
      {{"serve", "--rate-limit", "many"}, "--rate-limit: \"many\""},
      {{"serve", "--public-url", "klotter.hoor.se"}, "--public-url: \"klotter.hoor.se\""},
      {{"serve", "--commit-batch", "0"}, "--commit-batch"},
      {{"serve", "--proxy-header", "X-Real-IP"}, "--proxy-header"},
      {{"serve", "--demo"}, "which is no demonstration; serve it without --demo"},
      {{"serve", "--demos"}, "\"--demos\" is not understood"},
      {{"verify", "--database", "sqlite:report.csv"}, "(file is not a database)"},
  };
  for (const Row& row : table) {
    CAPTURE(row.arguments);
    const CommandResult result = shop.run(row.arguments);
    CAPTURE(result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("klotterkoll: "));
    CHECK(std::ranges::count(result.err, '\n') == 1);
    CHECK(result.err.find(row.sentence) != std::string::npos);
  }
}

TEST_CASE("command line: flag, variable and TOML file mean the same, the first of them wins") {
  const Workshop shop;
  shop.write("settings.toml", "database = \"sqlite:file.db\"\n");
  CHECK(shop.run({"--config", "settings.toml", "migrate"}).exit_code == 0);
  CHECK(shop.exists("file.db"));
  CHECK(shop.run({"migrate", "--config", "settings.toml"}, {{"KLOTTERKOLL_DATABASE", "sqlite:variable.db"}}).exit_code == 0);
  CHECK(shop.exists("variable.db"));
  CHECK(shop.run({"migrate"}, {{"KLOTTERKOLL_CONFIG", "settings.toml"}}).out == "The schema is up to date.\n");
  CHECK(shop.run({"--database", "sqlite:before.db", "migrate"}, {{"KLOTTERKOLL_DATABASE", "sqlite:no.db"}}).exit_code == 0);
  CHECK(shop.exists("before.db"));
  CHECK(shop.run({"migrate", "--database", "sqlite:after.db", "--config", "settings.toml"}).exit_code == 0);
  CHECK(shop.exists("after.db"));
  CHECK_FALSE(shop.exists("no.db"));
  CHECK_FALSE(shop.exists("klotterkoll.db"));
  CHECK(shop.run({"--config", "missing.toml", "migrate"}).exit_code == 2);
  shop.write("typo.toml", "[serve]\nlisen = \"127.0.0.1:1\"\n");
  const CommandResult typo = shop.run({"--config", "typo.toml", "migrate"});
  CHECK(typo.exit_code == 2);
  CHECK(typo.err.find("there is no setting \"serve.lisen\"") != std::string::npos);
  shop.write("serve.toml", "[serve]\nlisten = \"nowhere\"\n");
  CHECK(shop.run({"--config", "serve.toml", "serve"}).err.find("--listen: \"nowhere\"") != std::string::npos);
  CHECK(shop.run({"--config", "serve.toml", "serve"}, {{"KLOTTERKOLL_LISTEN", "here"}}).err.find("--listen: \"here\"") != std::string::npos);
}

TEST_CASE("command line: a key is the last line, and is listed without its secret until it is revoked") {
  const Workshop shop;
  set_up(shop);
  CHECK(shop.run({"owner", "add", "--municipality", "1267", "--id", "hfab", "--name", "HFAB", "--address-prefix", "Storgatan",
                  "--address-prefix", "Nya torg", "--designation", "Kvarnbäck 1:23"}).out == "Added hfab (HFAB): 2 addresses, 1 property.\n");
  CHECK(shop.run({"owner", "add", "--municipality", "1267", "--id", "hfab", "--name", "HFAB"}).out.starts_with("Updated hfab"));
  const CommandResult created = shop.run({"keys", "create", "--municipality", "1267", "--role", "owner", "--owner", "hfab", "--name", "Drift"});
  CHECK(created.exit_code == 0);
  const std::string key = last_line(created.out);
  CHECK(key.starts_with("kk_"));
  CHECK(key.size() == 46);  // 32 bytes in base64url
  const auto list = nlohmann::json::parse(shop.run({"keys", "list", "--format", "json"}).out);
  REQUIRE(list.size() == 1);
  CHECK(list[0]["role"] == "owner");
  CHECK(list[0]["owner_id"] == "hfab");
  CHECK(list[0]["municipalities"] == nlohmann::json::array({"1267"}));
  CHECK(list[0]["revoked_at"].is_null());
  CHECK(list.dump().find(key.substr(3)) == std::string::npos);
  CHECK(shop.read("klotterkoll.db").find(key.substr(3)) == std::string::npos);
  CHECK(shop.run({"keys", "revoke", "1"}).out == "Key 1 is revoked.\n");
  CHECK(shop.run({"keys", "revoke", "1"}).out == "Key 1 was revoked already.\n");
  CHECK_FALSE(nlohmann::json::parse(shop.run({"keys", "list", "--municipality", "1267", "--format", "json"}).out)[0]["revoked_at"].is_null());
}

TEST_CASE("command line: what a report says is erased once, and the figures still recount") {
  const Workshop shop;
  set_up(shop);
  std::string report, reference;
  {
    const auto store = open_store({"sqlite:" + shop.path("klotterkoll.db"), 1, 1});
    store->write([&](Transaction& transaction) {
      ReportDraft draft = tag_at();
      draft.contact.email = "anna@example.se";
      const Taken taken = take_report(transaction, *transaction.municipalities().find_settings("1267"), draft, kCitizen, nov(16));
      report = store->references().encode(taken.report.id);
      reference = store->references().encode(taken.row.id);
    });
  }
  const std::vector<std::string> erase{"erase", "--municipality", "1267"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), erase.begin(), erase.end());
    return shop.run(more);
  };
  CHECK(with({}).exit_code == 2);
  CHECK(with({"--report", report, "--case", reference}).exit_code == 2);
  CHECK(with({"--report", "HR7K"}).err.find("is no reference") != std::string::npos);
  CHECK(with({"--report", reference}).exit_code == 2);  // a case's is no report's
  CHECK(with({"--report", report}).out == "Erased: 1.\n");
  CHECK(with({"--case", reference}).out == "There was nothing left to erase.\n");
  CHECK(with({"--report", report, "--format", "json"}).out.find("\"erased\": 0") != std::string::npos);
  CHECK(shop.run({"verify"}).exit_code == 0);
}

TEST_CASE("command line: deadline reckons without a database") {
  const Workshop shop;
  const auto deadline = nlohmann::json::parse(
      shop.run({"deadline", "--received-at", "2026-04-02T10:00:00+02:00", "--mode", "working_days", "--format", "json"}).out);
  // Thursday before Easter: Good Friday, the weekend and Easter Monday do not count.
  CHECK(deadline["due_at"] == "2026-04-09T21:59:59Z");
  CHECK(deadline["mode"] == "working_days");
  CHECK(deadline["limit"] == 3);
  REQUIRE(deadline["days"].size() == 8);
  CHECK(deadline["days"][1]["date"] == "2026-04-03");
  CHECK(deadline["days"][1]["weekday"] == "fri");
  CHECK(deadline["days"][1]["counted"] == false);
  CHECK(deadline["days"][1]["note"] == "långfredagen, räknas inte");
  CHECK(deadline["days"][1]["note_en"] == "Good Friday, not counted");
  CHECK(deadline["days"][7]["counted"] == true);
  CHECK(shop.run({"deadline", "--received-at", "2026-04-02T10:00:00+02:00", "--mode", "hours"}).out ==
        "Due at 2026-04-05T10:00:00+02:00 (72 hours).\n");
  CHECK_FALSE(shop.exists("klotterkoll.db"));
}

TEST_CASE("command line: users are added, changed, listed and deactivated, each wish named that cannot be met") {
  const Workshop shop;
  set_up(shop);
  const std::vector<std::string> add{"user", "add", "--municipality", "1267", "--role", "municipality", "--email", "anna.ek@hoor.se", "--name", "Anna Ek"};
  CHECK(shop.run(add).out == "Added Anna Ek <anna.ek@hoor.se>, municipality in 1267.\nTo sign in, open /logga-in of the service (where there are several "
                             "municipalities /1267/logga-in) and type the address; a mail with a link comes to it.\n");
  auto wishes = add;
  wishes.insert(wishes.end(), {"--digest-at", "08:00", "--digest-at", "13:00", "--quiet", "18:00-07:00", "--no-notices"});
  CHECK(shop.run(wishes).out == "Updated Anna Ek <anna.ek@hoor.se>, municipality in 1267.\n");
  CHECK(shop.run({"user", "list", "--municipality", "1267"}).out == "1  Anna Ek  anna.ek@hoor.se  municipality  no notices\n");
  const auto refused = [&](std::vector<std::string> options) {
    auto words = add;
    words.insert(words.end(), options.begin(), options.end());
    const CommandResult result = shop.run(words);
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK(refused({"--digest-at", "8"}).find("--digest-at: \"8\"") != std::string::npos);
  CHECK(refused({"--quiet", "evenings"}).find("--quiet: \"evenings\"") != std::string::npos);
  CHECK(refused({"--digest-at", "19:00", "--quiet", "18:00-07:00"}).find("quiet hours") != std::string::npos);
  CHECK(refused({"--owner", "nobody"}).find("nobody") != std::string::npos);
  CHECK(shop.run({"user", "deactivate", "ANNA.EK@hoor.se"}).exit_code == 0);
  CHECK(shop.run({"user", "list", "--municipality", "1267"}).out.find("  deactivated 20") != std::string::npos);
  CHECK(shop.run({"user", "deactivate", "bo@hoor.se"}).exit_code == 2);
}

TEST_CASE("command line: the demonstration holds every state, agrees with its events, and comes once") {
  const Workshop shop;
  REQUIRE(shop.run({"migrate"}).exit_code == 0);
  const CommandResult demo = shop.run({"demo", "--now", "2026-11-24T12:00:00+01:00"});
  REQUIRE(demo.exit_code == 0);
  for (const char* role : {"police: kk_", "owner: kk_", "municipality: kk_", "channel: kk_", "admin: kk_"})
    CHECK(demo.out.find(role) != std::string::npos);
  CHECK(shop.run({"verify"}).out.ends_with(": no differences.\n"));
  const auto figures = nlohmann::json::parse(shop.run({"statistics", "--municipality", "1267", "--from", "2026-10-01", "--to", "2026-12-31",
                                                       "--as-of", "2026-11-24T12:00:00+01:00", "--by", "owner", "--format", "json"}).out);
  for (const char* count : {"on_time", "late", "not_removed", "overdue", "open_in_time", "on_time_recorded_after_due"}) {
    CAPTURE(count);
    CHECK(figures[count].get<int>() > 0);
  }
  CHECK(figures["excluded"]["dismissed"]["not_graffiti"] == 1);
  CHECK(figures["excluded"]["after_due"] == 1);
  CHECK(figures["excluded"]["proactive"].get<int>() > 0);
  CHECK(figures["period"]["preliminary"] == true);
  const CommandResult again = shop.run({"demo"});
  CHECK(again.exit_code == 2);
  CHECK(again.err.find("already") != std::string::npos);
  CHECK(shop.run({"sweep", "--as-of", "2026-12-24T00:00:00Z"}).exit_code == 0);
  CHECK(shop.run({"sweep", "--as-of", "2026-12-24T00:00:00Z"}).out == "Looked at 0 cases: 0 due soon, 0 overdue, 0 pauses ended, 0 that nobody acts on.\n");
  CHECK(shop.run({"backup", "copy.db"}).exit_code == 0);
  CHECK(shop.run({"backup", "copy.db"}).exit_code == 2);
  CHECK(shop.run({"verify", "--database", "sqlite:copy.db"}).exit_code == 0);
  const Workshop other;
  set_up(other);
  CHECK(other.run({"demo"}).err.find("is no demonstration") != std::string::npos);
}
