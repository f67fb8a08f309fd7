#include "pages/pictures.h"

#include <algorithm>

#include "base/error.h"
#include "routes/photo_answer.h"
#include "workflow/photos.h"

namespace klotterkoll {
namespace {

/// Which pictures the case has already.
std::vector<std::string> pictures_of(Transaction& transaction, CaseId id) {
  std::vector<std::string> digests;
  for (const Photo& photo : transaction.photos().of_case(id))
    if (const auto whole = transaction.photos().find(photo.id)) digests.push_back(whole->digests[0]);
  return digests;
}

}  // namespace

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
    const auto there = upload.photos.empty() || !id ? std::vector<std::string>{} : pictures_of(transaction, id);
    std::vector<PhotoId> photos;
    for (std::size_t n = 0; n < upload.photos.size(); ++n)
      if (std::ranges::find(there, upload.digests[n][0]) == there.end())
        photos.push_back(take_photo(transaction, settings, upload.photos[n], upload.digests[n], actor, call.now).id);
    return photos;
  };
  const auto write = [&] { call.app.store.write([&](Transaction& transaction) { work(transaction, take); }); };
  if (upload.photos.empty())
    write();
  else
    call.app.photo_store.put(municipality, upload.bytes, call.now, write);
}

}  // namespace klotterkoll
