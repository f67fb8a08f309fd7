#include "notify/qr_code.h"

#include <qrencode.h>

#include <kainjow/mustache.hpp>
#include <memory>

#include "base/error.h"

namespace klotterkoll {

std::string qr_code(const std::string& text, const std::string& label) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code{QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free};
  if (!code) throw Error{ErrorCode::refused, "This is too long for a QR code."};
  constexpr int kQuiet = 4;
  const int size = code->width + 2 * kQuiet;
  // A row's dark squares that touch become one rectangle.
  std::string path;
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width;) {
      const auto dark = [&](int at) { return at < code->width && (code->data[y * code->width + at] & 1) != 0; };
      int end = x;
      while (dark(end)) ++end;
      if (end > x)
        path += "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + std::to_string(end - x) + "v1h-" + std::to_string(end - x) + "z";
      x = end + 1;
    }
  const std::string side = std::to_string(size);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side + "\" role=\"img\" aria-label=\"" +
         kainjow::mustache::html_escape(label) + "\" shape-rendering=\"crispEdges\"><rect width=\"" + side + "\" height=\"" + side +
         "\" fill=\"#ffffff\"/><path fill=\"#000000\" d=\"" + path + "\"/></svg>";
}

}  // namespace klotterkoll
