#include "notify/mail_texts.h"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <set>

#include "notify/filled.h"

namespace klotterkoll {
namespace {

using mustache_data = kainjow::mustache::data;
using mustache_list = kainjow::mustache::list;

/// In what order a mail tells of several things: what presses first.
constexpr MailTopic kByUrgency[] = {
    MailTopic::overdue,          MailTopic::not_in_time, MailTopic::due_soon,     MailTopic::unassigned,   MailTopic::no_channel,
    MailTopic::bounced,          MailTopic::silent,      MailTopic::rejected,     MailTopic::new_case,     MailTopic::reopened,
    MailTopic::merge_undone,     MailTopic::hold_ended,  MailTopic::hold_refused, MailTopic::hold_started, MailTopic::hold_requested,
    MailTopic::reopen_requested, MailTopic::removed,     MailTopic::not_removed,  MailTopic::dismissed,    MailTopic::under_work_again,
    MailTopic::received,         MailTopic::left_you,    MailTopic::decided,      MailTopic::merged};
static_assert(std::size(kByUrgency) == names_of(MailTopic{}).size());

/// Is there still something for the owner to do?
bool is_over(MailTopic topic) { return topic == MailTopic::left_you || topic == MailTopic::decided || topic == MailTopic::merged; }

bool is_ours(std::string_view url) { return url.starts_with("https://") || url.starts_with("http://"); }

/// The coordinates in a geo: address, as somebody reads them; empty when it is none.
std::string coordinates_in(std::string_view url) {
  if (!url.starts_with("geo:")) return "";
  const auto point = url.substr(4, url.find_first_of(";?", 4) - 4);
  const auto comma = point.find(',');
  if (point.empty() || comma == point.npos || point.find_first_not_of("0123456789.,-") != point.npos) return "";
  return std::string{point.substr(0, comma)} + ", " + std::string{point.substr(comma + 1)};
}

/// A sentence that has no place to name ("klottret är borta") keeps no gap where it would stand.
std::string without_gaps(const std::string& sentence) {
  std::string tidy;
  for (const char c : on_one_line(sentence)) {
    if ((c == '.' || c == ',' || c == ':') && tidy.ends_with(' ')) tidy.pop_back();
    tidy += c;
  }
  return tidy;
}

/// Puts one mail into words.
class Letterer {
 public:
  Letterer(const MailContent& content, const Wording& wording) : content_(content), words_(wording) {
    for (const MailTopic topic : kByUrgency)
      for (const MailItem& item : content.items)
        if (item.topic == topic) items_.push_back(&item);
    for (const MailItem* item : items_) references_.insert(item->reference);
  }

  MailText write() {
    MailText text;
    text.subject = cut_to(subject(), kSubjectCharacters);
    fill(text.subject);
    text.text = filled("mail.txt.mustache", data_, Escape::none);
    text.html = filled("mail.html.mustache", data_, Escape::html);
    return text;
  }

 private:
  /// Several things that all happened to one case are told as one, by what presses most.
  bool of_one_case() const { return references_.size() == 1; }
  std::string municipality() const { return on_one_line(content_.municipality_name); }
  bool to_owner() const { return content_.audience == Audience::owner || content_.audience == Audience::second_contact; }

  // The subject.

  std::string subject() const {
    if (content_.frame == MailFrame::parked) return words_.count("subjects.parked", std::ssize(content_.parked));
    if (content_.frame == MailFrame::address_changed) return words_.say("subjects.address_changed");
    if (content_.frame == MailFrame::sign_in) return words_.say("subjects.sign_in");
    if (content_.frame == MailFrame::open_cases) return words_.count("subjects.open_cases", std::ssize(references_) + content_.more);
    if (items_.empty()) return words_.say(content_.frame == MailFrame::confirm_address ? "subjects.confirm_label" : "leads.digest");
    if (content_.frame == MailFrame::confirm_address) return of_first(words_.say("subjects.confirm_label"), "");
    const auto cases = std::ssize(references_);
    if (content_.frame == MailFrame::weekend)
      return of_one_case() ? of_first(words_.say("subjects.weekend_label"), "subjects.weekend_tail") : words_.count("subjects.weekend_many", cases);
    if (of_one_case()) return of_first(words_.say(topic_text(*items_.front(), "label")), topic_text(*items_.front(), "tail"));
    return counted(cases);
  }

  /// "[HR7K-2M9Q-X4] Nytt ärende: Storgatan 12, klart senast tors 19 nov"; the place is cut so that all of it fits.
  std::string of_first(const std::string& label, const std::string& tail_name) const {
    const MailItem& item = *items_.front();
    const std::string begin = "[" + on_one_line(item.reference) + "] " + label;
    const std::string tail = tail_name.empty() ? "" : words_.say(tail_name, values_of(item));
    const std::string place = on_one_line(item.place);
    if (place.empty()) return begin + tail;
    const std::size_t taken = characters_in(begin) + 2 + characters_in(tail);
    return begin + ": " + cut_to(place, taken + 10 < kSubjectCharacters ? kSubjectCharacters - taken : 10) + tail;
  }

  /// "7 ärenden: 2 nya, 5 går snart ut"; as many of the parts as fit.
  std::string counted(std::int64_t cases) const {
    std::vector<std::pair<std::string, std::int64_t>> parts;
    for (const MailTopic topic : kByUrgency) {
      const auto n = std::ranges::count(items_, topic, [](const MailItem* item) { return item->topic; });
      if (n > 0) parts.emplace_back(words_.count("topics." + std::string{to_code(topic)} + ".count", n), n);
    }
    for (std::size_t kept = parts.size();; --kept) {
      std::string list;
      std::int64_t others = 0;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i < kept) list += (list.empty() ? "" : ", ") + parts[i].first;
        else others += parts[i].second;
      }
      if (others > 0) list += (list.empty() ? "" : ", ") + words_.count("subjects.others", others);
      const std::string whole = words_.count("subjects.cases", cases, {{"list", list}});
      if (kept == 0 || characters_in(whole) <= kSubjectCharacters) return whole;
    }
  }

  // One item.

  /// The name of a topic's text, by audience where there is one for it.
  std::string topic_text(const MailItem& item, const std::string& which) const {
    const std::string name = "topics." + std::string{to_code(item.topic)} + "." + which;
    const std::string for_audience = name + "_for_" + std::string{to_code(content_.audience)};
    return words_.has(for_audience) ? for_audience : name;
  }

  Wording::Values values_of(const MailItem& item) const {
    const auto moment = [&](const std::optional<Instant>& instant) { return instant ? words_.moment(*instant, content_.zone, item.at) : ""; };
    return {{"at", words_.at(on_one_line(item.place))},
            {"place", on_one_line(item.place)},
            {"due", moment(item.due_at)},
            {"due_day", item.due_at ? words_.short_day(*item.due_at, content_.zone) : ""},
            {"past", item.due_at && *item.due_at < item.at ? "1" : ""},
            {"until", moment(item.hold_until)},
            {"removed", moment(item.removed_at)},
            {"left", item.hours_left ? words_.left(*item.hours_left) : ""},
            {"reason", words_.word("reasons", item.reason)},
            {"because", words_.word("because", item.reason)},
            {"owner", on_one_line(item.owner_name)},
            {"municipality", municipality()}};
  }

  std::string label(const char* name) const { return words_.say(std::string{"labels."} + name); }

  void add_fact(mustache_list& facts, const std::string& named, const std::string& value, bool strong = false) const {
    if (value.empty()) return;
    mustache_data fact;
    fact.set("label", named);
    fact.set("value", value);
    if (strong) fact.set("strong", true);
    facts.push_back(fact);
  }

  /// The deadline is among them where the sentence does not tell it.
  mustache_data facts_of(const MailItem& item, const std::string& sentence) const {
    mustache_list facts;
    add_fact(facts, label("case"), on_one_line(item.reference));
    add_fact(facts, label("what"), words_.what(item.category, item.surface, item.object_type));
    const std::string due = item.due_at && !is_over(item.topic) ? words_.moment(*item.due_at, content_.zone, item.at) : "";
    if (content_.audience != Audience::reporters && sentence.find(due) == sentence.npos) add_fact(facts, label("due"), due, true);
    if (content_.audience == Audience::officers) add_fact(facts, label("owner"), on_one_line(item.owner_name));
    return facts;
  }

  void add_quote(mustache_list& quotes, const std::string& named, const std::string& words) const {
    const auto lines = in_lines(words);
    if (lines.empty()) return;
    mustache_list shown;
    std::size_t room = kQuotedCharacters;
    for (const std::string& line : lines) {
      mustache_data one;
      one.set("words", cut_to(line, std::max<std::size_t>(room, 1)));
      shown.push_back(one);
      const std::size_t size = characters_in(line) + 1;
      if (size >= room) break;
      room -= size;
    }
    mustache_data quote;
    quote.set("label", named);
    quote.set("lines", shown);
    quotes.push_back(quote);
  }

  void add_link(mustache_list& links, const std::string& named, const std::string& url) const {
    const std::string point = coordinates_in(url);
    if (point.empty() && !is_ours(url)) return;
    mustache_data link;
    link.set("label", named);
    link.set("url", on_one_line(url));
    link.set("shown", point.empty() ? on_one_line(url) : point);
    link.set("link_text", point.empty() ? named : named + ": " + point);
    links.push_back(link);
  }

  mustache_data shown_item(const MailItem& item, bool of_group) const {
    mustache_data shown;
    const std::string place = on_one_line(item.place), topic = words_.say(topic_text(item, "label"));
    shown.set("title", of_group ? (place.empty() ? on_one_line(item.reference) : place) : place.empty() ? topic : topic + ": " + place);
    if (of_group && !place.empty()) shown.set("place", place);
    const std::string sentence = without_gaps(words_.say(topic_text(item, "text"), values_of(item)));
    shown.set("text", sentence);
    shown.set("facts", facts_of(item, sentence));
    mustache_list quotes, links;
    add_quote(quotes, label("description"), item.description);
    add_quote(quotes, label("note"), item.note);
    add_link(links, item.removed_at ? label("photo_after") : label("photo"), item.photo_url);
    add_link(links, label("map"), item.map_url);
    add_link(links, label("case_url"), item.case_url);
    shown.set("quotes", quotes);
    shown.set("links", links);
    if (is_ours(item.closing_url) && !is_over(item.topic)) {
      shown.set("button", words_.say("buttons.close"));
      shown.set("button_url", on_one_line(item.closing_url));
      shown.set("button_hint", words_.say("buttons.close_hint"));
    }
    return shown;
  }

  /// A case of which a line must do.
  mustache_data row_of(const MailItem& item) const {
    std::string row = on_one_line(item.reference) + " " + on_one_line(item.place);
    if (item.due_at && !is_over(item.topic)) row += ", " + label("row_due") + " " + words_.moment(*item.due_at, content_.zone, item.at);
    mustache_data shown;
    shown.set("row", on_one_line(row));
    const std::string& url = !item.closing_url.empty() && !is_over(item.topic) ? item.closing_url : item.case_url;
    if (is_ours(url)) shown.set("row_url", on_one_line(url));
    return shown;
  }

  // The whole.

  void set_if(const char* name, const std::string& value) {
    if (!value.empty()) data_.set(name, value);
  }

  std::string lead() const {
    switch (content_.frame) {
      case MailFrame::parked: return words_.say("leads.parked");
      case MailFrame::weekend: return words_.say("leads.weekend");
      case MailFrame::digest: return words_.say("leads.digest");
      case MailFrame::open_cases: return words_.say("leads.open_cases", {{"municipality", municipality()}});
      case MailFrame::address_changed: return words_.say("leads.address_changed", {{"municipality", municipality()}});
      case MailFrame::sign_in: return words_.say("leads.sign_in", {{"municipality", municipality()}});
      case MailFrame::confirm_address: return "";
      case MailFrame::notices: break;
    }
    return of_one_case() || items_.empty() ? "" : words_.count("leads.many", std::ssize(references_));
  }

  void fill_items() {
    const bool grouped = items_.size() > 1;
    mustache_list groups;
    const auto in_full = std::min(items_.size(), kToldInFull), at_all = std::min(items_.size(), kToldAtAll);
    for (std::size_t i = 0; i < in_full;) {
      mustache_data group;
      const MailTopic topic = items_[i]->topic;
      if (grouped) {
        const std::string heading = words_.say("topics." + std::string{to_code(topic)} + ".group");
        group.set("group", heading);
        group.set("line", std::string(characters_in(heading), '='));
      }
      mustache_list shown;
      for (; i < in_full && items_[i]->topic == topic; ++i) shown.push_back(shown_item(*items_[i], grouped));
      group.set("items", shown);
      groups.push_back(group);
    }
    data_.set("groups", groups);
    const std::int64_t left_out = content_.more + static_cast<std::int64_t>(items_.size() - at_all);
    if (left_out > 0) data_.set("more", words_.count("more", left_out));
    if (at_all == in_full) return;
    mustache_list rows;
    for (std::size_t i = in_full; i < at_all; ++i) rows.push_back(row_of(*items_[i]));
    data_.set("rows_title", label("more_cases"));
    data_.set("rows", rows);
  }

  void fill_parked() {
    mustache_list parked;
    for (const ParkedLine& line : content_.parked) {
      std::string cases;
      for (const std::string& reference : line.references) cases += (cases.empty() ? "" : ", ") + on_one_line(reference);
      mustache_list facts;
      add_fact(facts, label("parked_to"), on_one_line(line.to));
      add_fact(facts, label("parked_type"), on_one_line(line.type));
      add_fact(facts, label("parked_detail"), cut_to(on_one_line(line.detail), kQuotedCharacters));
      add_fact(facts, label("parked_cases"), cases);
      mustache_data shown;
      shown.set("facts", facts);
      parked.push_back(shown);
    }
    data_.set("parked", parked);
  }

  void fill_main_button() {
    const bool confirm = content_.frame == MailFrame::confirm_address, sign_in = content_.frame == MailFrame::sign_in;
    const std::string& url = confirm ? content_.confirm_url : sign_in ? content_.sign_in_url : content_.list_url;
    if (!is_ours(url)) return;
    data_.set("main_button", words_.say(confirm ? "buttons.confirm" : sign_in ? "buttons.sign_in" : to_owner() ? "buttons.list_owner" : "buttons.list_officers"));
    data_.set("main_url", on_one_line(url));
  }

  /// What follows the cases, before the greeting.
  void fill_afterwords() {
    mustache_list afterwords;
    const auto add = [&](const std::string& text) {
      mustache_data one;
      one.set("afterword", text);
      afterwords.push_back(one);
    };
    const Wording::Values promise{{"municipality", municipality()}, {"limit", words_.limit(content_.limit_days, content_.limit_hours)}};
    if (content_.frame == MailFrame::sign_in) add(words_.say("leads.sign_in_code", {{"code", content_.sign_in_code}}));
    if (content_.frame == MailFrame::confirm_address) add(words_.say("leads.confirm", promise));
    else if (std::ranges::any_of(items_, [](const MailItem* item) { return item->topic == MailTopic::received; })) add(words_.say("leads.promise", promise));
    if (std::ranges::any_of(items_, [](const MailItem* item) { return is_ours(item->closing_url) && !is_over(item->topic); })) add(words_.say("footers.forward"));
    data_.set("afterwords", afterwords);
  }

  void fill_footers() {
    std::vector<std::string> lines;
    const Wording::Values values{{"municipality", municipality()}, {"owner", on_one_line(content_.recipient_name)}};
    if (content_.frame == MailFrame::confirm_address) lines.push_back(words_.say("footers.confirm"));
    else if (content_.frame == MailFrame::sign_in) lines.push_back(words_.say("footers.sign_in"));
    else if (content_.frame == MailFrame::address_changed) lines.push_back(words_.say("footers.address_changed"));
    else if (content_.audience == Audience::reporters) lines.push_back(words_.say("footers.reporters"));
    else if (content_.audience == Audience::officers) lines.push_back(words_.say("footers.officers", values));
    else lines.push_back(words_.say("footers.owner"));
    if (content_.audience == Audience::second_contact) lines.push_back(words_.say("footers.second_contact", values));
    mustache_list footers;
    for (const std::string& line : lines) {
      mustache_data one;
      one.set("footer", line);
      footers.push_back(one);
    }
    data_.set("footers", footers);
    if (!is_ours(content_.unsubscribe_url)) return;
    data_.set("unsubscribe", words_.say("footers.unsubscribe"));
    data_.set("unsubscribe_url", on_one_line(content_.unsubscribe_url));
  }

  std::string headline(const std::string& subject) const {
    if (items_.size() != 1 || content_.frame == MailFrame::parked) {
      const auto end = subject.starts_with('[') ? subject.find("] ") : subject.npos;  // the reference is beside each case
      return end == subject.npos ? subject : subject.substr(end + 2);
    }
    const MailItem& item = *items_.front();
    const std::string label_text = content_.frame == MailFrame::confirm_address ? words_.say("subjects.confirm_label")
                                   : content_.frame == MailFrame::weekend       ? words_.say("subjects.weekend_label")
                                                                                : words_.say(topic_text(item, "label"));
    const std::string place = on_one_line(item.place);
    return place.empty() ? label_text : label_text + ": " + place;
  }

  void fill(const std::string& subject) {
    data_.set("language", std::string{words_.code()});
    data_.set("subject", subject);
    data_.set("headline", headline(subject));
    data_.set("greeting", words_.say("greeting", {{"name", on_one_line(content_.recipient_name)}}));
    set_if("lead", lead());
    fill_items();
    if (content_.frame == MailFrame::parked) fill_parked();
    fill_main_button();
    fill_afterwords();
    data_.set("regards", words_.say("regards"));
    data_.set("sender", words_.say("sender", {{"municipality", municipality()}}));
    fill_footers();
  }

  const MailContent& content_;
  const Wording& words_;
  std::vector<const MailItem*> items_;  ///< what presses first
  std::set<std::string> references_;
  mustache_data data_;
};

}  // namespace

MailTexts::MailTexts() {
  require_template("mail.txt.mustache");
  require_template("mail.html.mustache");
  // Every code that a mail may name has its word.
  for (const Wording& wording : wordings_)
    for (const std::string_view topic : names_of(MailTopic{}))
      for (const char* part : {"label", "tail", "count", "group", "text"}) wording.say("topics." + std::string{topic} + "." + part);
}

MailText MailTexts::write(const MailContent& content) const {
  return Letterer{content, wordings_[static_cast<std::size_t>(content.language)]}.write();
}

}  // namespace klotterkoll
