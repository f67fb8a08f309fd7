#include <charconv>
#include <sodium.h>

#include "base/error.h"
#include "domain/follower.h"
#include "json/case_json.h"
#include "router.h"

namespace klotterkoll {
namespace {

/// So many events are looked at for one answer, however few of them the caller may see.
constexpr std::int64_t kLookedAt = 2000;

/// The number of the last event seen of every writer's slot, "1.5", in base64url: opaque to clients, and without the "=" that a
/// query loses.
std::string write_cursor(const std::vector<std::int64_t>& cursor) {
  std::string text;
  for (const auto number : cursor) text += (text.empty() ? "" : ".") + std::to_string(number);
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.resize(std::char_traits<char>::length(out.c_str()));
  return out;
}

std::vector<std::int64_t> read_cursor(const std::string& written) {
  std::string text(written.size() + 1, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  std::vector<std::int64_t> cursor;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(), written.data(), written.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && end == written.data() + written.size()) {
    const char* at = text.data();
    const char* const last = at + size;
    while (at < last) {
      std::int64_t number = 0;
      const auto [next, fault] = std::from_chars(at, last, number);
      if (fault != std::errc{} || number < 0 || number >> kSlotNumberBits || cursor.size() == kSlots || (next < last && *next != '.')) return {};
      cursor.push_back(number);
      at = next < last ? next + 1 : next;
    }
  }
  return cursor;
}

void list_changes(Call& call) {
  call.allow_query({"after", "limit"});
  const std::int64_t limit = call.query_whole("limit", 1, 500).value_or(20);
  read(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    const MunicipalityId municipality = settings->municipality.id;
    const Actor actor = call.actor(*settings);
    std::vector<std::int64_t> cursor;
    if (const auto after = call.query("after")) {
      cursor = read_cursor(*after);
      if (cursor.empty()) throw Error{ErrorCode::malformed, "This is no cursor; give the \"next\" of the last answer, or nothing to begin anew.", "after"};
    }
    KeyNames names{transaction};
    JsonWriter out;
    std::int64_t count = 0, looked_at = 0;
    bool more = true;
    const auto write_items = [&] {
      while (more && count < limit && looked_at < kLookedAt) {
        const std::int64_t wanted = std::min(limit - count, kLookedAt - looked_at);
        const auto events = transaction.events().after(municipality, cursor, wanted);
        looked_at += std::ssize(events);
        more = std::ssize(events) == wanted;
        for (const auto& noted : events) {
          if (!follows(actor, noted.event)) continue;
          const CaseView view = view_for(actor, noted.event);
          ++count;
          out.object([&] {
            out.member("case", call.app.store.references().encode(noted.event.case_id));
            write_event_members(out, noted, *settings, call.app.store.references(), view, names.of(noted.event.by));
          });
        }
      }
    };
    out.object([&] {
      out.array("items", write_items);
      out.member("next", write_cursor(cursor));
      out.member("more", more);
    });
    call.no_store();
    call.answer(out.text());
    return true;
  });
}

}  // namespace

std::vector<Route> change_routes() {
  return {{"GET", "/api/v1/municipalities/{}/changes", {Role::police, Role::owner, Role::municipality}, list_changes}};
}

}  // namespace klotterkoll
