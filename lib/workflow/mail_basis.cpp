#include "workflow/mail_basis.h"

#include <type_traits>

#include "base/id.h"

namespace klotterkoll {
namespace {

/// Values one after the other, each ended, so that no two lists of them are written alike.
class Basis {
 public:
  void add(std::string_view text) { written_ += std::to_string(text.size()) + ':' + std::string{text}; }
  void add(std::int64_t number) { add(std::to_string(number)); }
  void add(Instant instant) { add(to_unix(instant)); }
  template <typename Value>
  void add(const std::optional<Value>& value) {
    if (value) add(*value);
    else written_ += '-';
  }
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void add(Enum code) {
    add(to_code(code));
  }

  std::string done() const { return digest(written_); }

 private:
  std::string written_;
};

// The members are named all, so that a new one is not forgotten.

void add(Basis& basis, const MailItem& item) {
  const auto& [topic, reference, category, surface, object_type, place, description, at, due_at, hold_until, removed_at, hours_left, reason,
               owner_name, note, closing_url, case_url, photo_url, map_url] = item;
  basis.add(topic);
  basis.add(category);
  basis.add(surface);
  basis.add(object_type);
  for (const std::string& text : {reference, place, description, reason, owner_name, note, closing_url, case_url, photo_url, map_url}) basis.add(text);
  for (const auto& instant : {due_at, hold_until, removed_at}) basis.add(instant);
  basis.add(std::int64_t{due_at && *due_at < at});
  // Told where time presses; elsewhere a mail is no other because an hour has passed.
  if (topic == MailTopic::due_soon) basis.add(hours_left);
}

void add(Basis& basis, const ParkedLine& line) {
  const auto& [to, type, detail, references] = line;
  for (const std::string& text : {to, type, detail}) basis.add(text);
  basis.add(std::ssize(references));
  for (const std::string& reference : references) basis.add(reference);
}

}  // namespace

std::string basis_of(const MailContent& content, const std::string& to, const std::string& reply_to) {
  const auto& [frame, audience, language, zone, municipality_name, recipient_name, limit_days, limit_hours, items, more, parked, confirm_url,
               sign_in_url, sign_in_code, unsubscribe_url, list_url] = content;
  Basis basis;
  basis.add(static_cast<std::int64_t>(frame));
  basis.add(audience);
  basis.add(language);
  for (const std::string& text : {to, reply_to, zone.name(), municipality_name, recipient_name, confirm_url, sign_in_url, sign_in_code, unsubscribe_url,
                                  list_url})
    basis.add(text);
  for (const std::int64_t number : {std::int64_t{limit_days}, std::int64_t{limit_hours}, more, std::int64_t{std::ssize(items)}}) basis.add(number);
  for (const MailItem& item : items) add(basis, item);
  for (const ParkedLine& line : parked) add(basis, line);
  return basis.done();
}

}  // namespace klotterkoll
