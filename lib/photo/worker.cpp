#include "photo/worker.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <vector>

#include "photo/content.h"
#include "photo/sandbox.h"
#include "photo/vips_library.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMostOfRendition = 8 * 1024 * 1024, kLongestCause = 500;
constexpr std::string_view kPhotoWord = "photo", kRefusedWord = "refused";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto space = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, space));
    if (space == line.size()) return words;
    line.remove_prefix(space + 1);
  }
}

template <typename Number>
std::optional<Number> number(std::string_view text, Number least, Number most) {
  Number read{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (fault != std::errc{} || end != text.data() + text.size() || !(read >= least && read <= most)) return std::nullopt;
  return read;
}

std::string or_dash(const auto& value, const auto& write) { return value ? write(*value) : std::string{"-"}; }

std::string exact(double value) {
  std::array<char, 40> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

/// "photo PEAK WIDTH HEIGHT HASH LOCAL OFFSET LAT LON SIZE SIZE SIZE SIZE"
std::optional<WorkerAnswer> read_photo(const std::vector<std::string_view>& words, std::string_view rest) {
  if (words.size() != 9 + kRenditions) return std::nullopt;
  DecodedPhoto photo;
  const auto width = number<int>(words[2], 1, kFullSide), height = number<int>(words[3], 1, kFullSide);
  const auto hash = number<std::int64_t>(words[4], INT64_MIN, INT64_MAX);
  if (!width || !height || !hash) return std::nullopt;
  photo.width = *width;
  photo.height = *height;
  photo.perceptual_hash = *hash;
  constexpr std::int64_t most_seconds = 100'000'000'000;
  if (const auto local = number<std::int64_t>(words[5], -most_seconds, most_seconds)) photo.captured_local = LocalTime{std::chrono::seconds{*local}};
  if (const auto offset = number<int>(words[6], -1440, 1440)) photo.captured_offset = std::chrono::minutes{*offset};
  const auto lat = number<double>(words[7], -90, 90), lon = number<double>(words[8], -180, 180);
  if (lat && lon) photo.location = Point{*lat, *lon};
  for (std::size_t i = 0; i < kRenditions; ++i) {
    const auto size = number<std::size_t>(words[9 + i], 4, kMostOfRendition);
    if (!size || *size > rest.size() || !rest.starts_with("\xFF\xD8\xFF")) return std::nullopt;
    photo.renditions[i] = rest.substr(0, *size);
    rest.remove_prefix(*size);
  }
  if (!rest.empty()) return std::nullopt;
  return WorkerAnswer{std::move(photo), {}, "", 0};
}

struct Input {
  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;
  std::string_view view() const { return {bytes.get(), size}; }
};

/// Standard input to its end; nothing when it holds more than a photo may. Memory is not touched before it is used.
std::optional<Input> read_input() {
  constexpr std::size_t room = kPhotoBytes + 1;
  Input input{std::make_unique_for_overwrite<char[]>(room)};
  while (input.size < room) {
    const auto count = ::read(STDIN_FILENO, input.bytes.get() + input.size, room - input.size);
    if (count < 0) return std::nullopt;
    if (count == 0) return input;
    input.size += static_cast<std::size_t>(count);
  }
  return std::nullopt;
}

/// The most memory that this process has had, by the system's book of it, opened while that could be. What getrusage(2)
/// says begins with what its parent had.
std::int64_t peak_memory(int status) {
  std::array<char, 4096> buffer;
  const auto count = ::pread(status, buffer.data(), buffer.size(), 0);
  const std::string_view text{buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  const auto at = text.find("VmHWM:");
  const auto digits = text.find_first_of("0123456789", at);
  if (at == text.npos || digits == text.npos) return 0;
  std::int64_t kilobytes = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), kilobytes);
  return kilobytes * 1024;
}

bool write_output(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

std::string write_answer(const WorkerAnswer& answer) {
  const std::string peak = ' ' + std::to_string(answer.peak_memory) + ' ';
  if (!answer.photo) return std::string{kRefusedWord} + peak + std::string{to_code(answer.fault)} + '\n' + answer.cause.substr(0, kLongestCause);
  const DecodedPhoto& photo = *answer.photo;
  const auto count = [](const auto& time) { return std::to_string(time.count()); };
  std::string text = std::string{kPhotoWord} + peak + std::to_string(photo.width) + ' ' + std::to_string(photo.height) + ' ' +
                     std::to_string(photo.perceptual_hash) + ' ' +
                     or_dash(photo.captured_local, [&](LocalTime local) { return count(local.time_since_epoch()); }) + ' ' +
                     or_dash(photo.captured_offset, count) + ' ' +
                     or_dash(photo.location, [](Point point) { return exact(point.lat) + ' ' + exact(point.lon); });
  if (!photo.location) text += " -";
  for (const std::string& bytes : photo.renditions) text += ' ' + std::to_string(bytes.size());
  text += '\n';
  for (const std::string& bytes : photo.renditions) text += bytes;
  return text;
}

std::optional<WorkerAnswer> read_answer(std::string_view bytes) {
  const auto end = bytes.find('\n');
  if (end == bytes.npos || end > 500) return std::nullopt;
  const auto words = words_of(bytes.substr(0, end));
  const std::string_view rest = bytes.substr(end + 1);
  if (words.size() < 3) return std::nullopt;
  const auto peak = number<std::int64_t>(words[1], 0, INT64_MAX);
  if (!peak) return std::nullopt;
  std::optional<WorkerAnswer> answer;
  if (words.front() == kPhotoWord) {
    answer = read_photo(words, rest);
  } else if (words.front() == kRefusedWord && words.size() == 3 && rest.size() <= kLongestCause) {
    if (const auto fault = code_from<PictureFault>(words[2])) answer = WorkerAnswer{std::nullopt, *fault, std::string{rest}, 0};
  }
  if (answer) answer->peak_memory = *peak;
  return answer;
}

int run_photo_worker() {
  try {
    mallopt(M_ARENA_MAX, 1);  // a pool of memory for each of the library's threads would count against the limit
    limit_process();
    const auto input = read_input();
    if (!input) return 2;
    const PictureKind kind = require_picture(input->view());
    const VipsLibrary& library = VipsLibrary::instance();
    if (kind == PictureKind::heic) library.load_heic();
    const int status = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    close_in();
    WorkerAnswer answer;
    try {
      answer.photo = decode_photo(input->view());
    } catch (const PictureRefused& refused) {
      answer.fault = refused.fault;
      answer.cause = refused.cause;
    }
    answer.peak_memory = peak_memory(status);
    // At once: what the library would tidy up at its end, the system does.
    ::_exit(write_output(write_answer(answer)) ? 0 : 2);
  } catch (const std::exception& fault) {
    write_output(fault.what());
    return 2;
  }
}

}  // namespace klotterkoll
