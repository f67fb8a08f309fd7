#include "feeds/atom.h"

#include <pugixml.hpp>

#include <sstream>

#include "base/id.h"
#include "base/text.h"

namespace klotterkoll {
namespace {

void add(pugi::xml_node parent, const char* name, const std::string& text) {
  std::string clean;
  for (const char c : text)
    if (!is_control(c) || c == '\n' || c == '\t') clean += c;
  for (const char* none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})  // U+FFFE and U+FFFF
    for (auto at = clean.find(none); at != clean.npos; at = clean.find(none)) clean.erase(at, 3);
  parent.append_child(name).text().set(clean.c_str());
}

void add_link(pugi::xml_node parent, const char* relation, const char* type, const std::string& url) {
  pugi::xml_node link = parent.append_child("link");
  link.append_attribute("rel") = relation;
  link.append_attribute("type") = type;
  link.append_attribute("href") = url.c_str();
}

}  // namespace

std::string urn_of(const std::string& named) {
  std::string hex = digest(named).substr(0, 32);
  hex[12] = '8';
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  for (const std::size_t at : {20u, 16u, 12u, 8u}) hex.insert(at, 1, '-');
  return "urn:uuid:" + hex;
}

std::string atom_text(const AtomFeed& feed) {
  pugi::xml_document document;
  pugi::xml_node head = document.append_child(pugi::node_declaration);
  head.append_attribute("version") = "1.0";
  head.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("feed");
  root.append_attribute("xmlns") = "http://www.w3.org/2005/Atom";
  root.append_attribute("xml:lang") = feed.language.c_str();
  add(root, "id", feed.id);
  add(root, "title", feed.title);
  add(root, "updated", format_instant(feed.updated_at));
  add(root.append_child("author"), "name", feed.author);
  add_link(root, "self", "application/atom+xml", feed.url);
  for (const AtomEntry& entry : feed.entries) {
    pugi::xml_node one = root.append_child("entry");
    add(one, "id", entry.id);
    add(one, "title", entry.title);
    add(one, "published", format_instant(entry.published_at));
    add(one, "updated", format_instant(entry.updated_at));
    add_link(one, "alternate", "text/html", entry.url);
    one.append_child("category").append_attribute("term") = entry.category.c_str();
    add(one, "summary", entry.summary);
  }
  std::ostringstream out;
  document.save(out, " ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace klotterkoll
