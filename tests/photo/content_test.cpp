#include "photo/content.h"

#include <doctest/doctest.h>

#include "domain/photo.h"
#include "support/pictures.h"
#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::string_literals;

namespace {

std::string sentence_about(const std::string& bytes) {
  const Error error = refusal([&] { require_picture(bytes); });
  CHECK(error.code() == ErrorCode::refused);
  return error.what();
}

/// A ZIP archive of one empty file called "a".
std::string archive() {
  const std::string local = "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0a"s;
  const std::string entry = "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a"s;
  return local + entry + "PK\5\6\0\0\0\0\1\0\1\0\x2f\0\0\0\x1f\0\0\0\0\0"s;
}

}  // namespace

TEST_CASE("content: pictures are known by what they hold") {
  CHECK(require_picture(jpeg()) == PictureKind::jpeg);
  CHECK(require_picture(jpeg({.camera = true})) == PictureKind::jpeg);
  CHECK(require_picture(png()) == PictureKind::png);
  CHECK(require_picture(webp()) == PictureKind::webp);
  CHECK(require_picture(heic()) == PictureKind::heic);
}

TEST_CASE("content: what is no picture of ours is refused by its name, whatever it was called") {
  CHECK(sentence_about("").find("no picture in the request") != std::string::npos);
  CHECK(sentence_about("GIF89a\1\0\1\0"s).starts_with("This is a GIF;"));
  CHECK(sentence_about("%PDF-1.7\n").starts_with("This is a PDF;"));
  CHECK(sentence_about("<svg xmlns=\"http://www.w3.org/2000/svg\"/>").starts_with("This is an SVG;"));
  CHECK(sentence_about("<?xml version=\"1.0\"?>\n<!-- hej -->\n<SVG width=\"1\"/>").starts_with("This is an SVG;"));
  CHECK(sentence_about("<!DOCTYPE html><title>x</title>").starts_with("This is a web page;"));
  CHECK(sentence_about("II*\0\x08\0\0\0"s).starts_with("This is a TIFF;"));
  CHECK(sentence_about("\0\0\0\x1c" "ftypavif\0\0\0\0"s).starts_with("This is an AVIF;"));
  CHECK(sentence_about("\0\0\0\x1c" "ftypisom\0\0\0\0"s).starts_with("This is a film;"));
  CHECK(sentence_about(archive()).starts_with("This is an archive;"));
  CHECK(sentence_about("hej").starts_with("This is no picture that is known here;"));
  CHECK(sentence_about("\xFF\xD8"s).starts_with("This is no picture that is known here;"));
  CHECK(sentence_about("RIFF\0\0\0\0WAVEfmt "s).starts_with("This is no picture that is known here;"));
  for (const char* bytes : {"hej", "GIF89a"}) CHECK(sentence_about(bytes).ends_with("send a photo as JPEG, PNG, WebP or HEIC."));
}

TEST_CASE("content: a picture that is another file as well is refused") {
  const std::string picture = jpeg();
  for (const std::string& other : {archive(), "Rar!\x1a\7\0"s, "7z\xbc\xaf\x27\x1c"s, "<script>alert(1)</script>"s, "<ScRiPt src=x>"s,
                                   "<html><body>"s, "<!DOCTYPE HTML>"s, "<?php system('id');"s, "<?php __HALT_COMPILER(); ?>"s}) {
    CAPTURE(other.substr(0, 10));
    CHECK(sentence_about(picture + other).find("another file as well") != std::string::npos);
    CHECK(sentence_about(png() + other).find("another file as well") != std::string::npos);
  }
  // A document may begin within the first kilobyte of another file.
  CHECK(sentence_about(picture.substr(0, 20) + "%PDF-1.4" + picture.substr(20)).find("another file as well") != std::string::npos);
  CHECK(sentence_about(picture + archive() + std::string(60'000, 'x')).find("another file as well") != std::string::npos);
}

TEST_CASE("content: what telephones put behind a picture is not held against it") {
  const std::string picture = jpeg();
  CHECK_NOTHROW(require_picture(picture + picture));                            // more than one picture in a file
  CHECK_NOTHROW(require_picture(picture + "\0\0\0\x1c" "ftypmp42\0\0\0\0"s));  // a second of film
  CHECK_NOTHROW(require_picture(picture + "SEFHk\0\0\0SEFT"s));
  CHECK_NOTHROW(require_picture(picture + "PK\5\6"));  // four bytes that mean nothing without the rest
  CHECK_NOTHROW(require_picture(picture + std::string(2000, ' ') + "%PDF-"));
}

TEST_CASE("content: 20 MB are taken and a byte more is not") {
  std::string picture = jpeg();
  picture.resize(kPhotoBytes, '\0');
  CHECK_NOTHROW(require_picture(picture));
  picture += '\0';
  CHECK(sentence_about(picture).starts_with("The picture is larger than 20 MB;"));
}
