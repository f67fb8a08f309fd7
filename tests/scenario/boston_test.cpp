#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/workshop.h"

using klotterkoll::test::Workshop;
using nlohmann::json;

// A year of a real city's graffiti reports, judged by three calendar days, must come out as a few lines of
// another language count it. The file is not part of this project; KLOTTERKOLL_BOSTON_CSV says where it is.
TEST_CASE("scenario: a year of Boston's graffiti is counted as a plain recount counts it") {
  const char* named = std::getenv("KLOTTERKOLL_BOSTON_CSV");
  const std::filesystem::path file =
      named ? named : KLOTTERKOLL_SOURCE_DIR "/../shared/data/boston-graffiti-2015.csv";
  if (!std::filesystem::exists(file)) {
    MESSAGE("skipped: there is no boston-graffiti-2015.csv; name it in KLOTTERKOLL_BOSTON_CSV");
    return;
  }
  const Workshop shop;
  REQUIRE(shop.run({"migrate"}).exit_code == 0);
  REQUIRE(shop.run({"municipality", "add", "--code", "boston", "--name", "Boston", "--time-zone",
                    "America/New_York", "--calendar", "none", "--limit", "3"})
              .exit_code == 0);
  const std::vector<std::string> import{"import",
                                        "reports",
                                        std::filesystem::absolute(file),
                                        "--municipality",
                                        "boston",
                                        "--rejected",
                                        "rejected.csv",
                                        "--time-format",
                                        "%m/%d/%Y %I:%M:%S %p",
                                        "--map",
                                        "external_id=CASE_ENQUIRY_ID",
                                        "--map",
                                        "reported_at=OPEN_DT",
                                        "--map",
                                        "removed_at=CLOSED_DT",
                                        "--map",
                                        "lat=LATITUDE",
                                        "--map",
                                        "lon=LONGITUDE",
                                        "--map",
                                        "address=Location",
                                        "--map",
                                        "source=Source",
                                        "--value",
                                        "source:Employee Generated=municipality",
                                        "--format",
                                        "json"};
  const json imported = json::parse(shop.run(import).out);
  const auto recounted =
      shop.run_program({"python3", KLOTTERKOLL_SOURCE_DIR "/tests/scenario/boston_recount.py",
                        std::filesystem::absolute(file)});
  REQUIRE_MESSAGE(recounted.exit_code == 0, recounted.err);
  const json recount = json::parse(recounted.out);
  CHECK(imported["added"] == recount["taken"]);
  CHECK(imported["rejected"] == recount["rejected"]);

  const json figures = json::parse(shop.run({"statistics", "--municipality", "boston", "--from", "2015-01-01",
                                             "--to", "2016-02-01", "--by", "month", "--format", "json"})
                                       .out);
  json months = json::object();
  for (const json& month : figures["groups"])
    months[month["key"].get<std::string>()] = {
        {"on_time", month["on_time"]}, {"late", month["late"]}, {"overdue", month["overdue"]}};
  CHECK(months == recount["months"]);
  CHECK(shop.run({"verify"}).exit_code == 0);
  const json again = json::parse(shop.run(import).out);
  CHECK(again["added"] == 0);
  CHECK(again["known"] == recount["taken"]);
}
