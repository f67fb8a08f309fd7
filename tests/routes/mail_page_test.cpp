// The page that a mail to a reporter links to: to look changes nothing, each button says one thing.

#include <doctest/doctest.h>

#include "domain/user.h"
#include "support/test_service.h"
#include "workflow/reporter_addresses.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";

struct Reader : TestService {
  RandomIdSource ids;
  std::string token = write(*store, [&](Transaction& transaction) {
    transaction.users().save_address(1, {.address_digest = "asa", .first_mail_at = clock.now()});
    return make_address_token(transaction, 1, "asa", ids, clock.now());
  });
  std::string page = "/post/1267/" + token;

  ReporterAddress address() {
    return read(*store, [&](Transaction& transaction) { return transaction.users().find_address(1, "asa").value(); });
  }
  Answer press(const std::string& button) { return send("POST", page + button, "", "", {}, kForm); }
};

bool has(const Answer& answer, const std::string& text) { return answer.body.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("mail page: looking changes nothing, yes and no are said by buttons and may be said again") {
  Reader reader;
  const Answer asked = reader.get(reader.page);
  CHECK(asked.status == 200);
  CHECK(has(asked, "Vill du veta hur det går?"));
  CHECK(has(asked, "i Höör"));
  CHECK(has(asked, reader.page + "/ja"));
  CHECK(has(asked, reader.page + "/nej"));
  CHECK(asked.header("referrer-policy") == "no-referrer");
  CHECK_FALSE(reader.address().confirmed_at);

  CHECK(reader.press("/ja").status == 303);
  CHECK(reader.press("/ja").status == 303);
  CHECK(reader.address().wants_mail());
  const Answer wanted = reader.get(reader.page);
  CHECK(has(wanted, "Du får mejl om dina anmälningar"));
  CHECK_FALSE(has(wanted, reader.page + "/ja\""));

  CHECK(reader.press("/nej").header("location") == reader.page);
  CHECK(reader.address().stopped_at);
  const Answer stopped = reader.get(reader.page + "?lang=en");
  CHECK(has(stopped, "You get no more mail"));
  CHECK(has(stopped, "/ja?lang=en"));
  CHECK(reader.press("/ja").status == 303);
  CHECK(reader.address().wants_mail());
}

TEST_CASE("mail page: a link that is not whole, another municipality's and a form from elsewhere change nothing") {
  Reader reader;
  for (const std::string& path : {"/post/1267/" + reader.token.substr(1), "/post/1266/" + reader.token, "/post/9999/" + reader.token}) {
    const Answer answer = reader.get(path);
    CHECK(answer.status == 404);
    CHECK(has(answer, "<html"));
  }
  CHECK(reader.send("POST", reader.page + "/ja", "", "", {{"Sec-Fetch-Site", "cross-site"}}, kForm).status == 403);
  CHECK_FALSE(reader.address().confirmed_at);
}
