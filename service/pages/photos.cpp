#include "base/error.h"
#include "pages/visit.h"
#include "routes/photo_answer.h"

namespace klotterkoll {
namespace {

/// A photo as whoever looks may see it: what a case shows to an officer's browser is asked for with the officer's session.
void get_photo(Visit& visit) {
  Call& call = visit.call;
  const PhotoSize size = call.query_code<PhotoSize>("size").value_or(PhotoSize::full);
  const auto id = call.app.store.references().decode_photo(visit.parameter(0));
  PhotoView view = PhotoView::hidden;
  const auto photo = read(call, [&](Transaction& transaction) {
    auto found = id && id->municipality() == visit.municipality.id ? transaction.photos().find(*id) : std::nullopt;
    view = found ? view_of_photo(transaction, *found, visit.actor()) : PhotoView::hidden;
    return found;
  });
  if (view == PhotoView::hidden) throw Error{ErrorCode::not_found, "There is no such photo."};
  // What a session shows is nobody else's. What everybody may see may be withdrawn, so it is kept for an hour.
  const bool everybodys = photo->released && !visit.visitor;
  call.response.set_header("Vary", "Cookie");
  answer_photo(call, visit.municipality.id, *photo, view, size, everybodys ? "public, max-age=3600" : "private, no-store");
}

}  // namespace

std::vector<Route> picture_routes() { return page_routes_of({{"GET", "/bilder/{}", kPublic, get_photo}}); }

}  // namespace klotterkoll
