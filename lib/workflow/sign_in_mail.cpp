#include "workflow/sign_in_mail.h"

#include "domain/mail_address.h"
#include "domain/user.h"
#include "workflow/sign_in.h"

namespace klotterkoll {
namespace {

/// Where the municipality's pages lie, as its own settings and the installation's say: what the request said of its host may have been
/// written by whoever wants the link to lead to him.
std::string pages_of(const Municipality& municipality, const std::string& public_url) {
  const auto scheme = public_url.find("://");
  if (municipality.host.empty() || scheme == std::string::npos) return public_url + "/" + municipality.code;
  const std::string host = public_url.substr(scheme + 3, public_url.find_first_of(":/", scheme + 3) - scheme - 3);
  return host == municipality.host ? public_url : public_url.substr(0, scheme + 3) + municipality.host;
}

}  // namespace

Composed compose_sign_in_mail(Transaction& transaction, const Settings& settings, const Destination& destination, const Message& message,
                              const KeptMail* kept, const MailSite& site, IdSource& ids, Instant now) {
  const auto request = transaction.sessions().find_request_of_message(message.id);
  const auto recipient = transaction.users().mailbox(settings.municipality.id, destination.kind, destination.ref);
  if (!request || !is_good(*request, now) || !recipient || !is_mail_address(recipient->email)) return {};
  if (kept && kept->mail.to == recipient->email) return {*kept, {}};
  const SignInSecrets secrets = make_secrets(transaction, *request, ids);
  MailContent content;
  content.frame = MailFrame::sign_in;
  content.audience = Audience::officers;
  content.language = recipient->mail.language;
  content.zone = settings.zone;
  content.municipality_name = settings.municipality.name;
  content.recipient_name = recipient->name;
  content.sign_in_url = pages_of(settings.municipality, site.public_url) + "/logga-in/" + secrets.token;
  if (content.language != Language::sv) content.sign_in_url += "?lang=" + std::string{to_code(content.language)};
  content.sign_in_code = secrets.code;
  const MailText text = site.writer.write(content);
  KeptMail composed;
  OutgoingMail& mail = composed.mail;
  mail.message_id = site.references.encode(message.id) + '@' + site.mail_domain;
  mail.from_name = settings.municipality.name;
  mail.reply_to = transaction.notices().reply_to(settings.municipality.id);
  mail.to = recipient->email;
  mail.subject = text.subject;
  mail.text = text.text;
  mail.html = text.html;
  mail.language = content.language;
  mail.date = now;
  return {std::move(composed), {}};
}

}  // namespace klotterkoll
