#include "photo/photo_workers.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "photo/sandbox.h"
#include "photo/worker.h"
#include "support/clocks.h"
#include "support/pictures.h"
#include "support/refusal.h"

using namespace klotterkoll;
using namespace klotterkoll::test;

namespace {

/// The sanitizers take several times the memory themselves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t kMost = std::int64_t{2048} * 1024 * 1024;
#else
constexpr std::int64_t kMost = std::int64_t{300} * 1024 * 1024;
#endif

PhotoWorkerOptions real_ones() { return {.command = {KLOTTERKOLL_BINARY, "photo-worker"}}; }

DecodedPhoto decode(PhotoWorkers& workers, const std::string& bytes) {
  return workers.decode({bytes}, PhotoDecoder::Sender::known).front();
}

std::string sentence_about(const std::string& bytes) {
  PhotoWorkers workers{real_ones()};
  const Error error = refusal([&] { decode(workers, bytes); });
  CHECK(error.code() == ErrorCode::refused);
  return error.what();
}

/// Red is what was on the sensor's left, blue on its right.
bool reddish(const std::array<int, 3>& colour) { return colour[0] > colour[2] + 80; }
bool bluish(const std::array<int, 3>& colour) { return colour[2] > colour[0] + 80; }

const std::string& rendition(const DecodedPhoto& photo, Rendition which) { return photo.renditions[static_cast<std::size_t>(which)]; }

/// What a 12-megapixel camera gives, several megabytes.
const std::string& twelve_megapixels() {
  static const std::string bytes = jpeg({.width = 4000, .height = 3000, .orientation = 6, .camera = true, .noise = true});
  return bytes;
}

}  // namespace

TEST_CASE("photo: every kind becomes JPEG in two sizes, upright, with nothing of the camera's in it") {
  PhotoWorkers workers{real_ones()};
  const PictureWanted wanted{.width = 2000, .height = 1000, .orientation = 6, .camera = true};
  for (const auto& [name, bytes] : {std::pair{"jpeg", jpeg(wanted)}, {"webp", webp(wanted)}, {"progressive", jpeg({2000, 1000, 6, true, "+01:00", false, true})}}) {
    CAPTURE(name);
    const DecodedPhoto photo = decode(workers, bytes);
    CHECK(photo.width == 800);
    CHECK(photo.height == 1600);
    const Opened full = open_jpeg(rendition(photo, Rendition::full)), thumb = open_jpeg(rendition(photo, Rendition::thumb));
    CHECK(full.width == 800);
    CHECK(full.height == 1600);
    CHECK(thumb.width == 160);
    CHECK(thumb.height == 320);
    // Turned to the right, the sensor's left is above.
    CHECK(reddish(full.at(500, 100)));
    CHECK(bluish(full.at(500, 900)));
    CHECK(reddish(thumb.at(500, 100)));
    for (const std::string& made : photo.renditions) {
      CHECK(made.starts_with("\xFF\xD8\xFF"));
      for (const char* trace : {"Exif", "http://ns.adobe.com", "ICC_PROFILE", "2026:11:15"}) CHECK(made.find(trace) == std::string::npos);
    }
    REQUIRE(photo.location);
    CHECK(std::abs(photo.location->lat - 55.9362) < 0.0001);
    CHECK(std::abs(photo.location->lon - 13.5405) < 0.0001);
    CHECK(captured_at(photo, TimeZone{"Europe/Stockholm"}, nov(16)) == nov(15, "21:10"));
  }
  // HEIC is upright by its own means, PNG has no camera behind it.
  for (const std::string& bytes : {heic({.width = 2000, .height = 1000}), png({.width = 2000, .height = 1000})}) {
    const DecodedPhoto photo = decode(workers, bytes);
    const Opened full = open_jpeg(rendition(photo, Rendition::full));
    CHECK(photo.width == 1600);
    CHECK(photo.height == 800);
    CHECK(reddish(full.at(100, 500)));
    CHECK(bluish(full.at(900, 500)));
    CHECK_FALSE(photo.location);
    CHECK_FALSE(photo.captured_local);
  }
}

TEST_CASE("photo: what is small stays as large as it is, and what is clear becomes white") {
  PhotoWorkers workers{real_ones()};
  const DecodedPhoto photo = decode(workers, png_with_alpha());
  CHECK(photo.width == 200);
  CHECK(photo.height == 100);
  const Opened full = open_jpeg(rendition(photo, Rendition::full));
  CHECK(full.width == 200);
  CHECK(full.bands == 3);
  CHECK(full.at(250, 500)[0] < 20);
  CHECK(full.at(750, 500)[1] > 235);
  CHECK(open_jpeg(rendition(photo, Rendition::thumb)).width == 200);
}

TEST_CASE("photo: printer's inks and a time without its zone are understood") {
  PhotoWorkers workers{real_ones()};
  const Opened full = open_jpeg(rendition(decode(workers, cmyk_jpeg()), Rendition::full));
  CHECK(full.bands == 3);
  CHECK(reddish(full.at(250, 500)));
  CHECK(bluish(full.at(750, 500)));

  const TimeZone stockholm{"Europe/Stockholm"};
  DecodedPhoto photo = decode(workers, jpeg({.camera = true, .offset = ""}));
  CHECK_FALSE(photo.captured_offset);
  CHECK(captured_at(photo, stockholm, nov(16)) == nov(15, "21:10"));
  photo = decode(workers, jpeg({.camera = true, .offset = "-05:00"}));
  CHECK(captured_at(photo, stockholm, nov(17)) == nov(16, "03:10"));
  // A clock that was never set tells nothing.
  CHECK(captured_at(photo, stockholm, nov(14)) == std::nullopt);
  photo.captured_local = LocalTime{};
  CHECK(captured_at(photo, stockholm, nov(16)) == std::nullopt);
}

TEST_CASE("photo: blurred, of left and right no more is left than that they were two colours") {
  PhotoWorkers workers{real_ones()};
  const DecodedPhoto photo = decode(workers, jpeg({.width = 1200, .height = 900, .noise = true}));
  const Opened blurred = open_jpeg(rendition(photo, Rendition::full_blurred)), thumb = open_jpeg(rendition(photo, Rendition::thumb_blurred));
  CHECK(blurred.width == 1200);
  CHECK(blurred.height == 900);
  CHECK(thumb.width == 320);
  CHECK(reddish(blurred.at(100, 500)));
  CHECK(bluish(blurred.at(900, 500)));
  // The edge in the middle is a slope: close to it there is no difference to be seen.
  const auto left = blurred.at(490, 500), right = blurred.at(510, 500);
  CHECK(std::abs(left[0] - right[0]) < 60);
  const auto sharp_left = open_jpeg(rendition(photo, Rendition::full)).at(490, 500), sharp_right = open_jpeg(rendition(photo, Rendition::full)).at(510, 500);
  CHECK(std::abs(sharp_left[0] - sharp_right[0]) > 120);
}

TEST_CASE("photo: the same picture has nearly the same hash in another size and form, another one has not") {
  PhotoWorkers workers{real_ones()};
  const std::int64_t one = decode(workers, jpeg({.width = 1200, .height = 900})).perceptual_hash;
  CHECK(perceptual_distance(one, decode(workers, png({.width = 700, .height = 525})).perceptual_hash) < 10);
  CHECK(perceptual_distance(one, decode(workers, webp({.width = 1200, .height = 900, .noise = true})).perceptual_hash) < 16);
  CHECK(perceptual_distance(0, -1) == 64);
  CHECK(perceptual_distance(5, 5) == 0);
}

TEST_CASE("photo: what is cut off anywhere is refused") {
  for (const std::string& whole : {jpeg({.camera = true}), png(), webp(), heic()})
    for (const std::size_t thousandths : {30, 300, 700, 980}) {
      CAPTURE(whole.size());
      CAPTURE(thousandths);
      CHECK(sentence_about(whole.substr(0, whole.size() * thousandths / 1000)).find("The picture is damaged") == 0);
    }
}

TEST_CASE("photo: garbage inside a picture is refused, and ends no more than its own process") {
  std::string bytes = jpeg();
  for (std::size_t i = 30; i < 200; ++i) bytes[i] = static_cast<char>(i * 7);
  CHECK_FALSE(sentence_about(bytes).empty());
  std::string image = png();
  image[20] = '\x7F';  // a width of 2 billion
  CHECK_FALSE(sentence_about(image).empty());
}

TEST_CASE("photo: a picture of too many pixels, or hardly any width, is refused by its head") {
  PhotoWorkers workers{real_ones()};
  const std::string bomb = png_of_one_bit(30'000, 30'000);
  CHECK(bomb.size() < 1'000'000);
  CHECK(sentence_about(bomb).starts_with("The picture has more than 50 megapixels;"));
  CHECK(sentence_about(png_of_one_bit(10'000, 5'001)).starts_with("The picture has more than 50 megapixels;"));
  CHECK_NOTHROW(decode(workers, png_of_one_bit(10'000, 5'000)));
  CHECK(sentence_about(png_of_one_bit(1, 100'000)).starts_with("The picture is too small or too narrow"));
  CHECK(sentence_about(png_of_one_bit(100'000, 400)).starts_with("The picture is too small or too narrow"));
  CHECK(sentence_about(png_of_one_bit(31, 31)).starts_with("The picture is too small or too narrow"));
  CHECK_NOTHROW(decode(workers, png_of_one_bit(32, 32)));
  CHECK_NOTHROW(decode(workers, png_of_one_bit(32, 640)));
  CHECK(sentence_about(png_of_one_bit(32, 641)).starts_with("The picture is too small or too narrow"));
}

TEST_CASE("photo: a 12-megapixel JPEG takes less than 300 MB, and so do ten at once for each of two workers") {
  PhotoWorkers workers{[] {
    PhotoWorkerOptions options = real_ones();
    options.most_waiting = 10;
    options.most_wait = std::chrono::minutes{2};
    return options;
  }()};
  const DecodedPhoto photo = decode(workers, twelve_megapixels());
  CHECK(photo.width == 1200);
  CHECK(photo.height == 1600);
  CHECK(workers.peak_memory() > 20 * 1024 * 1024);
  CHECK(workers.peak_memory() < kMost);
  MESSAGE("a 12-megapixel JPEG of " << twelve_megapixels().size() / 1024 << " kB: " << workers.peak_memory() / 1024 / 1024 << " MB");
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 10; ++i)
      clients.emplace_back([&] {
        decode(workers, twelve_megapixels());
        ++taken;
      });
  }
  CHECK(taken == 10);
  CHECK(workers.peak_memory() < kMost);
}

TEST_CASE("photo: pictures that unpack to far more than the limit are made in rows, or refused, within it") {
  PhotoWorkers workers{real_ones()};
  for (const std::string& bytes : {deep_png(7000, 7000), png_of_one_bit(10'000, 5'000)}) {
    try {
      decode(workers, bytes);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::refused);
    }
    CHECK(workers.peak_memory() < kMost);
  }
}

TEST_CASE("photo: more at once than may run and wait are turned away at once") {
  PhotoWorkers workers{{.command = {"/bin/sleep", "1"}, .most_running = 2, .most_waiting = 4, .most_time = std::chrono::seconds{10}}};
  std::atomic<int> turned_away = 0, others = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 10; ++i)
      clients.emplace_back([&] {
        try {
          decode(workers, "\xFF\xD8\xFF...");
        } catch (const Error& error) {
          ++(error.code() == ErrorCode::unavailable ? turned_away : others);
        }
      });
  }
  CHECK(turned_away == 4);
  CHECK(others == 6);
}

TEST_CASE("photo: however many strangers send, one place and a queue are left for who has a key") {
  PhotoWorkers workers{{.command = {"/bin/sleep", "0.5"}, .most_running = 2, .most_waiting = 4}};
  const auto answer_to = [&](PhotoDecoder::Sender sender) { return refusal([&] { workers.decode({"\xFF\xD8\xFF..."}, sender); }).code(); };
  std::atomic<int> turned_away = 0, had_a_turn = 0;
  const auto before = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> strangers;
    for (int i = 0; i < 6; ++i)
      strangers.emplace_back([&] { ++(answer_to(PhotoDecoder::Sender::stranger) == ErrorCode::unavailable ? turned_away : had_a_turn); });
    // One runs and four wait when the sixth is turned away.
    while (turned_away == 0 && had_a_turn < 6) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    CHECK(answer_to(PhotoDecoder::Sender::known) == ErrorCode::refused);  // it had its turn: sleep says nothing of a picture
    CHECK(had_a_turn < 5);
  }
  CHECK(turned_away == 1);
  CHECK(had_a_turn == 5);
  CHECK(std::chrono::steady_clock::now() - before > std::chrono::milliseconds{2'400});  // never two of them at a time
}

TEST_CASE("photo: those of one request are taken in their order, or each fault is told and none is taken") {
  PhotoWorkers workers{real_ones()};
  const std::string small = jpeg({.width = 100, .height = 60}), large = png({.width = 300, .height = 200}), cut = small.substr(0, small.size() / 2);
  const auto both = workers.decode({small, large}, PhotoDecoder::Sender::stranger);
  REQUIRE(both.size() == 2);
  CHECK(both[0].width == 100);
  CHECK(both[1].width == 300);
  Error error = refusal([&] { workers.decode({small, cut, large, cut}, PhotoDecoder::Sender::known); });
  CHECK(error.code() == ErrorCode::refused);
  REQUIRE(error.faults().size() == 2);
  CHECK(error.faults()[0].pointer == "/photo/1");
  CHECK(error.faults()[1].pointer == "/photo/3");
  CHECK(error.faults()[1].message.starts_with("The picture is damaged"));
  // What is no picture at a look is told before any child is started.
  PhotoWorkers none{{.command = {"/nonexistent/klotterkoll"}}};
  error = refusal([&] { none.decode({"GIF89a", small, "%PDF-1.4"}, PhotoDecoder::Sender::known); });
  REQUIRE(error.faults().size() == 2);
  CHECK(error.faults()[1].pointer == "/photo/2");
  CHECK(refusal([&] { none.decode({small, small}, PhotoDecoder::Sender::known); }).code() == ErrorCode::unavailable);
  // They have their time together.
  PhotoWorkers slow{{.command = {"/bin/sleep", "20"}, .most_time = std::chrono::milliseconds{200}}};
  const auto before = std::chrono::steady_clock::now();
  CHECK(refusal([&] { slow.decode({small, small, small, small, small}, PhotoDecoder::Sender::known); }).faults().size() == 5);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{20});
}

TEST_CASE("photo: a child that takes too long is ended, and one that says what it may not is not believed") {
  std::vector<std::string> told;
  const auto with = [&](std::vector<std::string> command, std::chrono::milliseconds most_time = std::chrono::seconds{10}) {
    PhotoWorkers workers{{.command = std::move(command), .most_time = most_time, .on_fault = [&](const std::string& what) { told.push_back(what); }}};
    return refusal([&] { decode(workers, std::string{"\xFF\xD8\xFF"} + std::string(1'000'000, 'x')); });
  };
  const auto before = std::chrono::steady_clock::now();
  Error error = with({"/bin/sleep", "60"}, std::chrono::milliseconds{200});
  CHECK(error.code() == ErrorCode::refused);
  CHECK(std::string{error.what()}.starts_with("The picture takes too long"));
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{30});
  CHECK(with({"/bin/echo", "photo 1 1600 1200 0 - - - - 4 4 4 4"}).code() == ErrorCode::refused);
  CHECK(with({"/bin/cat"}).code() == ErrorCode::refused);
  // Nothing wrong with the picture: it may be sent again.
  CHECK(with({"/bin/false"}).code() == ErrorCode::unavailable);
  CHECK(with({"/nonexistent/klotterkoll"}).code() == ErrorCode::unavailable);
  CHECK(with({"/bin/sh", "-c", "kill -9 $$"}).code() == ErrorCode::unavailable);
  CHECK(with({"/bin/sh", "-c", "kill -11 $$"}).code() == ErrorCode::refused);
  CHECK(told.size() == 7);
}

TEST_CASE("photo: an answer is read as it was written, and nothing else is one") {
  WorkerAnswer answer;
  answer.photo = DecodedPhoto{};
  answer.photo->renditions = {"\xFF\xD8\xFF" "1", "\xFF\xD8\xFF" "22", "\xFF\xD8\xFF" "333", "\xFF\xD8\xFF" "4444"};
  answer.photo->width = 1600;
  answer.photo->height = 1;
  answer.photo->perceptual_hash = -7;
  answer.peak_memory = 1'000'000;
  answer.photo->captured_local = LocalTime{std::chrono::seconds{1'794'777'000}};
  answer.photo->captured_offset = std::chrono::minutes{-300};
  answer.photo->location = Point{55.9362, -13.5405};
  const std::string written = write_answer(answer);
  const auto back = read_answer(written);
  REQUIRE(back);
  REQUIRE(back->photo);
  CHECK(back->peak_memory == 1'000'000);
  CHECK(back->photo->renditions == answer.photo->renditions);
  CHECK(back->photo->perceptual_hash == -7);
  CHECK(back->photo->captured_offset == std::chrono::minutes{-300});
  CHECK(back->photo->location == Point{55.9362, -13.5405});
  for (std::size_t cut = 0; cut < written.size(); ++cut) CHECK_FALSE(read_answer(written.substr(0, cut)));
  CHECK_FALSE(read_answer(written + "x"));
  for (const char* other : {"", "photo\n", "photo 1 1 1 0 - - - -\n", "photo 1 0 1 0 - - - - 4 4 4 4\n", "photo 1 1601 1 0 - - - - 4 4 4 4\n",
                            "refused\n", "refused 1\n", "refused 1 so\n", "refused x broken\n", "refused 1 broken odd_shape\n",
                            "photo 1 1 1 0 - - - - 99999999999999999999 4 4 4\n"})
    CHECK_FALSE(read_answer(other));
  const auto refused = read_answer(write_answer({std::nullopt, PictureFault::odd_shape, "why", 77}));
  REQUIRE(refused);
  CHECK_FALSE(refused->photo);
  CHECK(refused->fault == PictureFault::odd_shape);
  CHECK(refused->cause == "why");
  CHECK(refused->peak_memory == 77);
}
