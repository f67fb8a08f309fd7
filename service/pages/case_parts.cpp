#include "pages/case_parts.h"

#include <algorithm>

namespace klotterkoll {
namespace {

using std::chrono::seconds;

void add_album(TemplateData& albums, const char* name, const std::vector<ShownPhoto>& photos, const Words& words,
               const std::function<std::string(PhotoId)>& address_of, const ReferenceCipher& references, bool after) {
  TemplateData list{TemplateData::type::list};
  int number = 0;
  for (const ShownPhoto& shown : photos) {
    if ((shown.photo.role == PhotoRole::after) != after) continue;
    const int longest = std::max({shown.photo.width, shown.photo.height, 1});
    const auto side = [&](int length) { return std::to_string(longest <= kThumbSide ? length : length * kThumbSide / longest); };
    const std::string address = address_of(shown.photo.id);
    TemplateData photo;
    photo.set("full", address + "?size=full");
    photo.set("thumb", address + "?size=thumb");
    photo.set("alt", words(after ? "photo_after_alt" : "photo_before_alt", {{"{n}", std::to_string(++number)}}));
    photo.set("width", side(shown.photo.width));
    photo.set("height", side(shown.photo.height));
    photo.set("id", references.encode(shown.photo.id));
    photo.set("released", shown.photo.released);
    list.push_back(photo);
  }
  if (number == 0) return;
  TemplateData album;
  album.set("id", name);
  album.set("heading", words(name));
  album.set("photos", list);
  albums.push_back(album);
}

}  // namespace

std::string place_in_words(const ShownPlace& shown) {
  if (shown.place.address.empty() && !shown.nearest_address.empty()) return shown.nearest_address;
  return in_words(shown.place);
}

std::optional<TemplateData> deadline_part(const CaseRow& row, const Words& words, const TimeZone& zone, Instant now) {
  const auto clock = clock_of(row, now);
  if (!clock) return std::nullopt;
  TemplateData deadline;
  deadline.set("clock", std::string{to_code(*clock)});
  deadline.set("due", words("due", {{"{when}", words.when(row.due_at, zone)}}));
  deadline.set("left", *clock == ClockState::held ? words("held_until", {{"{when}", words.when(*row.held_until - seconds{1}, zone)}}) : words.left(row.due_at, now));
  return deadline;
}

TemplateData badge_part(const CaseRow& row, const Words& words, Instant now) {
  TemplateData badge;
  const auto clock = clock_of(row, now);
  badge.set("code", std::string{clock ? to_code(*clock) : to_code(row.state)});
  badge.set("name", words(clock ? "clock_" + std::string{to_code(*clock)} : "state_" + std::string{to_code(row.state)}));
  if (clock) badge.set("hours", words.left(row.due_at, now));
  return badge;
}

TemplateData case_card(Transaction& transaction, const Visit& visit, const Settings& settings, const CaseRow& row, const std::string& page) {
  const Words& words = visit.words;
  const ReferenceCipher& references = visit.call.app.store.references();
  const CaseView view = view_for(visit.actor(), row);
  const std::string reference = references.encode(row.id);
  TemplateData card;
  card.set("href", visit.link(page + reference));
  card.set("reference", reference);
  const std::string place = place_in_words(shown_place(row, settings, view));
  card.set("place", place.empty() ? words("place_unknown") : place);
  card.set("category", words("category_" + std::string{to_code(row.category)}));
  card.set("badge", badge_part(row, words, visit.call.now));
  card.set("due", words.when(row.due_at, settings.zone));
  card.set("due_at", format_instant(row.due_at));
  const auto owner = settings.owners.find(row.owner_id);
  card.set("owner", row.owner_id.empty() ? words("owner_none") : shows_owner(row, settings, view) && owner != settings.owners.end() ? owner->second.name : words("owner_private"));
  const auto photos = photos_shown(transaction, row, visit.actor());
  if (!photos.empty()) card.set("thumb", visit.base + "/bilder/" + references.encode(photos.front().photo.id) + "?size=thumb");
  return card;
}

TemplateData albums_part(const std::vector<ShownPhoto>& photos, const Words& words, const std::function<std::string(PhotoId)>& address_of,
                         const ReferenceCipher& references) {
  TemplateData albums{TemplateData::type::list};
  add_album(albums, "photos_before", photos, words, address_of, references, false);
  add_album(albums, "photos_after", photos, words, address_of, references, true);
  return albums;
}

TemplateData albums_part(const std::vector<ShownPhoto>& photos, const Visit& visit) {
  const ReferenceCipher& references = visit.call.app.store.references();
  return albums_part(photos, visit.words, [&](PhotoId id) { return visit.base + "/bilder/" + references.encode(id); }, references);
}

void add_fact(TemplateData& facts, const std::string& label, const std::string& value) {
  if (value.empty()) return;
  TemplateData one;
  one.set("label", label);
  one.set("value", value);
  facts.push_back(one);
}

TemplateData pages_part(const Visit& visit, const Page& page, std::int64_t total, std::vector<std::pair<std::string, std::string>> parameters) {
  const std::int64_t number = page.offset / page.limit + 1, last = std::max<std::int64_t>(1, (total + page.limit - 1) / page.limit);
  const auto to = [&](std::int64_t wanted) {
    auto with = parameters;
    with.emplace_back("sida", std::to_string(wanted));
    return visit.here(with);
  };
  TemplateData pages;
  if (number > 1) pages.set("previous", to(number - 1));
  if (number < last) pages.set("next", to(number + 1));
  pages.set("of", visit.words("page_of", {{"{n}", std::to_string(number)}, {"{last}", std::to_string(last)}}));
  pages.set("several", last > 1);
  return pages;
}

}  // namespace klotterkoll
