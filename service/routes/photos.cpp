#include "workflow/photos.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "json/photo_json.h"
#include "photo/photo_workers.h"
#include "router.h"

namespace klotterkoll {
namespace {

const std::string kPhotos = "/api/v1/municipalities/{}/photos";
/// Photos an hour that one address may send without a key: a street's worth, but no disk full.
constexpr int kPhotosAnHour = 120;

enum class PhotoSize { full, thumb };
constexpr auto names_of(PhotoSize) { return std::array<Names, 2>{"full", "thumb"}; }

PhotoId photo_id(const Call& call) {
  const auto id = call.app.store.references().decode_photo(call.parameter(1));
  if (!id) throw Error{ErrorCode::not_found, "There is no such photo."};
  return *id;
}

struct Sent {
  std::string_view bytes;
  PhotoRole role = PhotoRole::before;
};

PhotoRole role_named(const std::string& text, const std::string& pointer) {
  const auto role = code_from<PhotoRole>(text);
  if (!role) throw Error{ErrorCode::malformed, "role is before, after or other.", pointer};
  return *role;
}

/// The picture in the body.
Sent sent_photo(const Call& call) {
  call.allow_query({"role"});
  Sent sent{call.request.body};
  if (const auto role = call.query("role")) sent.role = role_named(*role, "role");
  return sent;
}

void post_photo(Call& call) {
  const Sent sent = sent_photo(call);
  // Whose it would be is asked first: to decode is the dearest thing that is done here.
  const MunicipalityId municipality = read(call, [&](Transaction& transaction) { return call.settings(transaction)->municipality.id; });
  const DecodedPhoto decoded = call.app.photo_workers.decode(sent.bytes);
  std::array<std::string, kRenditions> digests;
  PhotoStore::Bytes bytes;
  for (std::size_t i = 0; i < kRenditions; ++i) {
    digests[i] = digest(decoded.renditions[i]);
    bytes.emplace_back(digests[i], decoded.renditions[i]);
  }
  const auto take = [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    const Photo photo = take_photo(transaction, *settings, decoded, digests, sent.role, call.actor(*settings), call.now);
    return [&call, settings, photo] {
      const ReferenceCipher& references = call.app.store.references();
      return Created{json_text([&](JsonWriter& out) { write_photo(out, photo, *settings, references, call.municipality_url(*settings)); }),
                     "/municipalities/" + settings->municipality.code + "/photos/" + references.encode(photo.id)};
    };
  };
  call.app.photo_store.put(municipality, bytes, call.now, [&] { create(call, take, sent.bytes); });
}

struct Found {
  std::shared_ptr<const Settings> settings;
  Actor actor;
  Photo photo;
  PhotoView view = PhotoView::hidden;
};

/// The photo in the path as the caller may see it. What is hidden is not there: an id tells nothing.
Found find_photo(Call& call) {
  const PhotoId id = photo_id(call);
  return read(call, [&](Transaction& transaction) {
    Found found;
    found.settings = call.settings(transaction);
    found.actor = call.actor(*found.settings);
    auto photo = id.municipality() == found.settings->municipality.id ? transaction.photos().find(id) : std::nullopt;
    if (photo) found.view = view_of_photo(transaction, *photo, found.actor);
    if (found.view == PhotoView::hidden) throw Error{ErrorCode::not_found, "There is no such photo."};
    found.photo = std::move(*photo);
    return found;
  });
}

void get_photo(Call& call) {
  call.allow_query({"size"});
  const PhotoSize size = call.query_code<PhotoSize>("size").value_or(PhotoSize::full);
  const Found found = find_photo(call);
  const bool blurred = found.view == PhotoView::blurred;
  const Rendition rendition = size == PhotoSize::full ? (blurred ? Rendition::full_blurred : Rendition::full)
                                                      : (blurred ? Rendition::thumb_blurred : Rendition::thumb);
  const std::string& photo_digest = found.photo.digests[static_cast<std::size_t>(rendition)];
  // Who has a key may be shown more than everybody, so that answer is never a shared cache's. An hour, because what is
  // released may be withdrawn; within it nobody needs to ask.
  const std::string caching = !found.photo.released ? "no-store" : call.caller.key ? "private, max-age=3600, immutable" : "public, max-age=3600, immutable";
  call.response.set_header("Cache-Control", caching);
  call.response.set_header("Vary", "Authorization");
  if (call.tagged('"' + photo_digest.substr(0, 32) + '"')) return;
  auto bytes = call.app.photo_store.get(found.settings->municipality.id, photo_digest);
  if (!bytes) throw Error{ErrorCode::internal, "the bytes of photo " + std::to_string(found.photo.id.value) + " are missing"};
  call.response.set_header("Content-Disposition", "inline; filename=\"klotter-" + call.app.store.references().encode(found.photo.id) + "-" +
                                                      std::string{to_code(size)} + ".jpg\"");
  call.response.set_content(std::move(*bytes), "image/jpeg");
}

void put_visibility(Call& call) {
  call.allow_query({});
  const bool released = call.body("photo_visibility").at("released").get<bool>();
  const PhotoId id = photo_id(call);
  const auto [settings, photo] = write(call, [&](Transaction& transaction) {
    auto used = call.settings(transaction);
    Photo changed = release_photo(transaction, *used, id, released, call.actor(*used), call.now);
    return std::pair{std::move(used), std::move(changed)};
  });
  call.no_store();
  call.answer(json_text([&](JsonWriter& out) { write_photo(out, photo, *settings, call.app.store.references(), call.municipality_url(*settings)); }));
}

void delete_photo(Call& call) {
  call.allow_query({});
  const PhotoId id = photo_id(call);
  const auto [municipality, digests] = write(call, [&](Transaction& transaction) {
    const auto settings = call.settings(transaction);
    return std::pair{settings->municipality.id, erase_photo(transaction, *settings, id, call.actor(*settings), call.now)};
  });
  remove_unnamed(call.app.store, call.app.photo_store, municipality, digests);
  call.response.status = 204;
}

}  // namespace

std::vector<Route> photo_routes() {
  const Roles officer{Role::municipality};
  return {{"POST", kPhotos, kPublic, post_photo, kPhotoBytes, {"image/*"}, 0, kPhotosAnHour},
          {"GET", kPhotos + "/{}", kPublic, get_photo},
          {"DELETE", kPhotos + "/{}", officer, delete_photo},
          with_json({"PUT", kPhotos + "/{}/visibility", officer, put_visibility})};
}

}  // namespace klotterkoll
