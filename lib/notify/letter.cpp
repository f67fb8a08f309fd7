#include "notify/letter.h"

#include <kainjow/mustache.hpp>

#include "notify/filled.h"
#include "notify/qr_code.h"

namespace klotterkoll {

std::string_view LetterTexts::style() { return template_text("letter.css"); }

LetterTexts::LetterTexts() { require_template("letter.html.mustache"); }

std::string LetterTexts::write(const LetterContent& content) const {
  const Wording& words = wordings_[static_cast<std::size_t>(content.language)];
  const MailItem& item = content.item;
  const std::string municipality = on_one_line(content.municipality_name), reference = on_one_line(item.reference);
  const bool past = item.due_at && *item.due_at < content.written_at;
  const Wording::Values values{{"at", words.at(on_one_line(item.place))},
                               {"due", item.due_at ? words.moment(*item.due_at, content.zone, content.written_at) : ""},
                               {"past", past ? "1" : ""},
                               {"municipality", municipality},
                               {"reference", reference},
                               {"date", words.date(content.written_at, content.zone)},
                               {"limit", words.limit(content.limit_days, content.limit_hours)},
                               {"contact", on_one_line(content.contact)}};
  kainjow::mustache::data data;
  const auto say = [&](const char* name) { data.set(name, on_one_line(words.say(std::string{"letter."} + name, values))); };
  for (const char* name : {"title", "date", "intro", "promise", "what_to_do", "step_remove", "step_tell", "step_else", "no_account", "regards"}) say(name);
  if (item.due_at) say("due");
  data.set("reference_line", words.say("letter.reference", values));
  data.set("questions", words.say(content.contact.empty() ? "letter.questions_bare" : "letter.questions", values));
  data.set("what_label", words.say("labels.what"));
  data.set("what", words.what(item.category, item.surface, item.object_type));
  data.set("language", std::string{words.code()});
  data.set("municipality", municipality);
  data.set("reference", reference);
  data.set("url", item.closing_url);
  data.set("qr", qr_code(item.closing_url, words.say("letter.qr")));
  data.set("style", std::string{style()});
  kainjow::mustache::list to;
  for (const std::string& line : content.to) {
    kainjow::mustache::data one;
    one.set("line", on_one_line(line));
    to.push_back(one);
  }
  data.set("to", to);
  return filled("letter.html.mustache", data, Escape::html);
}

}  // namespace klotterkoll
