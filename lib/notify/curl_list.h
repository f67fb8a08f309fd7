#pragma once

#include <curl/curl.h>

#include <memory>
#include <new>
#include <string>

namespace klotterkoll {

/// A list of lines as libcurl wants it, kept for as long as a transfer needs it.
class CurlList {
 public:
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(list_.release());  // a part of the longer one now
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list_{nullptr, &curl_slist_free_all};
};

}  // namespace klotterkoll
