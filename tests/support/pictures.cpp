#include "support/pictures.h"

#include <vips/vips.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace klotterkoll::test {
namespace {

/// What the library and its codecs keep for themselves is not ours to account for.
struct NotOurs {
#ifdef __SANITIZE_ADDRESS__
  NotOurs() { __lsan_disable(); }
  ~NotOurs() { __lsan_enable(); }
#else
  NotOurs() {}
#endif
};

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

void require(int done) {
  if (done != 0) throw std::runtime_error(std::string{"no picture could be made: "} + vips_error_buffer());
}

void begin() {
  static const int begun = vips_init("klotterkoll_tests");
  require(begun);
}

template <typename Make>
Image made(Make&& make) {
  VipsImage* out = nullptr;
  require(make(&out));
  return Image{out};
}

template <typename Save>
std::string saved(Save&& save) {
  void* buffer = nullptr;
  std::size_t size = 0;
  require(save(&buffer, &size));
  std::string bytes{static_cast<const char*>(buffer), size};
  g_free(buffer);
  return bytes;
}

Image painted(const PictureWanted& wanted) {
  begin();
  std::vector<unsigned char> pixels(static_cast<std::size_t>(wanted.width) * static_cast<std::size_t>(wanted.height) * 3);
  unsigned random = 1;
  for (int y = 0; y < wanted.height; ++y)
    for (int x = 0; x < wanted.width; ++x) {
      auto* const pixel = &pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(wanted.width) + static_cast<std::size_t>(x)) * 3];
      const bool left = x < wanted.width / 2;
      const int ramp = 40 * y / wanted.height;
      random = random * 1664525 + 1013904223;
      const int noise = wanted.noise ? static_cast<int>(random >> 27) : 0;
      pixel[0] = static_cast<unsigned char>((left ? 200 : 0) + ramp / 2 + noise);
      pixel[1] = static_cast<unsigned char>(ramp + noise);
      pixel[2] = static_cast<unsigned char>((left ? 0 : 200) + ramp / 2 + noise);
    }
  const Image view{vips_image_new_from_memory_copy(pixels.data(), pixels.size(), wanted.width, wanted.height, 3, VIPS_FORMAT_UCHAR)};
  Image image = made([&](VipsImage** out) { return vips_copy(view.get(), out, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr); });
  if (wanted.orientation != 1) vips_image_set_int(image.get(), VIPS_META_ORIENTATION, wanted.orientation);
  if (wanted.camera) {
    const auto set = [&](const char* name, const std::string& value) { vips_image_set_string(image.get(), name, (value + " (made for a test)").c_str()); };
    set("exif-ifd2-DateTimeOriginal", "2026:11:15 21:10:00");
    if (!wanted.offset.empty()) set("exif-ifd2-OffsetTimeOriginal", wanted.offset);
    set("exif-ifd3-GPSLatitude", "55/1 56/1 1032/100");
    set("exif-ifd3-GPSLatitudeRef", "N");
    set("exif-ifd3-GPSLongitude", "13/1 32/1 2580/100");
    set("exif-ifd3-GPSLongitudeRef", "E");
  }
  return image;
}

}  // namespace

std::string jpeg(const PictureWanted& wanted) {
  const NotOurs not_ours;
  const Image image = painted(wanted);
  return saved([&](void** to, std::size_t* size) {
    return vips_jpegsave_buffer(image.get(), to, size, "Q", 90, "interlace", static_cast<int>(wanted.progressive), nullptr);
  });
}

std::string png(const PictureWanted& wanted) {
  const NotOurs not_ours;
  const Image image = painted(wanted);
  return saved([&](void** to, std::size_t* size) { return vips_pngsave_buffer(image.get(), to, size, nullptr); });
}

std::string webp(const PictureWanted& wanted) {
  const NotOurs not_ours;
  const Image image = painted(wanted);
  return saved([&](void** to, std::size_t* size) { return vips_webpsave_buffer(image.get(), to, size, "Q", 85, nullptr); });
}

std::string heic(const PictureWanted& wanted) {
  const NotOurs not_ours;
  const Image image = painted(wanted);
  return saved([&](void** to, std::size_t* size) {
    return vips_heifsave_buffer(image.get(), to, size, "Q", 60, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_HEVC, nullptr);
  });
}

std::string png_with_alpha() {
  const NotOurs not_ours;
  begin();
  std::vector<unsigned char> pixels(200 * 100 * 4);
  for (std::size_t i = 0; i < 200 * 100; ++i) pixels[4 * i + 3] = i % 200 < 100 ? 255 : 0;
  const Image view{vips_image_new_from_memory_copy(pixels.data(), pixels.size(), 200, 100, 4, VIPS_FORMAT_UCHAR)};
  const Image image = made([&](VipsImage** out) { return vips_copy(view.get(), out, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr); });
  return saved([&](void** to, std::size_t* size) { return vips_pngsave_buffer(image.get(), to, size, nullptr); });
}

std::string cmyk_jpeg() {
  const NotOurs not_ours;
  const Image image = painted({});
  const Image inks = made([&](VipsImage** out) { return vips_icc_transform(image.get(), out, "cmyk", "input_profile", "srgb", nullptr); });
  return saved([&](void** to, std::size_t* size) { return vips_jpegsave_buffer(inks.get(), to, size, nullptr); });
}

std::string png_of_one_bit(int width, int height) {
  const NotOurs not_ours;
  begin();
  const Image image = made([&](VipsImage** out) { return vips_black(out, width, height, nullptr); });
  return saved([&](void** to, std::size_t* size) { return vips_pngsave_buffer(image.get(), to, size, "bitdepth", 1, "compression", 9, nullptr); });
}

std::string deep_png(int width, int height) {
  const NotOurs not_ours;
  begin();
  const Image one = made([&](VipsImage** out) { return vips_black(out, width, height, "bands", 4, nullptr); });
  const Image lit = made([&](VipsImage** out) { return vips_linear1(one.get(), out, 1, 30000, nullptr); });
  const Image deep = made([&](VipsImage** out) { return vips_cast(lit.get(), out, VIPS_FORMAT_USHORT, nullptr); });
  const Image image = made([&](VipsImage** out) { return vips_copy(deep.get(), out, "interpretation", VIPS_INTERPRETATION_RGB16, nullptr); });
  return saved([&](void** to, std::size_t* size) { return vips_pngsave_buffer(image.get(), to, size, "compression", 6, nullptr); });
}

Opened open_jpeg(const std::string& bytes) {
  const NotOurs not_ours;
  begin();
  const Image image{vips_image_new_from_buffer(bytes.data(), bytes.size(), "", nullptr)};
  if (!image) throw std::runtime_error("this is no picture");
  Opened opened{vips_image_get_width(image.get()), vips_image_get_height(image.get()), vips_image_get_bands(image.get()), {}};
  std::size_t size = 0;
  auto* const memory = static_cast<unsigned char*>(vips_image_write_to_memory(image.get(), &size));
  opened.pixels.assign(memory, memory + size);
  g_free(memory);
  return opened;
}

std::array<int, 3> Opened::at(int x_thousandths, int y_thousandths) const {
  const auto x = static_cast<std::size_t>(width * x_thousandths / 1000), y = static_cast<std::size_t>(height * y_thousandths / 1000);
  const auto* const pixel = &pixels[(y * static_cast<std::size_t>(width) + x) * static_cast<std::size_t>(bands)];
  return {pixel[0], pixel[bands > 1 ? 1 : 0], pixel[bands > 2 ? 2 : 0]};
}

}  // namespace klotterkoll::test
