#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace klotterkoll {

/// A URL as libcurl reads it, so that what is checked is what is called.
class CurlUrl {
 public:
  explicit CurlUrl(const std::string& url, unsigned flags = 0) : url_(curl_url(), &curl_url_cleanup) {
    valid_ = url_ && curl_url_set(url_.get(), CURLUPART_URL, url.c_str(), flags) == CURLUE_OK;
  }
  bool valid() const { return valid_; }
  /// Empty when the URL has no such part.
  std::string part(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), part, &text, flags) != CURLUE_OK) return "";
    const std::unique_ptr<char, decltype(&curl_free)> owner{text, &curl_free};
    return text;
  }
  /// Without user and password.
  std::string without_credentials() {
    curl_url_set(url_.get(), CURLUPART_USER, nullptr, 0);
    curl_url_set(url_.get(), CURLUPART_PASSWORD, nullptr, 0);
    return part(CURLUPART_URL);
  }

 private:
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_;
  bool valid_ = false;
};

}  // namespace klotterkoll
