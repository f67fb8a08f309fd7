#include "photo/image.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

#include "base/local_time.h"
#include "photo/vips_library.h"

namespace klotterkoll {
namespace {

constexpr int kQuality = 82, kThumbQuality = 76;
/// A blurred photo is drawn from so many pixels on its longer side: of what was written or drawn nothing can be had back.
constexpr int kBlurredSide = 12;
/// Longest EXIF text that is looked at.
constexpr std::size_t kLongestText = 200;

const VipsLibrary& vips() { return VipsLibrary::instance(); }

struct Unref {
  void operator()(VipsImage* image) const { vips().g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

[[noreturn]] void refuse_broken() {
  std::string cause = vips().vips_error_buffer();
  vips().vips_error_clear();
  const bool memory = cause.find("out of memory") != cause.npos || cause.find("unable to allocate") != cause.npos;
  throw PictureRefused{memory ? PictureFault::too_heavy : PictureFault::broken, std::move(cause)};
}

/// What a function of the library made.
template <typename Make>
Image made(Make&& make) {
  VipsImage* out = nullptr;
  if (make(&out) != 0 || !out) refuse_broken();
  return Image{out};
}

void* writable(std::string_view bytes) { return const_cast<char*>(bytes.data()); }  // the library does not write to it

/// The text of a header field, as libvips writes EXIF: "value (what it means, type, how many, how long)".
std::string field(VipsImage* image, const char* name) {
  char* text = nullptr;
  if (vips().vips_image_get_typeof(image, name) == 0 || vips().vips_image_get_as_string(image, name, &text) != 0) return "";
  std::string value{text, std::min(std::char_traits<char>::length(text), kLongestText)};
  vips().g_free(text);
  return value.substr(0, value.find(" ("));
}

std::optional<double> rational(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  double above = 0, below = 0;
  const auto read = [](std::string_view digits, double& number) {
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return fault == std::errc{} && end == digits.data() + digits.size();
  };
  if (!read(text.substr(0, slash), above) || !read(text.substr(slash + 1), below) || below == 0) return std::nullopt;
  return above / below;
}

/// "55/1 56/1 1032/100" and "N" as degrees.
std::optional<double> coordinate(std::string text, const std::string& direction, char negative, char positive, double most) {
  double degrees = 0, unit = 1;
  for (int i = 0; i < 3; ++i, unit /= 60) {
    const auto space = std::min(text.find(' '), text.size());
    const auto part = rational(std::string_view{text}.substr(0, space));
    if (!part || *part < 0) return std::nullopt;
    degrees += *part * unit;
    text.erase(0, std::min(space + 1, text.size()));
  }
  if (direction.empty() || (direction[0] != negative && direction[0] != positive) || !(degrees <= most)) return std::nullopt;
  return direction[0] == negative ? -degrees : degrees;
}

void read_camera(VipsImage* image, DecodedPhoto& photo) {
  const auto lat = coordinate(field(image, "exif-ifd3-GPSLatitude"), field(image, "exif-ifd3-GPSLatitudeRef"), 'S', 'N', 90);
  const auto lon = coordinate(field(image, "exif-ifd3-GPSLongitude"), field(image, "exif-ifd3-GPSLongitudeRef"), 'W', 'E', 180);
  if (lat && lon && (*lat != 0 || *lon != 0)) photo.location = Point{*lat, *lon};
  const auto time = parse_local_time(field(image, "exif-ifd2-DateTimeOriginal"), "%Y:%m:%d %H:%M:%S");
  if (!time) return;
  photo.captured_local = time->local;
  // "+01:00": read as the zone of some time, since that has one parser.
  if (const auto zoned = parse_instant("2000-01-01T12:00:00" + field(image, "exif-ifd2-OffsetTimeOriginal")))
    photo.captured_offset = std::chrono::floor<std::chrono::minutes>(
        (std::chrono::sys_days{std::chrono::year{2000} / 1 / 1} + std::chrono::hours{12}).time_since_epoch() - zoned->time_since_epoch());
}

std::string to_jpeg(VipsImage* image, int quality) {
  void* buffer = nullptr;
  std::size_t size = 0;
  if (vips().vips_jpegsave_buffer(image, &buffer, &size, "Q", quality, "strip", 1, "optimize_coding", 1, nullptr) != 0) refuse_broken();
  std::string bytes{static_cast<const char*>(buffer), size};
  vips().g_free(buffer);
  return bytes;
}

/// Three bands of sRGB in memory, what was transparent white.
Image plain(Image image) {
  image = made([&](VipsImage** out) { return vips().vips_colourspace(image.get(), out, VIPS_INTERPRETATION_sRGB, nullptr); });
  if (vips().vips_image_hasalpha(image.get())) {
    const double white = 255;
    VipsArrayDouble* const background = vips().vips_array_double_new(&white, 1);
    image = made([&](VipsImage** out) { return vips().vips_flatten(image.get(), out, "background", background, nullptr); });
    vips().vips_area_unref(reinterpret_cast<VipsArea*>(background));
  }
  Image kept{vips().vips_image_copy_memory(image.get())};
  if (!kept) refuse_broken();
  return kept;
}

/// The picture within a square, not enlarged, upright and in sRGB. A colour profile that makes no sense is passed over.
Image fitted(std::string_view bytes, int side) {
  for (const bool with_profile : {true, false}) {
    VipsImage* out = nullptr;
    const int failed = with_profile
        ? vips().vips_thumbnail_buffer(writable(bytes), bytes.size(), &out, side, "height", side, "size", VIPS_SIZE_DOWN,
                                       "option_string", "[fail_on=truncated]", "export_profile", "srgb", nullptr)
        : vips().vips_thumbnail_buffer(writable(bytes), bytes.size(), &out, side, "height", side, "size", VIPS_SIZE_DOWN,
                                       "option_string", "[fail_on=truncated]", nullptr);
    if (failed) continue;
    Image image{out};
    try {
      return plain(std::move(image));
    } catch (const PictureRefused&) {
      if (!with_profile) throw;
    }
  }
  refuse_broken();
}

Image resized(VipsImage* from, int width, int height) {
  return made([&](VipsImage** out) {
    return vips().vips_thumbnail_image(from, out, width, "height", height, "size", VIPS_SIZE_FORCE, nullptr);
  });
}

/// The same with its longer side so long.
std::pair<int, int> scaled(int width, int height, int side) {
  const double factor = std::min(1.0, static_cast<double>(side) / std::max(width, height));
  return {std::max(1, static_cast<int>(std::lround(width * factor))), std::max(1, static_cast<int>(std::lround(height * factor)))};
}

/// Is each pixel brighter than its left neighbour, of the picture drawn 9 wide and 8 high in grey?
std::int64_t difference_hash(VipsImage* image) {
  const Image small = resized(image, 9, 8);
  const Image grey = made([&](VipsImage** out) { return vips().vips_colourspace(small.get(), out, VIPS_INTERPRETATION_B_W, nullptr); });
  std::size_t size = 0;
  auto* const pixels = static_cast<unsigned char*>(vips().vips_image_write_to_memory(grey.get(), &size));
  if (!pixels || size != 72) refuse_broken();
  std::uint64_t hash = 0;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) hash = hash << 1 | static_cast<std::uint64_t>(pixels[9 * y + x] < pixels[9 * y + x + 1]);
  vips().g_free(pixels);
  return static_cast<std::int64_t>(hash);
}

}  // namespace

DecodedPhoto decode_photo(std::string_view bytes) {
  const Image header{vips().vips_image_new_from_buffer(writable(bytes), bytes.size(), "", nullptr)};
  if (!header) refuse_broken();
  const std::int64_t width = vips().vips_image_get_width(header.get()), height = vips().vips_image_get_height(header.get());
  if (width * height > kPhotoPixels) throw PictureRefused{PictureFault::too_many_pixels, ""};
  const auto [shorter, longer] = std::minmax(width, height);
  if (shorter < kLeastSide || longer > shorter * kMostAspect) throw PictureRefused{PictureFault::odd_shape, ""};

  DecodedPhoto photo;
  read_camera(header.get(), photo);
  const Image full = fitted(bytes, kFullSide);
  photo.width = vips().vips_image_get_width(full.get());
  photo.height = vips().vips_image_get_height(full.get());
  const auto [thumb_width, thumb_height] = scaled(photo.width, photo.height, kThumbSide);
  const auto [dim_width, dim_height] = scaled(photo.width, photo.height, kBlurredSide);
  const Image thumb = resized(full.get(), thumb_width, thumb_height);
  const Image dim = resized(full.get(), dim_width, dim_height);
  // Two steps, so that it is drawn soft and not as tiles.
  const Image blurred = resized(dim.get(), photo.width, photo.height), blurred_thumb = resized(dim.get(), thumb_width, thumb_height);
  photo.renditions = {to_jpeg(full.get(), kQuality), to_jpeg(thumb.get(), kThumbQuality), to_jpeg(blurred.get(), kQuality),
                      to_jpeg(blurred_thumb.get(), kThumbQuality)};
  photo.perceptual_hash = difference_hash(full.get());
  return photo;
}

}  // namespace klotterkoll
