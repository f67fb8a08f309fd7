#include "feeds/calendar.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "json/text.h"

namespace klotterkoll {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t kLongestLine = 75;
constexpr std::string_view kLineEnd = "\r\n";

/// "20261125T225959Z".
std::string stamp(Instant at) {
  std::string text = format_instant(at);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

class Lines {
 public:
  void put(std::string_view name, std::string_view value) { text_ += folded_line(std::string{name} + ":" + std::string{value}); }
  void put_text(std::string_view name, std::string_view value) {
    if (!value.empty()) put(name, escaped_text(value));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void put_entry(Lines& out, const CalendarEntry& entry) {
  const Instant ends_at = entry.due_at + seconds{1};
  out.put("BEGIN", "VEVENT");
  out.put_text("UID", entry.uid);
  // Of what is published it is when it was changed last, so that the same calendar has the same bytes.
  out.put("DTSTAMP", stamp(entry.changed_at));
  out.put("LAST-MODIFIED", stamp(entry.changed_at));
  out.put("SEQUENCE", std::to_string(entry.sequence));
  out.put("DTSTART", stamp(ends_at - hours{1}));
  out.put("DTEND", stamp(ends_at));
  out.put_text("SUMMARY", entry.summary);
  out.put_text("LOCATION", entry.location);
  out.put_text("DESCRIPTION", entry.description);
  if (entry.position) {
    char position[64];
    std::snprintf(position, sizeof position, "%.6f;%.6f", entry.position->lat, entry.position->lon);
    out.put("GEO", position);
  }
  if (!entry.url.empty()) out.put("URL", entry.url);
  out.put("STATUS", "CONFIRMED");
  out.put("TRANSP", "TRANSPARENT");  // nobody is busy for it
  for (const Instant alarm : entry.alarms) {
    out.put("BEGIN", "VALARM");
    out.put("ACTION", "DISPLAY");
    out.put_text("DESCRIPTION", entry.summary);
    out.put("TRIGGER;VALUE=DATE-TIME", stamp(alarm));
    out.put("END", "VALARM");
  }
  out.put("END", "VEVENT");
}

}  // namespace

std::string folded_line(std::string_view line) {
  std::string folded;
  // The space that begins a line that goes on is one of its bytes.
  for (std::size_t room = kLongestLine; line.size() > room; room = kLongestLine - 1) {
    const std::string_view part = utf8_prefix(line, room);
    (folded += part) += "\r\n ";
    line.remove_prefix(part.size());
  }
  return (folded += line) += kLineEnd;
}

std::string escaped_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') escaped += "\\n";
    else if (c == '\\' || c == ';' || c == ',') (escaped += '\\') += c;
    else if (!is_control(c)) escaped += c;
  }
  return escaped;
}

std::string calendar_text(const std::string& name, const std::vector<CalendarEntry>& entries) {
  Lines out;
  out.put("BEGIN", "VCALENDAR");
  out.put("VERSION", "2.0");
  out.put("PRODID", "-//Klotterkoll//Klotterkoll//SV");
  out.put("CALSCALE", "GREGORIAN");
  out.put("METHOD", "PUBLISH");
  out.put_text("NAME", name);
  out.put_text("X-WR-CALNAME", name);
  // How often to ask again: the first by RFC 7986, the second for those that do not know it.
  out.put("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
  out.put("X-PUBLISHED-TTL", "PT1H");
  for (const CalendarEntry& entry : entries) put_entry(out, entry);
  out.put("END", "VCALENDAR");
  return out.take();
}

}  // namespace klotterkoll
