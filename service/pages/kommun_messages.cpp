#include "domain/notice.h"
#include "pages/kommun_parts.h"
#include "pages/kommun_routes.h"
#include "workflow/delivery.h"
#include "workflow/messages.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kMessagesOfPage = 50;

/// What could not be delivered, with a button to send it again.
void show_messages(Visit& visit, const Form& form) {
  PageFrame frame = visit.frame(Section::municipality, visit.words("kommun_messages_heading"));
  frame.status = form.faults.empty() ? 200 : form.status;
  TemplateData values = visit.values();
  fill_errors(values, form, visit.words);
  const auto number = visit.call.query_whole("sida", 1, kCountedUpTo / kMessagesOfPage).value_or(1);
  const Page page{kMessagesOfPage, (number - 1) * kMessagesOfPage};
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    const auto listing = transaction.notices().list(visit.municipality.id, MessageState::parked, page);
    TemplateData messages{TemplateData::type::list};
    for (const Message& message : listing.items) {
      const std::string id = visit.call.app.store.references().encode(message.id);
      TemplateData one;
      one.set("id", id);
      const auto destination = transaction.notices().find_destination(message.destination);
      one.set("to", destination ? addressee(transaction, *settings, *destination) : visit.words("kommun_messages_nobody"));
      one.set("when", visit.words.when(message.done_at.value_or(message.next_at), settings->zone));
      one.set("attempts", visit.words("kommun_messages_attempts", {{"{n}", std::to_string(message.attempts)}}));
      set_text(one, "detail", message.detail);
      one.set("action", visit.link("/kommun/meddelanden/" + id));
      messages.push_back(one);
    }
    values.set("messages", messages);
    values.set("any", !listing.items.empty());
    values.set("pages", pages_part(visit, page, listing.total, {}));
    return true;
  });
  if (visit.call.request.get_param_value("skickat") == "1") values.set("done", true);
  visit.answer(frame, "kommun_messages", values);
}

void post_again(Visit& visit) {
  const auto id = visit.call.app.store.references().decode_message(visit.parameter(0));
  Form& form = visit.form();
  try {
    visit.call.app.store.write([&](Transaction& transaction) {
      const bool ours = id && id->municipality() == visit.municipality.id && transaction.notices().find_message(*id);
      if (!ours) throw Error{ErrorCode::not_found, "There is no such notice in this municipality."};
      send_again(transaction, *visit.settings(transaction), *id, visit.call.now);
    });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::conflict) throw;
    form.status = 409;
    form.refuse("", "error_kommun_not_sent_again");
    return show_messages(visit, form);
  }
  answer_see_other(visit.call.response, visit.link("/kommun/meddelanden", {{"skickat", "1"}}));
}

}  // namespace

std::vector<Route> kommun_message_routes() {
  return page_routes_of({{"GET", "/kommun/meddelanden", kOfficers, [](Visit& visit) { show_messages(visit, {}); }},
                         {"GET", "/kommun/meddelanden/{}", kOfficers, [](Visit& visit) { answer_see_other(visit.call.response, visit.link("/kommun/meddelanden")); }},
                         {"POST", "/kommun/meddelanden/{}", kOfficers, post_again, kTextForm}});
}

}  // namespace klotterkoll
