#include "pages/pictures.h"

#include <algorithm>

#include "base/error.h"
#include "workflow/photos.h"

namespace klotterkoll {

std::vector<PhotoId> take_new_pictures(Transaction& transaction, const Settings& settings, const DecodedUpload& upload, const Actor& actor, CaseId id,
                                       Instant now) {
  std::vector<std::string> there;
  if (id && !upload.photos.empty())
    for (const Photo& photo : transaction.photos().of_case(id))
      if (const auto whole = transaction.photos().find(photo.id)) there.push_back(whole->digests[0]);
  std::vector<PhotoId> taken;
  for (std::size_t n = 0; n < upload.photos.size(); ++n)
    if (std::ranges::find(there, upload.digests[n][0]) == there.end())
      taken.push_back(take_photo(transaction, settings, upload.photos[n], upload.digests[n], actor, now).id);
  return taken;
}

void write_with_pictures(const Call& call, Form& form, MunicipalityId municipality, PhotoDecoder::Sender sender,
                         const std::function<void(Transaction&, const TakePictures&)>& work) {
  DecodedUpload upload;
  if (const auto pictures = form.files_of("photo"); !pictures.empty()) {
    try {
      upload = decode_upload(call.app, pictures, sender);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable) form.status = 503;
      return form.refuse("photos", error.code() == ErrorCode::unavailable ? "error_photos_busy" : "error_photos");
    }
  }
  const TakePictures take = [&](Transaction& transaction, const Settings& settings, const Actor& actor, CaseId id) {
    return take_new_pictures(transaction, settings, upload, actor, id, call.now);
  };
  const auto write = [&] { call.app.store.write([&](Transaction& transaction) { work(transaction, take); }); };
  if (upload.photos.empty())
    write();
  else
    call.app.photo_store.put(municipality, upload.bytes, call.now, write);
}

}  // namespace klotterkoll
