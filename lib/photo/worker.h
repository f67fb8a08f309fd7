#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/photo.h"
#include "photo/image.h"

namespace klotterkoll {

/// What the child process answers: a photo, or why there is none.
struct WorkerAnswer {
  std::optional<DecodedPhoto> photo;
  PictureFault fault = PictureFault::broken;  ///< when there is no photo
  std::string cause;                          ///< for the log
  std::int64_t peak_memory = 0;               ///< bytes that the child has had at a time
};

/// The answer as it goes through the pipe, and back. The child has looked at what anybody may send, so nothing that it
/// says is believed: what is not of the form or beyond the bounds of a photo gives nothing.
std::string write_answer(const WorkerAnswer& answer);
std::optional<WorkerAnswer> read_answer(std::string_view bytes);

/// The child process: takes a picture from standard input, limits itself and closes itself in, and writes its answer to
/// standard output. Returns the exit code: 0 when there is an answer, else there is a word for the log instead.
int run_photo_worker();

}  // namespace klotterkoll
