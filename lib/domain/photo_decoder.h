#pragma once

#include <string_view>
#include <vector>

#include "domain/photo.h"

namespace klotterkoll {

/// Makes of pictures as sent what is kept of them. Safe to call from several threads.
class PhotoDecoder {
 public:
  virtual ~PhotoDecoder() = default;

  /// Whether somebody vouches for who sends: strangers never take the last place, so that it is free for those with a key.
  enum class Sender { stranger, known };

  /// All pictures of one request, in their order, in one turn; waits for it.
  ///
  /// Throws Error{refused} when one of them is not taken, with a sentence about it; of several, each fault at "/photo/N".
  /// Error{unavailable} when too many wait already, or it cannot be done now: the same request may succeed later.
  virtual std::vector<DecodedPhoto> decode(const std::vector<std::string_view>& pictures, Sender sender) = 0;
};

}  // namespace klotterkoll
