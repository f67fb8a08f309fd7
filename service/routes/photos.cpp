#include "workflow/photos.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "domain/photo_decoder.h"
#include "json/photo_json.h"
#include "router.h"
#include "routes/photo_answer.h"

namespace klotterkoll {
namespace {

const std::string kPhotos = "/api/v1/municipalities/{}/photos";
/// Photos an hour that one address may send without a key: a street's worth, but no disk full.
constexpr int kPhotosAnHour = 120;

PhotoId photo_id(const Call& call) {
  const auto id = call.app.store.references().decode_photo(call.parameter(1));
  if (!id) throw Error{ErrorCode::not_found, "There is no such photo."};
  return *id;
}

/// The pictures of a request: its body, or the files of a form.
std::vector<std::string_view> sent_pictures(const Call& call) {
  if (!call.is_form()) return {call.request.body};
  std::vector<std::string_view> pictures;
  for (const FormField& field : call.form()) {
    if (field.name != "photo" || !field.file_name)
      throw Error{ErrorCode::malformed, "A form has nothing but files here, each in a field \"photo\".", "/" + shortened(field.name, 60)};
    pictures.push_back(field.value);
  }
  if (pictures.empty()) throw Error{ErrorCode::refused, "No photo was chosen.", "/photo"};
  if (pictures.size() > kPhotosOfReport)
    throw Error{ErrorCode::refused, "At most " + std::to_string(kPhotosOfReport) + " photos are taken at a time.", "/photo"};
  return pictures;
}

void post_photos(Call& call) {
  call.allow_query({});
  const auto pictures = sent_pictures(call);
  // Whose it would be is asked first: to decode is the dearest thing that is done here.
  const MunicipalityId municipality = read(call, [&](Transaction& transaction) { return call.settings(transaction)->municipality.id; });
  const auto sender = call.caller.key ? PhotoDecoder::Sender::known : PhotoDecoder::Sender::stranger;
  const DecodedUpload upload = decode_upload(call.app, pictures, sender);
  const auto take = [&](Transaction& transaction) -> Render {
    const auto settings = call.settings(transaction);
    std::vector<Photo> photos;
    for (std::size_t n = 0; n < upload.photos.size(); ++n)
      photos.push_back(take_photo(transaction, *settings, upload.photos[n], upload.digests[n], call.actor(*settings), call.now));
    return [&call, settings, photos] {
      const ReferenceCipher& references = call.app.store.references();
      const auto write_one = [&](JsonWriter& out, const Photo& photo) { write_photo(out, photo, *settings, references, call.municipality_url(*settings)); };
      if (photos.size() == 1)
        return Created{json_text([&](JsonWriter& out) { write_one(out, photos.front()); }),
                       "/municipalities/" + settings->municipality.code + "/photos/" + references.encode(photos.front().id)};
      return Created{json_text([&](JsonWriter& out) {
                       out.object([&] {
                         out.array("items", [&] {
                           for (const Photo& photo : photos) write_one(out, photo);
                         });
                       });
                     }),
                     ""};
    };
  };
  // Whoever sends a form again has a new boundary.
  std::string told;
  for (const std::string_view picture : pictures) told += digest(picture);
  call.app.photo_store.put(municipality, upload.bytes, call.now, [&] { create(call, take, told); });
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
  // Who has a key may be shown more than everybody, so that answer is never a shared cache's. An hour, because what is
  // released may be withdrawn; within it nobody needs to ask.
  const std::string caching = !found.photo.released ? "no-store" : call.caller.key ? "private, max-age=3600, immutable" : "public, max-age=3600, immutable";
  answer_photo(call, found.settings->municipality.id, found.photo, found.view, size, caching);
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

DecodedUpload decode_upload(App& app, const std::vector<std::string_view>& pictures, PhotoDecoder::Sender sender) {
  DecodedUpload upload{app.photo_decoder.decode(pictures, sender), {}, {}};
  upload.digests.resize(upload.photos.size());
  for (std::size_t n = 0; n < upload.photos.size(); ++n)
    for (std::size_t i = 0; i < kRenditions; ++i) {
      upload.digests[n][i] = digest(upload.photos[n].renditions[i]);
      upload.bytes.emplace_back(upload.digests[n][i], upload.photos[n].renditions[i]);
    }
  return upload;
}

void answer_photo(const Call& call, MunicipalityId municipality, const Photo& photo, PhotoView view, PhotoSize size, const std::string& caching) {
  const bool blurred = view == PhotoView::blurred;
  const Rendition rendition = size == PhotoSize::full ? (blurred ? Rendition::full_blurred : Rendition::full)
                                                      : (blurred ? Rendition::thumb_blurred : Rendition::thumb);
  const std::string& photo_digest = photo.digests[static_cast<std::size_t>(rendition)];
  call.response.set_header("Cache-Control", caching);
  call.response.set_header("Vary", "Authorization");
  if (call.tagged('"' + photo_digest.substr(0, 32) + '"')) return;
  auto bytes = call.app.photo_store.get(municipality, photo_digest);
  if (!bytes) throw Error{ErrorCode::internal, "the bytes of photo " + std::to_string(photo.id.value) + " are missing"};
  call.response.set_header("Content-Disposition", "inline; filename=\"klotter-" + call.app.store.references().encode(photo.id) + "-" +
                                                      std::string{to_code(size)} + ".jpg\"");
  call.response.set_content(std::move(*bytes), "image/jpeg");
}

std::vector<Route> photo_routes() {
  const Roles officer{Role::municipality};
  return {{"POST", kPhotos, kPublic, post_photos, kPhotoBytes, {"image/*", "multipart/form-data"}, kFormBody, kPhotosAnHour, kPhotosOfReport},
          {"GET", kPhotos + "/{}", kPublic, get_photo},
          {"DELETE", kPhotos + "/{}", officer, delete_photo},
          with_json({"PUT", kPhotos + "/{}/visibility", officer, put_visibility})};
}

}  // namespace klotterkoll
