#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace klotterkoll::test {

/// A picture as a camera makes it: red on its left half and blue on its right, as the sensor saw it, with a grey ramp from
/// dark at the top to light below mixed in, so that it is not all one colour.
struct PictureWanted {
  int width = 640, height = 480;
  int orientation = 1;  ///< as EXIF has it; 6: turn it to the right to see it upright
  bool camera = false;  ///< writes when and where: 2026-11-15 21:10:00 +01:00 at 55.9362 N 13.5405 E
  std::string offset = "+01:00";
  bool noise = false;   ///< as much detail as a photo has, so that it takes as many bytes
  bool progressive = false;
};
std::string jpeg(const PictureWanted& wanted = {});
std::string png(const PictureWanted& wanted = {});
std::string webp(const PictureWanted& wanted = {});
std::string heic(const PictureWanted& wanted = {});
/// Half of it is transparent.
std::string png_with_alpha();
/// Four inks, as printers have them, of the same red and blue.
std::string cmyk_jpeg();
/// Black, one bit a pixel: a few kB for any size.
std::string png_of_one_bit(int width, int height);
/// 16 bits in four channels, all of one colour: a few kB that are eight bytes a pixel when they are unpacked.
std::string deep_png(int width, int height);

/// What a JPEG holds when it is opened: its size, and the colour at a point given in thousandths of it.
struct Opened {
  int width = 0, height = 0, bands = 0;
  std::vector<unsigned char> pixels;
  std::array<int, 3> at(int x_thousandths, int y_thousandths) const;
};
Opened open_jpeg(const std::string& bytes);

}  // namespace klotterkoll::test
