#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/photo_decoder.h"
#include "pages/form.h"
#include "routes/photo_answer.h"

namespace klotterkoll {

/// Takes the pictures of an upload, but for those that the case has already: a form that is sent twice brings them twice. No case:
/// all of them.
std::vector<PhotoId> take_new_pictures(Transaction& transaction, const Settings& settings, const DecodedUpload& upload, const Actor& actor, CaseId id,
                                       Instant now);

/// Takes the pictures of a form within a writing transaction and gives their ids, as take_new_pictures does.
using TakePictures = std::function<std::vector<PhotoId>(Transaction&, const Settings&, const Actor&, CaseId)>;

/// Decodes the pictures that a form has in its field "photo" and runs `work` in one writing transaction, once their bytes are kept.
/// When they cannot be decoded, or too many are being decoded, that is a fault of the form's field "photos", and nothing is
/// written. What `work` throws comes out here.
void write_with_pictures(const Call& call, Form& form, MunicipalityId municipality, PhotoDecoder::Sender sender,
                         const std::function<void(Transaction&, const TakePictures&)>& work);

}  // namespace klotterkoll
