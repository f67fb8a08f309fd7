#pragma once

#include <httplib.h>

#include <string>
#include <string_view>
#include <vector>

#include "pages/words.h"
#include "router.h"

namespace klotterkoll {

// What all pages for people share: the layout, the headers, the style, and how a refusal is told to somebody with a browser.

/// Is the path a page's? Pages ask for no key, are counted by address, and tell refusals as pages.
bool is_page(std::string_view path);

/// The language of a page: what the address asks for (`?lang=en`), else `preferred`.
Language language_of(const httplib::Request& request, Language preferred);
/// The path of the service from outside, without a slash at its end: "" or the prefix under which it is mounted.
std::string root_path(const App& app);

/// What stands around a page's content.
struct PageFrame {
  int status = 200;
  Language language = Language::sv;
  std::string title;
  std::string tenant;          ///< the municipality's name; empty: none
  std::string root;            ///< root_path
  std::string other_language;  ///< the address of the page in the other language; empty: it is not offered
};
/// Answers with a page; `content` is HTML.
void answer_page(httplib::Response& response, const PageFrame& frame, const std::string& content);
/// Answers with a heading and some sentences.
void answer_message(httplib::Response& response, PageFrame frame, const std::string& heading, const std::vector<std::string>& paragraphs);

/// Makes a page of a problem document where the path is a page's; true when it has.
bool dress_as_page(const App& app, const httplib::Request& request, httplib::Response& response);

/// Throws Error{forbidden} when a browser says that a form was sent from another site.
void require_same_site(const Call& call);

/// The style, under a name that changes with it.
std::vector<Route> style_routes();

}  // namespace klotterkoll
