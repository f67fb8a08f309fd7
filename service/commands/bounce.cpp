#include "notify/bounce.h"

#include <iostream>
#include <iterator>

#include "commands/commands.h"
#include "workflow/returned_mail.h"

namespace klotterkoll {
namespace {

/// Such a mail is small; of a larger one no more is read, and it is none.
constexpr std::size_t kMostRead = (1 << 20) + 1;

std::string read_mail(std::istream& from) {
  std::string mail(kMostRead, '\0');
  from.read(mail.data(), static_cast<std::streamsize>(mail.size()));
  mail.resize(static_cast<std::size_t>(from.gcount()));
  return mail;
}

int run_bounce(Context& context) {
  const auto report = read_delivery_report(read_mail(std::cin));
  if (!report) {
    std::cout << "This is no report of a delivery; nothing is done.\n";
    return kDone;
  }
  if (report->action != DeliveryReport::Action::failed) {
    std::cout << "The mail is " << to_code(report->action) << "; nothing is done.\n";
    return kDone;
  }
  const std::string said = "It came back: " + report->status + (report->diagnostic.empty() ? "" : " " + report->diagnostic);
  const ReturnedMail returned = take_returned_mail(*context.open(), report->message_id, report->addresses, said, context.clock.now());
  if (!returned.known) std::cout << "This is no mail of ours that was under way; nothing is done.\n";
  else std::cout << "Noted; cases whose owner has not been told after all: " << returned.unreached << ".\n";
  return kDone;
}

}  // namespace

void register_bounce_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "bounce", "Take a mail that came back, on standard input");
  command->footer(
      "For the mail server, which gives it what comes to the address of --mail-from. The message is shown to the kommun, and the\n"
      "cases that it told their owner of go on the officers' list. What is no such report changes nothing, and ends with 0, so that\n"
      "it is not sent back in its turn. Example, in /etc/aliases:\n"
      "  klotter: \"|/usr/local/bin/klotterkoll bounce --database sqlite:/var/lib/klotterkoll/klotterkoll.db\"");
  command->callback([&context] { context.run = [&context] { return run_bounce(context); }; });
}

}  // namespace klotterkoll
