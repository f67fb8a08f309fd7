#include "json/confirmation_json.h"

#include <cmath>

#include "json/case_json.h"
#include "json/photo_json.h"
#include "json/report_json.h"
#include "json/values.h"

namespace klotterkoll {
namespace {

/// What the police sent; it has no id and no case yet.
void write_waiting_report(JsonWriter& out, const Report& report, const std::vector<Photo>& photos, const ReferenceCipher& references,
                          const Actor& actor, const std::string& url) {
  out.object([&] {
    write_report_members(out, report, actor, true);
    out.array("photos", [&] {
      for (const Photo& photo : photos) write_case_photo(out, {photo, PhotoView::plain}, references, actor, url);
    });
  });
}

void write_candidate(JsonWriter& out, Transaction& transaction, const Candidate& candidate, const Settings& settings,
                     const ReferenceCipher& references, const Actor& actor, Instant now, const std::string& url) {
  const CaseRow& row = candidate.row;
  const CaseView view = view_for(actor, row);
  out.object([&] {
    out.member("reference", references.encode(row.id));
    out.member("state", row.state);
    out.member("distance_m", std::round(candidate.away_m));
    out.member("age_hours", std::int64_t{std::chrono::floor<std::chrono::hours>(now - row.first_reported_at).count()});
    out.member("opened_at", row.opened_at);
    out.member("removed_at", row.removed_at);
    out.member("category", row.category);
    out.member("surface", row.surface);
    out.member("object_type", row.object_type);
    out.member("address", or_null(shown_place(row, settings, view).place.address));
    out.member("owner_id", shows_owner(row, settings, view) ? or_null(row.owner_id) : std::nullopt);
    out.member("thumbnail", thumbnail_of(transaction, row, actor, references, url));
  });
}

}  // namespace

void write_confirmation(JsonWriter& out, Transaction& transaction, const Confirmation& confirmation, const Settings& settings,
                        const ReferenceCipher& references, const Actor& actor, Instant now, const std::string& url) {
  const std::string id = references.encode(confirmation.id), self = url + "/confirmations/" + id;
  const bool waits = confirmation.state == ConfirmationState::waiting;
  out.object([&] {
    out.member("id", id);
    out.member("state", confirmation.state);
    out.member("sent_at", confirmation.sent_at);
    const std::int64_t hours = std::chrono::floor<std::chrono::hours>(now - confirmation.sent_at).count();
    out.member("waiting_hours", waits ? std::optional{hours} : std::nullopt);
    out.member("decided_at", confirmation.decided_at);
    out.key("waiting_report");
    if (confirmation.report)
      write_waiting_report(out, *confirmation.report, transaction.photos().of_confirmation(confirmation.id), references, actor, url);
    else
      out.write(nullptr);
    out.array("candidates", [&] {
      for (const Candidate& candidate : candidates_for(transaction, settings, confirmation))
        write_candidate(out, transaction, candidate, settings, references, actor, now, url);
    });
    out.member("report", confirmation.report_id ? std::optional{references.encode(confirmation.report_id)} : std::nullopt);
    out.member("case", confirmation.case_id ? std::optional{references.encode(confirmation.case_id)} : std::nullopt);
    out.object("_links", [&] {
      out.object("self", [&] { out.member("href", self); });
      if (!waits || actor.role != Role::municipality) return;
      out.object("decide", [&] {
        out.member("href", self + "/decision");
        out.member("method", "PUT");
      });
    });
  });
}

}  // namespace klotterkoll
