#include "notify/tile_fetcher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "notify/curl_list.h"
#include "notify/curl_url.h"
#include "notify/webhook_url.h"

namespace klotterkoll {
namespace {

constexpr std::array<std::string_view, 3> kMarks{"{z}", "{x}", "{y}"};

std::string filled(std::string pattern, const TileId& tile) {
  const int numbers[] = {tile.z, tile.x, tile.y};
  for (std::size_t n = 0; n < kMarks.size(); ++n)
    for (auto at = pattern.find(kMarks[n]); at != pattern.npos; at = pattern.find(kMarks[n])) pattern.replace(at, kMarks[n].size(), std::to_string(numbers[n]));
  return pattern;
}

/// One tile on its way.
class TileTransfer final : public Transfer {
 public:
  TileTransfer(const TileFetcher::Limits& limits, std::string receiver, std::string url, TileSource::Done done)
      : limits_(limits), receiver_(std::move(receiver)), url_(std::move(url)), done_(std::move(done)) {}

  const std::string& receiver() const override { return receiver_; }

  bool prepare(CURL* handle) override {
    // Who asked has given up: the map service need not be asked any more.
    if (std::chrono::steady_clock::now() > since_ + limits_.timeout) {
      done_({.fault = "it waited too long for others"});
      return false;
    }
    headers_.add("Accept: image/png, image/jpeg, image/webp");
    curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "Klotterkoll");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");  // nor one of the environment
    curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!limits_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, limits_.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout.count()));
    curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kLargestTile));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &TileTransfer::take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    return true;
  }

  bool finish(CURL* handle, CURLcode code, const char* error) override {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    const char* told = nullptr;
    curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &told);
    done_(answer_of(code, status, told ? told : "", error));
    return code != CURLE_OPERATION_TIMEDOUT && code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST;
  }

 private:
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<TileTransfer*>(self);
    const std::size_t bytes = size * count;
    if (transfer.body_.size() + bytes > kLargestTile) {
      transfer.too_large_ = true;
      return 0;  // fewer than given: enough
    }
    transfer.body_.append(data, bytes);
    return bytes;
  }

  TileAnswer answer_of(CURLcode code, long status, const std::string& told, const char* error) {
    if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) return {.fault = "it is larger than 1 MiB"};
    // What libcurl says may hold a host, but no path and no key.
    if (code != CURLE_OK) return {.fault = *error ? error : curl_easy_strerror(code)};
    if (status == 404 || status == 204 || status == 410) return {.absent = true};
    if (status != 200) return {.fault = "the map service answers " + std::to_string(status)};
    const std::string type = fold(trimmed(told.substr(0, told.find(';'))));
    const std::string_view found = picture_type(body_);
    if (found.empty() || (type != "image/png" && type != "image/jpeg" && type != "image/webp"))
      return {.fault = "it is no PNG, JPEG or WebP but " + (type.empty() ? "nothing known" : type.substr(0, 60))};
    return {.tile = Tile{std::move(body_), found}};
  }

  const TileFetcher::Limits& limits_;
  const std::string receiver_, url_;
  const TileSource::Done done_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  CurlList headers_;
  std::string body_;
  bool too_large_ = false;
};

}  // namespace

void require_tile_url(const std::string& pattern) {
  const auto refuse = [](const char* sentence) { throw Error{ErrorCode::refused, sentence}; };
  for (const std::string_view mark : kMarks)
    if (pattern.find(mark) == pattern.npos) refuse("The address of tiles holds the marks {z}, {x} and {y}, such as https://tiles.example.se/{z}/{x}/{y}.png.");
  const CurlUrl url{filled(pattern, {0, 0, 0})};
  const std::string scheme = url.valid() ? url.part(CURLUPART_SCHEME) : "";
  if ((scheme != "https" && scheme != "http") || url.part(CURLUPART_HOST).empty() || std::ranges::any_of(pattern, is_control))
    refuse("The address of tiles begins with https:// or http:// and a host.");
  const CurlUrl elsewhere{filled(pattern, {1, 1, 1})};
  if (elsewhere.part(CURLUPART_HOST) != url.part(CURLUPART_HOST) || elsewhere.part(CURLUPART_PORT) != url.part(CURLUPART_PORT))
    refuse("The marks {z}, {x} and {y} are not part of the host.");
}

TileFetcher::TileFetcher(std::string pattern, Limits limits)
    : pattern_((require_tile_url(pattern), std::move(pattern))), receiver_(receiver_of(filled(pattern_, {0, 0, 0}))), limits_(std::move(limits)),
      loop_({.in_all = limits_.at_once, .for_one = limits_.at_once, .kept_connections = static_cast<long>(limits_.at_once)}) {}

void TileFetcher::fetch(const TileId& tile, Done done) {
  loop_.add(std::make_unique<TileTransfer>(limits_, receiver_, filled(pattern_, tile), std::move(done)));
}

}  // namespace klotterkoll
