#pragma once

#include <string_view>

namespace klotterkoll {

/// The kinds of picture that are taken.
enum class PictureKind { jpeg, png, webp, heic };

/// What the bytes are, by themselves: nobody's word for it is asked. A pure look at them; nothing is decoded.
///
/// Throws Error{refused} with a sentence: empty or too large; another kind of file, named where it is a common one; and
/// a picture that is another file as well (an archive, a program, a page), which nobody's camera makes.
PictureKind require_picture(std::string_view bytes);

}  // namespace klotterkoll
