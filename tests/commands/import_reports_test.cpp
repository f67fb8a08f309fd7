#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "store/sqlite_connection.h"
#include "support/workshop.h"

using klotterkoll::SqliteConnection;
using klotterkoll::test::CommandResult;
using klotterkoll::test::Workshop;
using nlohmann::json;

namespace {

/// A database with Höör in it, three calendar days.
struct Hoor : Workshop {
  Hoor() {
    REQUIRE(run({"migrate"}).exit_code == 0);
    REQUIRE(run({"municipality", "add", "--code", "1267", "--name", "Höör"}).exit_code == 0);
    REQUIRE(run({"owner", "add", "--municipality", "1267", "--id", "hfab", "--name", "Höörs Fastighets AB", "--address-prefix",
                 "Storgatan"}).exit_code == 0);
  }
  CommandResult import(const std::string& file, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"import", "reports", file, "--municipality", "1267", "--format", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  json imported(const std::string& file, std::vector<std::string> more = {}) const {
    const CommandResult result = import(file, std::move(more));
    CAPTURE(result.err);
    REQUIRE(result.exit_code != 2);
    return json::parse(result.out);
  }
  json statistics(const std::string& by = "none") const {
    return json::parse(run({"statistics", "--municipality", "1267", "--from", "2010-01-01", "--to", "2027-01-01", "--by", by,
                            "--format", "json"}).out);
  }
  json group(const std::string& by, const std::string& key) const {
    const json figures = statistics(by);
    for (const json& one : figures["groups"])
      if (one["key"] == key) return one;
    return nullptr;
  }
  std::int64_t rows_in(const std::string& table) const {
    SqliteConnection connection{path("klotterkoll.db"), SqliteConnection::Use::reader};
    return connection.find("SELECT COUNT(*) FROM " + table, [](const klotterkoll::Row& row) { return row.integer(0); }).value();
  }
  void check_agrees() const { CHECK(run({"verify"}).out.ends_with(": no differences.\n")); }
};

std::string utf16(const std::u16string& text) {
  std::string bytes = "\xFF\xFE";
  for (const char16_t unit : text) bytes += {static_cast<char>(unit & 0xFF), static_cast<char>(unit >> 8)};
  return bytes;
}

}  // namespace

TEST_CASE("import reports: a row is judged as the file says, however old, and nobody is warned of it") {
  const Hoor hoor;
  hoor.write("a.csv",
             "external_id;reported_at;removed_at;recorded_at;address;category;source;dismissed;proactive\n"
             "1;2012-05-07 10:00;2012-05-10 23:59:59;;Storgatan 1;tagg;polis;;\n"       // on the last second: on time
             "2;2012-05-07 10:00;2012-05-11;;Storgatan 2;Klotter;Allmänheten;;\n"       // a day late
             "3;2012-05-07 10:00;2012-05-09;2012-05-30;Skolgatan 3;hat;medborgare;;\n"  // entered three weeks later: late
             "4;2012-05-07 10:00;;;Storgatan 4;;;;\n"                                    // open: overdue
             "5;2012-05-07 10:00;2012-05-08;;Storgatan 5;;;inte klotter;\n"             // dismissed
             "6;2012-05-07 10:00;2012-05-08;;Storgatan 6;;ägare;;ja\n");                // the owner's own find
  const json result = hoor.imported("a.csv");
  CHECK(result["added"] == 6);
  CHECK(result["rejected"] == 0);
  CHECK(result["unknown_words"] == json::array({{{"field", "category"}, {"word", "Klotter"}, {"rows", 1}}}));
  const json figures = hoor.statistics();
  CHECK(figures["on_time"] == 1);
  CHECK(figures["late"] == 2);
  CHECK(figures["overdue"] == 1);
  CHECK(figures["excluded"]["dismissed"]["not_graffiti"] == 1);
  CHECK(figures["excluded"]["proactive"] == 1);
  CHECK(hoor.group("owner", "hfab")["late"] == 1);  // the owner by address answers for old cases too
  CHECK(hoor.group("owner", "none")["late"] == 1);
  CHECK(hoor.group("category", "hate")["late"] == 1);
  CHECK(hoor.group("source", "police")["on_time"] == 1);
  CHECK(hoor.run({"sweep"}).out == "Looked at 0 cases: 0 due soon, 0 overdue, 0 pauses ended, 0 that nobody acts on.\n");
  hoor.check_agrees();
}

TEST_CASE("import reports: again adds nothing, but the removal that was lacking") {
  const Hoor hoor;
  const std::string heading = "external_id;reported_at;removed_at;address\n";
  hoor.write("a.csv", heading + "1;2026-01-05 10:00;;Storgatan 1\n2;2026-01-05 11:00;2026-01-06 09:00;Storgatan 2\n");
  CHECK(hoor.imported("a.csv")["added"] == 2);
  json again = hoor.imported("a.csv");
  CHECK(again["added"] == 0);
  CHECK(again["completed"] == 0);
  CHECK(again["known"] == 2);
  hoor.write("b.csv", heading + "1;2026-01-05 10:00;2026-01-07 08:00;Storgatan 1\n2;2026-01-05 11:00;2026-01-06 09:00;Storgatan 2\n");
  again = hoor.imported("b.csv");
  CHECK(again["completed"] == 1);
  CHECK(again["known"] == 1);
  CHECK(hoor.imported("b.csv")["known"] == 2);
  CHECK(hoor.statistics()["on_time"] == 2);
  hoor.check_agrees();
}

TEST_CASE("import reports: rows without an id are known by what they tell, not by what became of them") {
  const Hoor hoor;
  hoor.write("a.csv", "reported_at;address;description;removed_at\n2026-01-05 10:00;Storgatan 1;svart tagg;\n"
                      "2026-01-05 10:00;Storgatan 1;röd tagg;\n2026-01-05 10:00;STORGATAN 1;Svart tagg;\n");
  json result = hoor.imported("a.csv");
  CHECK(result["added"] == 2);
  CHECK(result["known"] == 1);  // the third row says the same as the first
  hoor.write("b.csv", "removed_at,description,reported_at,address\n2026-01-06 10:00,röd tagg,2026-01-05 10:00,Storgatan 1\n");
  result = hoor.imported("b.csv");
  CHECK(result["completed"] == 1);
  CHECK(result["added"] == 0);
}

TEST_CASE("import reports: what cannot be taken goes to a file with line and reason, the rest is taken") {
  const Hoor hoor;
  const std::string text =
      "external_id;reported_at;removed_at;lat;lon;address;owner;police_reference\n"
      "1;2026-01-05 10:00;;;;Storgatan 1;;\n"
      "2;;;;;Storgatan 2;;\n"
      "3;2026-01-05;2025-11-01;;;Storgatan 3;;\n"
      "4;05/01/2026;;;;Storgatan 4;;\n"
      "5;2026-01-05;;13,54;55,93;;;\n"
      "6;2026-01-05;;;;;;\n"
      "7;2026-01-05;;;;Storgatan 7;Nobody AB;\n"
      "8;2026-01-05;;;;=Storgatan 8;;12345\n"
      "9;2026-01-05;2099-01-01;;;Storgatan 9;;\n"
      "10;2026-01-05;;x;1;Storgatan 10;;\n"
      "11;2026-01-05;;55,9362;13,5405;;höörs fastighets ab;5000 k123456 26\n";
  hoor.write("a.csv", text);
  const CommandResult result = hoor.import("a.csv");
  CHECK(result.exit_code == 1);
  const json counts = json::parse(result.out);
  CHECK(counts["added"] == 2);
  CHECK(counts["rejected"] == 9);
  CHECK(counts["rejected_file"] == "a.csv.rejected.csv");
  const std::string rejected = hoor.read("a.csv.rejected.csv");
  CHECK(rejected.starts_with("\xEF\xBB\xBFline;reason;external_id;reported_at;"));
  for (const char* part : {"\r\n3;reported_at is missing", "\r\n4;removed_at 2025-11-01", "more than 30 days before", "\r\n5;\"reported_at: ",
                           "\r\n6;\"lat and lon are swapped", "\r\n7;\"A place is needed", "\r\n8;\"There is no owner \"\"Nobody AB\"\"",
                           "\r\n9;", ";'=Storgatan 8;", "\r\n10;removed_at 2099-01-01T22:59:59Z lies in the future.", "\r\n11;\"lat "}) {
    CAPTURE(rejected);
    CHECK_MESSAGE(rejected.find(part) != std::string::npos, part);
  }
  CHECK(hoor.import("a.csv", {"--rejected", "other.csv"}).exit_code == 1);
  CHECK(hoor.exists("other.csv"));
  CHECK(hoor.import("a.csv", {"--rejected", "no/such/folder.csv"}).exit_code == 2);
  hoor.check_agrees();
}

TEST_CASE("import reports: a dry run tells the same and writes nothing") {
  const Hoor hoor;
  hoor.write("a.csv", "external_id;reported_at;address\n1;2026-01-05;Storgatan 1\n2;;Storgatan 2\n");
  const CommandResult dry = hoor.import("a.csv", {"--dry-run"});
  CHECK(dry.exit_code == 1);
  CHECK(dry.err.starts_with("Line 3: reported_at is missing"));
  CHECK(json::parse(dry.out)["added"] == 1);
  CHECK_FALSE(hoor.exists("a.csv.rejected.csv"));
  CHECK(hoor.statistics()["overdue"] == 0);
  CHECK(hoor.imported("a.csv")["added"] == 1);
  CHECK(json::parse(hoor.import("a.csv", {"--dry-run"}).out)["known"] == 1);
}

TEST_CASE("import reports: a dry run counts rows that tell of the same report as the import does") {
  const Hoor hoor;
  hoor.write("before.csv", "external_id;reported_at;removed_at;address\n0;2026-01-05;;Storgatan 9\n");
  CHECK(hoor.imported("before.csv")["added"] == 1);
  hoor.write("a.csv",
             "external_id;reported_at;removed_at;address\n"
             "1;2026-01-05;;Storgatan 1\n"            // added
             "1;2026-01-05;;Storgatan 1\n"            // known
             "1;2026-01-05;2026-01-06;Storgatan 1\n"  // completed
             "1;2026-01-05;2026-01-07;Storgatan 1\n"  // known: it is closed
             "2;2026-01-05;2026-01-06;Storgatan 2\n"  // added with its end
             "2;2026-01-05;2026-01-06;Storgatan 2\n"  // known
             ";2026-01-05;;Storgatan 3\n"             // added
             ";2026-01-05;2026-01-06;Storgatan 3\n"   // the same, told without an id: completed
             "0;2026-01-05;2026-01-06;Storgatan 9\n"  // completed
             "0;2026-01-05;2026-01-07;Storgatan 9\n");  // known
  json foreseen = json::parse(hoor.import("a.csv", {"--dry-run"}).out), done = hoor.imported("a.csv");
  CHECK(foreseen["added"] == 3);
  CHECK(foreseen["completed"] == 3);
  CHECK(foreseen["known"] == 4);
  for (const char* count : {"added", "completed", "known", "rejected"}) CHECK(foreseen[count] == done[count]);
  CHECK(json::parse(hoor.import("a.csv", {"--dry-run"}).out)["known"] == 10);
}

TEST_CASE("import reports: files as Swedish offices make them") {
  const Hoor hoor;
  hoor.write("windows.csv", "Anm\xE4ld;Adress;Lat;Lon;Kategori\r\n2026-01-05 kl. 21.10;H\xF6" "gatan 1;55,9362;13,5405;m\xE5lning\r\n");
  const std::vector<std::string> maps{"--map", "reported_at=Anmäld", "--map", "address=Adress", "--map", "lat=Lat",
                                      "--map", "lon=Lon", "--map", "category=Kategori"};
  CHECK(hoor.imported("windows.csv", maps)["added"] == 1);
  hoor.write("utf16.txt", utf16(u"Anmäld\tAdress\tLat\tLon\tKategori\r\n2026-01-05 21:10\tHögatan 1\t55.9362\t13.5405\tmålning\r\n"));
  CHECK(hoor.imported("utf16.txt", maps)["known"] == 1);  // the same row in another dress
  hoor.write("utf8.csv", "\xEF\xBB\xBF" "ANMÄLD,Adress,Lat,Lon,Kategori\n2026-01-05T20:10:00Z,\"Högatan 1\",\"55,9362\",\"13,5405\",Målning\n");
  CHECK(hoor.imported("utf8.csv", maps)["known"] == 1);
  CHECK(hoor.group("category", "piece")["overdue"] == 1);
}

TEST_CASE("import reports: columns that tell nothing are named, and how a row is known again without an id") {
  const Hoor hoor;
  hoor.write("a.csv", "Anmäld;Plats;Sanerad;Ärendenr;\n2012-05-07 10:00;Storgatan 1;2012-05-08;17;\n");
  const std::vector<std::string> mapped{"--map", "reported_at=Anmäld", "--map", "address=Plats", "--dry-run"};
  CHECK(hoor.imported("a.csv", mapped)["unused_columns"] == json::array({"Sanerad", "Ärendenr"}));
  std::vector<std::string> arguments{"import", "reports", "a.csv", "--municipality", "1267"};
  arguments.insert(arguments.end(), mapped.begin(), mapped.end());
  const std::string told = hoor.run(arguments).out;
  CHECK(told.find("Columns that are not used: Sanerad, Ärendenr;") != std::string::npos);
  CHECK(told.find("No column tells external_id") != std::string::npos);
  for (const char* more : {"removed_at=Sanerad", "external_id=Ärendenr"}) arguments.insert(arguments.end(), {"--map", more});
  const std::string complete = hoor.run(arguments).out;
  CHECK(complete.find("Columns that are not used") == std::string::npos);
  CHECK(complete.find("external_id") == std::string::npos);
}

TEST_CASE("import reports: local times, in the spring gap too, formats, zones and words of the file's own") {
  const Hoor hoor;
  // 02:30 does not exist on 29 March 2026; it is read as 03:30, which is 01:30 UTC, and the same row again.
  hoor.write("gap.csv", "reported_at;address\n2026-03-29 02:30;Storgatan 1\n2026-03-29 03:30;Storgatan 1\n2026-03-29T01:30:00Z;Storgatan 1\n");
  CHECK(hoor.imported("gap.csv")["known"] == 2);
  hoor.write("us.csv", "When,Where,Who,Kind\n03/29/2026 08:30:00 PM,Storgatan 2,Employee Generated,Graffiti\n");
  const json us = hoor.imported("us.csv", {"--map", "reported_at=When", "--map", "address=Where", "--map", "source=Who",
                                          "--map", "category=Kind", "--time-format", "%m/%d/%Y %I:%M:%S %p", "--time-zone",
                                          "America/New_York", "--value", "source:employee generated=municipality",
                                          "--value", "category:Graffiti=tag"});
  CHECK(us["unknown_words"].empty());
  CHECK(hoor.group("source", "municipality")["overdue"] == 1);
  CHECK(hoor.group("category", "tag")["overdue"] == 1);
  // 20:30 in New York is 02:30 on the 30th in Stockholm, so the case is due on 2 April.
  CHECK(hoor.group("week", "2026-W14")["overdue"] == 2);
}

TEST_CASE("import reports: warnings still to come will come for what is open") {
  const Hoor hoor;
  hoor.write("open.csv", "external_id;reported_at;address\n1;2026-01-05;Storgatan 1\n2;" +
                             std::to_string(2000) + "-01-01;Storgatan 2\n");
  CHECK(hoor.imported("open.csv")["added"] == 2);
  CHECK(hoor.run({"sweep", "--as-of", "2099-01-01T00:00:00Z"}).out.starts_with("Looked at 0 cases"));
  const CommandResult today = hoor.run_program({"date", "-u", "+%Y-%m-%dT%H:%M:%SZ"});
  hoor.write("new.csv", "external_id;reported_at;address\n3;" + today.out.substr(0, 20) + ";Storgatan 3\n");
  CHECK(hoor.imported("new.csv")["added"] == 1);
  CHECK(hoor.run({"sweep", "--as-of", "2099-01-01T00:00:00Z"}).out.find("1 overdue") != std::string::npos);
}

TEST_CASE("import reports: killed in the middle and run again is the same as once") {
  const Hoor hoor, once;
  std::string text = "external_id;reported_at;removed_at;address\n";
  for (int i = 0; i < 12'000; ++i) {
    const std::string day = (i % 28 < 9 ? "0" : "") + std::to_string(i % 28 + 1);
    text += std::to_string(i) + ";2025-03-" + day + " 10:00;2025-04-0" + std::to_string(i % 5 + 1) + ";Storgatan " + std::to_string(i % 90) + "\n";
  }
  hoor.write("a.csv", text);
  once.write("a.csv", text);
  {
    // A row that takes for ever: the import cannot end before it is killed, however fast the machine.
    SqliteConnection connection{hoor.path("klotterkoll.db"), SqliteConnection::Use::writer};
    connection.execute("CREATE TRIGGER endless BEFORE INSERT ON reports WHEN NEW.external_id = '6000' BEGIN "
                       "SELECT COUNT(*) FROM cases a, cases b, cases c, cases d, cases e; END");
  }
  const pid_t process = hoor.start({"import", "reports", "a.csv", "--municipality", "1267"});
  // When all rows before that one are there it dies without a word.
  for (int i = 0; i < 30'000 && hoor.rows_in("reports") < 6'000; ++i) usleep(10'000);
  CHECK(hoor.rows_in("reports") == 6'000);
  kill(process, SIGKILL);
  CHECK(hoor.wait(process).exit_code == 128 + SIGKILL);
  SqliteConnection{hoor.path("klotterkoll.db"), SqliteConnection::Use::writer}.execute("DROP TRIGGER endless");
  hoor.check_agrees();
  const json second = hoor.imported("a.csv");
  CHECK(second["known"] == 6'000);
  CHECK(second["added"] == 6'000);
  CHECK(once.imported("a.csv")["added"] == 12'000);
  json after_kill = hoor.statistics("month"), straight = once.statistics("month");
  after_kill.erase("as_of"), straight.erase("as_of");
  CHECK(after_kill == straight);
  hoor.check_agrees();
}
