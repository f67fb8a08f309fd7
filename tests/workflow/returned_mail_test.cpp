#include "workflow/returned_mail.h"

#include <doctest/doctest.h>

#include "support/dispatch.h"
#include "workflow/verification.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("returned mail: one that came back has told nobody, is shown to the kommun, and its cases to the officers") {
  Dispatch hoor;
  const CaseId open = hoor.report().row.id, gone = hoor.report(tag_at("Storgatan 2")).row.id;
  const std::vector<std::string> to{"elsewhere@example.se", "Drift@HFAB.se"};
  const auto come_back = [&](const std::string& named) { return take_returned_mail(*hoor.store, named, to, "It came back: 5.1.1", hoor.clock.now()); };
  const std::string message_id = "<" + hoor.put_off().at("drift@hfab.se").message_id + ">";
  CHECK_FALSE(come_back(message_id).known);  // it has not been sent: somebody guesses
  REQUIRE(hoor.accept(minutes{10}).size() == 1);
  REQUIRE(hoor.row(open).told_at);
  hoor.clock.pass(hours{1});
  hoor.assign(gone, "eon");

  for (const char* guess : {"", "<>", "@", "<x@y>", "<HR7K-2M9Q-X4@klotter.example.se>"}) CHECK_FALSE(come_back(guess).known);
  // Whoever has seen the mail knows its id; it is another address that is said not to have been reached.
  for (const std::vector<std::string>& others : {std::vector<std::string>{}, {"chef@hfab.se", "drift@hfab.com"}})
    CHECK_FALSE(take_returned_mail(*hoor.store, message_id, others, "It came back", hoor.clock.now()).known);
  CHECK(hoor.messages("sent") == 1);
  const ReturnedMail returned = come_back(message_id);
  CHECK(returned.known);
  CHECK(returned.unreached == 1);
  CHECK_FALSE(hoor.row(open).told_at);
  CHECK(hoor.row(open).attention == Attention::bounced);
  CHECK(hoor.row(gone).attention != Attention::bounced);  // another's by now
  CHECK(hoor.messages("parked") == 1);
  CHECK(hoor.store.ask("SELECT COUNT(*) FROM messages WHERE detail = 'It came back: 5.1.1'") == 1);
  CHECK(hoor.store.told(Audience::officers) == 1);
  CHECK_FALSE(come_back(message_id).known);  // said twice
  CHECK(hoor.count(open, EventType::case_unattended) == 1);
  CHECK(verify(*hoor.store, false).difference_count == 0);
}
