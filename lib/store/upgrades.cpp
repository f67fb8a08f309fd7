#include "store/upgrades.h"

#include "base/error.h"
#include "domain/case.h"
#include "domain/mail_address.h"
#include "domain/notice.h"
#include "store/migrations.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

/// The migration since which people are told of what happens.
constexpr int kNotices = 5;
constexpr std::int64_t kCasesAtOnce = 500;

/// Open cases have a moment at which officers hear that nobody acts; it follows from their histories.
void reckon_unattended(Connection& connection, SqlTransaction& transaction, const Settings& settings) {
  CaseQuery open;
  open.states = {CaseState::unassigned, CaseState::assigned};
  for (CaseId after{settings.municipality.id, 0}; after;)
    for (const CaseRow& row : transaction.cases().list_after(settings.municipality.id, open, after, kCasesAtOnce)) {
      const std::vector<Event> events = transaction.events().of_case(row.id);
      CaseRow replayed = row;
      try {
        replayed = replay(events, settings.policies, settings.zone).row;
      } catch (const Error&) {
        continue;  // a history that somebody has tampered with: `verify` names it, and it stops no upgrade
      }
      connection.execute("UPDATE cases SET unattended_at = $3, next_check_at = $4 WHERE municipality_id = $1 AND id = $2",
                         row.id.municipality(), row.id, replayed.unattended_at, replayed.next_check_at);
    }
}

void fill_address_digests(Connection& connection) {
  const ReferenceCipher references{read_reference_secret(connection)};
  const auto typed = connection.all("SELECT municipality_id, report_id, contact_email FROM report_texts WHERE contact_email <> ''",
                                    [](const Row& row) { return std::tuple{row.integer(0), row.integer(1), row.text(2)}; });
  for (const auto& [municipality, report, email] : typed)
    connection.execute("UPDATE report_texts SET address_digest = $3 WHERE municipality_id = $1 AND report_id = $2", municipality, report,
                       mail_address_digest(references, email));
}

}  // namespace

void complete_upgrade(Connection& connection, int from) {
  if (from >= kNotices) return;
  SettingsCache cache;
  SqlTransaction transaction{connection, cache};
  for (const Municipality& municipality : transaction.municipalities().list()) {
    // What was there before is no news: without a cursor behind it, years of it would be told.
    transaction.notices().pass_over_history(municipality.id);
    reckon_unattended(connection, transaction, *transaction.municipalities().settings(municipality.id));
  }
  fill_address_digests(connection);
}

}  // namespace klotterkoll
