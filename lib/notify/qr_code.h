#pragma once

#include <string>

namespace klotterkoll {

/// A QR code (ISO/IEC 18004, error correction M) as an SVG element of its own, black on white, with the quiet zone around
/// it that readers need. `label` is read aloud in its place. Throws Error{refused} for a text that is too long for one.
std::string qr_code(const std::string& text, const std::string& label);

}  // namespace klotterkoll
