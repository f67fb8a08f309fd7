#include "json/photo_json.h"

#include <algorithm>

#include "json/values.h"
#include "workflow/casework.h"

namespace klotterkoll {
namespace {

PhotoViewer viewer_of(const CaseRow& row, const Actor& actor) {
  PhotoViewer viewer;
  viewer.actor = actor;
  viewer.case_owner_id = row.owner_id;
  viewer.sensitive = row.category == Category::hate || row.category == Category::obscene;
  return viewer;
}

/// What the reports of the case say about a photo and the one who asks. Only owners and police are asked for it.
PhotoView view_among(const std::vector<Report>& reports, PhotoViewer viewer, const Photo& photo) {
  viewer.from_police = photo.by_role == Role::police;
  for (const Report& report : reports) {
    if (viewer.actor.key_id != 0 && report.key_id == viewer.actor.key_id) viewer.reported_case = true;
    if (report.id == photo.report_id && report.source == Source::police) viewer.from_police = true;
  }
  return view_of(photo, viewer);
}

bool depends_on_reports(const Actor& actor) { return actor.role == Role::police || actor.role == Role::owner; }

void write_links(JsonWriter& out, const std::string& self) {
  out.object("_links", [&] {
    for (const char* size : {"full", "thumb"})
      out.object(size, [&] { out.member("href", self + "?size=" + size); });
  });
}

}  // namespace

std::vector<ShownPhoto> photos_shown(Transaction& transaction, const CaseRow& row, const Actor& actor) {
  std::vector<ShownPhoto> shown;
  if (row.photo_count == 0 && row.merged_count == 0 && !row.split_from) return shown;
  const auto reports = depends_on_reports(actor) ? reports_of(transaction, row) : std::vector<Report>{};
  const auto show = [&](std::vector<Photo> photos) {
    for (Photo& photo : photos)
      if (const PhotoView view = view_among(reports, viewer_of(row, actor), photo); view != PhotoView::hidden)
        shown.push_back({std::move(photo), view});
  };
  if (row.photo_count) show(transaction.photos().of_case(row.id));
  if (row.merged_count)
    for (const auto& [id, into] : transaction.cases().merged_into(row.id)) show(transaction.photos().of_case(id));
  if (row.split_from) show(transaction.photos().shared_with(row.id));
  return shown;
}

std::optional<std::string> thumbnail_of(Transaction& transaction, const CaseRow& row, const Actor& actor, const ReferenceCipher& references, const std::string& url) {
  const auto shown = photos_shown(transaction, row, actor);
  if (shown.empty()) return std::nullopt;
  return url + "/photos/" + references.encode(shown.front().photo.id) + "?size=thumb";
}

PhotoView view_of_photo(Transaction& transaction, const Photo& photo, const Actor& actor) {
  if (!photo.case_id) {
    PhotoViewer viewer;
    viewer.actor = actor;
    return view_of(photo, viewer);
  }
  std::vector<CaseId> cases{photo.case_id};
  // Owners and police may see it with another case too: that it was merged into, or that was split from its own.
  if (depends_on_reports(actor)) {
    if (const CaseId target = current_case(transaction, photo.case_id); target != photo.case_id) cases.push_back(target);
    if (photo.report_id)
      for (const CaseId id : transaction.photos().sharing(photo.case_id.municipality(), photo.report_id)) cases.push_back(id);
  }
  PhotoView best = PhotoView::hidden;
  for (const CaseId id : cases) {
    const CaseRow row = transaction.cases().find(id).value();
    const auto reports = depends_on_reports(actor) ? reports_of(transaction, row) : std::vector<Report>{};
    const PhotoView view = view_among(reports, viewer_of(row, actor), photo);
    if (view == PhotoView::plain) return view;
    if (view != PhotoView::hidden) best = view;
  }
  return best;
}

void write_case_photo(JsonWriter& out, const ShownPhoto& shown, const ReferenceCipher& references, const Actor& actor, const std::string& url) {
  const Photo& photo = shown.photo;
  const std::string id = references.encode(photo.id);
  out.object([&] {
    out.member("id", id);
    out.member("role", photo.role);
    out.member("width", static_cast<std::int64_t>(photo.width));
    out.member("height", static_cast<std::int64_t>(photo.height));
    out.member("released", photo.released);
    out.member("blurred", shown.view == PhotoView::blurred);
    if (actor.role == Role::municipality || actor.role == Role::police) out.member("captured_at", photo.captured_at);
    write_links(out, url + "/photos/" + id);
  });
}

void write_photo(JsonWriter& out, const Photo& photo, const Settings& settings, const ReferenceCipher& references, const std::string& url) {
  const std::string id = references.encode(photo.id);
  const auto& area = settings.municipality.area;
  out.object([&] {
    out.member("id", id);
    out.member("role", photo.role);
    out.member("case", photo.case_id ? std::optional{references.encode(photo.case_id)} : std::nullopt);
    out.member("width", static_cast<std::int64_t>(photo.width));
    out.member("height", static_cast<std::int64_t>(photo.height));
    out.member("bytes", photo.bytes);
    out.member("released", photo.released);
    out.member("captured_at", photo.captured_at);
    out.key("location_suggestion");
    if (photo.location && (!area || area->contains(*photo.location)))
      out.object([&] {
        out.member("lat", photo.location->lat);
        out.member("lon", photo.location->lon);
      });
    else
      out.write(nullptr);
    write_links(out, url + "/photos/" + id);
  });
}

}  // namespace klotterkoll
