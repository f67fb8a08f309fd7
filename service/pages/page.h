#pragma once

#include <httplib.h>

#include <string>
#include <string_view>
#include <vector>

#include "pages/words.h"
#include "router.h"

namespace klotterkoll {

// What all pages for people share: the layout, the headers, the style, and how a refusal is told to somebody with a browser.

/// Is the path a page's? Pages ask for no key, are counted by address or by who has signed in, and tell refusals as pages.
bool is_page(std::string_view path);

/// The language of a page: what the address asks for (`?lang=en`), else `preferred`.
const WebLanguage& language_of(const httplib::Request& request, Language preferred);
/// The path of the service from outside, without a slash at its end: "" or the prefix under which it is mounted.
std::string root_path(const App& app);
/// Where a script, style or picture lies (WebAsset::name), from the root of the host.
std::string asset_path(const std::string& root, std::string_view name);
/// A path with parameters, escaped: "/anmal?lang=en"; those with an empty value are left out.
std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& parameters);

/// How long browsers and proxies may keep a page, and whether search engines may list it.
enum class PageSecrecy {
  open,    ///< the same for everybody; asked for anew each time, so that a figure is never old
  listed,  ///< the same, and search engines may list it
  secret,  ///< its address or who has signed in is the reason why it is shown: kept nowhere
};

/// What stands around a page's content.
struct PageFrame {
  int status = 200;
  const WebLanguage* language = find_language("sv");
  std::string title;
  std::string tenant;   ///< the municipality's name; empty: none
  std::string root;     ///< root_path
  std::string home;     ///< the address of the first page; empty: the name is no link
  std::string address;  ///< of the page without its language, for links to the others; empty: they are not offered
  std::string description;  ///< for search engines and previews; empty: none
  PageSecrecy secrecy = PageSecrecy::secret;
  std::vector<std::string> scripts, styles;  ///< beside page.ts and page.css: "report.js", "map.css"
  bool wide = false;                         ///< uses the width of a large screen: lists, maps

  struct Link {
    std::string href, name;
    bool current = false;
  };
  std::vector<Link> menu;    ///< of the part of the service
  std::vector<Link> footer;  ///< accessibility, privacy and so on
  std::string user;          ///< who has signed in; empty: nobody
  std::string sign_out;      ///< where the form to sign out goes
  std::string form_token;    ///< what forms of who has signed in carry
};
/// Answers with a page; `content` is HTML.
void answer_page(httplib::Response& response, const PageFrame& frame, const std::string& content);
/// Answers with a heading and some sentences.
void answer_message(httplib::Response& response, PageFrame frame, const std::string& heading, const std::vector<std::string>& paragraphs);
/// Sends the browser to another page, so that loading it again sends no form again.
void answer_see_other(httplib::Response& response, const std::string& address);

/// Makes a page of a problem document where the path is a page's; true when it has.
bool dress_as_page(const App& app, const httplib::Request& request, httplib::Response& response);

/// Throws Error{forbidden} when a browser says that a form was sent from another site.
void require_same_site(const Call& call);

/// Scripts, styles and pictures, under names that change with them.
std::vector<Route> asset_routes();

}  // namespace klotterkoll
