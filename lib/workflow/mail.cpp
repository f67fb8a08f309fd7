#include "workflow/mail.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "domain/case_view.h"
#include "domain/mail_address.h"
#include "domain/mail_news.h"
#include "domain/mail_times.h"
#include "domain/photo.h"
#include "domain/user.h"
#include "workflow/casework.h"
#include "workflow/closing_links.h"
#include "workflow/first_mails.h"
#include "workflow/kept_mail.h"
#include "workflow/mail_basis.h"
#include "workflow/messages.h"
#include "workflow/reporter_addresses.h"
#include "workflow/sign_in_mail.h"
#include "workflow/telling_ahead.h"

namespace klotterkoll {
namespace {

using Kind = Destination::Kind;

constexpr std::size_t kDescription = 600, kNote = 600;
constexpr std::int64_t kParkedOfMail = 20;

/// The cases of a mail's notices, in the order of the first notice of each.
struct Told {
  CaseId id;
  std::vector<const QueuedNotice*> notices;
};

/// A line of the mail, before what costs reading or links is added.
struct Line {
  News news;
  CaseRow row;
  std::string note;
  ReportId report;
  std::optional<Event> event;  ///< kept here, because `news` points to what is gone
};

/// What is on the way to its deadline comes first, by its time.
bool more_urgent(const Line& a, const Line& b) {
  if (a.row.open() != b.row.open()) return a.row.open();
  return a.row.due_at < b.row.due_at;
}

class Composer {
 public:
  Composer(Transaction& transaction, const Settings& settings, const Destination& destination, const KeptMail* kept, const MailSite& site,
           IdSource& ids, Instant now)
      : transaction_(transaction), settings_(settings), destination_(destination), kept_(kept), site_(site), ids_(ids), now_(now),
        municipality_(settings.municipality.id) {}

  Composed compose(const Message& message, std::span<const QueuedNotice> notices) {
    if (!find_recipient(notices)) return {};
    frame(notices);
    if (content_.frame != MailFrame::address_changed && content_.items.empty() && content_.parked.empty()) return {};
    if (destination_.kind == Kind::reporter) {
      const Admission admission = admit(transaction_, municipality_, destination_.ref, message.id, message.created_at, entered_by_staff_, now_);
      if (!admission.admitted) return {{}, admission.later};
      if (admission.first && !ask_only()) return {};
      note_mail_to(transaction_, municipality_, destination_.ref, admission, message.id, now_);
    }
    KeptMail composed;
    OutgoingMail& mail = composed.mail;
    mail.reply_to = transaction_.notices().reply_to(municipality_);
    composed.basis = basis_of(content_, recipient_.email, mail.reply_to);
    const bool same_links = add_links(composed);
    if (kept_ && same_links && kept_->basis == composed.basis) return {*kept_, {}};
    const MailText text = site_.writer.write(content_);
    mail.message_id = site_.references.encode(message.id) + '@' + site_.mail_domain;
    mail.from_name = settings_.municipality.name;
    mail.to = recipient_.email;
    mail.subject = text.subject;
    mail.text = text.text;
    mail.html = text.html;
    mail.thread_id = thread_id();
    mail.unsubscribe_url = one_click_url_;
    mail.language = content_.language;
    mail.date = now_;
    return {std::move(composed), {}};
  }

 private:
  // To whom.

  bool find_recipient(std::span<const QueuedNotice> notices) {
    if (destination_.kind == Kind::former_contact) {
      // Kept with the mail alone, which was put there when the address was changed (owner_contact.h).
      if (kept_) recipient_.email = kept_->mail.to, recipient_.mail.language = kept_->mail.language;
    } else if (destination_.kind == Kind::reporter) {
      find_reporter(notices);
    } else if (auto mailbox = transaction_.users().mailbox(municipality_, destination_.kind, destination_.ref)) {
      recipient_ = std::move(*mailbox);
    }
    content_.language = recipient_.mail.language;
    content_.recipient_name = recipient_.name;
    return is_mail_address(recipient_.email);
  }

  /// The address stands in the reports alone, and may have been erased from them. The name beside it is not told: who typed
  /// somebody else's address may have written anything.
  void find_reporter(std::span<const QueuedNotice> notices) {
    for (const QueuedNotice& notice : notices) {
      const auto report = transaction_.reports().find(notice.report);
      if (!report || !is_mail_address(report->contact.email)) continue;
      if (mail_address_digest(site_.references, report->contact.email) != destination_.ref) continue;
      recipient_.email = report->contact.email;
      return;
    }
  }

  /// That a report was received, and whether the address is theirs. Whoever reads it may never have heard of us, and a stranger
  /// have written the report: nothing that was sent with it is told, neither words nor place, choice, time or picture.
  bool ask_only() {
    const auto received = std::ranges::find(content_.items, MailTopic::received, &MailItem::topic);
    if (received == content_.items.end()) return false;
    MailItem asked;
    asked.topic = MailTopic::received;
    asked.reference = received->reference;
    asked.at = now_;
    content_.items = {std::move(asked)};
    content_.more = 0;
    content_.frame = MailFrame::confirm_address;
    return true;
  }

  // What.

  void frame(std::span<const QueuedNotice> notices) {
    const Policy& policy = policy_on(settings_.policies, settings_.zone.date_of(now_));
    content_.zone = settings_.zone;
    content_.municipality_name = settings_.municipality.name;
    content_.limit_days = policy.limit.mode == CountingMode::hours ? 0 : policy.limit.amount;
    content_.limit_hours = policy.limit.mode == CountingMode::hours ? policy.limit.amount : 0;
    content_.audience = audience();
    if (destination_.kind == Kind::former_contact) {
      content_.frame = MailFrame::address_changed;
      return;
    }
    switch (notices.front().kind) {
      case NoticeKind::weekend:
        content_.frame = MailFrame::weekend;
        return tell_weekend(notices.front());
      case NoticeKind::parked:
        content_.frame = MailFrame::parked;
        return tell_parked();
      case NoticeKind::open_case:
        content_.frame = MailFrame::open_cases;
        return tell_open_cases(notices);
      default: break;
    }
    const bool digest = !recipient_.mail.digest_at.empty() && destination_.kind != Kind::second_contact;
    content_.frame = digest ? MailFrame::digest : MailFrame::notices;
    std::vector<Line> lines;
    for (const Told& told : by_case(notices)) add_lines(told, lines);
    show(std::move(lines));
  }

  Audience audience() const {
    switch (destination_.kind) {
      case Kind::second_contact: return Audience::second_contact;
      case Kind::officer: return Audience::officers;
      case Kind::reporter: return Audience::reporters;
      default: return Audience::owner;
    }
  }

  /// A reporter's case may have been merged since: its duty, and what becomes of it, is the other one's.
  std::vector<Told> by_case(std::span<const QueuedNotice> notices) {
    std::vector<Told> all;
    for (const QueuedNotice& notice : notices) {
      if (!notice.case_id) continue;
      const CaseId id = destination_.kind == Kind::reporter ? current_case(transaction_, notice.case_id) : notice.case_id;
      auto at = std::ranges::find(all, id, &Told::id);
      if (at == all.end()) at = all.insert(all.end(), {id, {}});
      at->notices.push_back(&notice);
    }
    return all;
  }

  void add_lines(const Told& told, std::vector<Line>& lines) {
    const auto row = transaction_.cases().find(told.id);
    if (!row) return;
    const auto history = history_of(told);
    CaseNews news{destination_.kind, destination_.ref, &*row, {}, false};
    std::map<const Event*, ReportId> reports;
    for (const auto& noted : history)
      for (const QueuedNotice* notice : told.notices)
        if (notice->event && notice->event == noted.event.id) {
          news.events.push_back(&noted.event);
          reports[&noted.event] = notice->report;
        }
    for (const QueuedNotice* notice : told.notices)
      if (notice->kind == NoticeKind::warning_ahead)
        news.warned_ahead = news.warned_ahead || transaction_.users().was_told_of({row->id, row->due_at, -1, destination_.kind, destination_.ref});
    for (const Event* event : news.events)
      if ((event->type == EventType::case_opened || event->type == EventType::report_linked) &&
          (event->by.role == Role::municipality || event->by.role == Role::police))
        entered_by_staff_ = true;
    for (const News& one : still_to_tell(news, now_)) {
      Line line{one, *row, "", {}, {}};
      if (one.event) {
        line.event = *one.event;
        line.report = reports[one.event];
        for (const auto& noted : history)
          if (noted.event.id == one.event->id) line.note = noted.note;
      }
      line.news.event = nullptr;
      lines.push_back(std::move(line));
    }
  }

  /// Of the case, and of those it went by when the notices were made; each in its order.
  std::vector<EventTable::Noted> history_of(const Told& told) {
    std::vector<CaseId> cases;
    for (const QueuedNotice* notice : told.notices)
      if (std::ranges::find(cases, notice->case_id) == cases.end()) cases.push_back(notice->case_id);
    std::vector<EventTable::Noted> all;
    for (const CaseId id : cases)
      for (auto& noted : transaction_.events().noted_of_case(id)) all.push_back(std::move(noted));
    if (cases.size() > 1) std::ranges::stable_sort(all, {}, [](const auto& noted) { return noted.event.recorded_at; });
    return all;
  }

  void show(std::vector<Line> lines) {
    std::ranges::stable_sort(lines, more_urgent);
    if (lines.size() > site_.most_items) {
      content_.more = static_cast<std::int64_t>(lines.size() - site_.most_items);
      lines.resize(site_.most_items);
    }
    for (const Line& line : lines) {
      content_.items.push_back(item_of(line));
      rows_.push_back(line.row);
    }
  }

  /// Those that are the owner's still, at the address that it has now.
  void tell_open_cases(std::span<const QueuedNotice> notices) {
    std::vector<Line> lines;
    for (const QueuedNotice& notice : notices)
      if (const auto row = transaction_.cases().find(notice.case_id);
          row && is_recipients(*row) && std::ranges::none_of(lines, [&](const Line& line) { return line.row.id == row->id; }))
        lines.push_back({{row->due_at < now_ ? MailTopic::overdue : MailTopic::new_case, nullptr}, *row, "", {}, {}});
    show(std::move(lines));
  }

  void tell_weekend(const QueuedNotice& notice) {
    LocalDate friday = settings_.zone.date_of(notice.leaves_at);
    while (std::chrono::weekday{friday} != std::chrono::Friday) friday -= std::chrono::days{1};
    const auto due = first_due(transaction_, municipality_, destination_.kind == Kind::officer ? "" : destination_.ref, now_,
                               weekend_ends(settings_.zone, friday), static_cast<std::int64_t>(site_.most_items));
    std::vector<Line> lines;
    for (const CaseRow& row : due.items) lines.push_back({{MailTopic::due_soon, nullptr}, row, "", {}, {}});
    show(std::move(lines));
    content_.more = due.total - std::ssize(due.items);
  }

  void tell_parked() {
    const auto parked = transaction_.notices().list(municipality_, MessageState::parked, {kParkedOfMail, 0});
    for (const Message& message : parked.items) {
      const auto to = transaction_.notices().find_destination(message.destination);
      if (!to) continue;
      ParkedLine line{addressee(transaction_, settings_, *to), message.type, message.detail, {}};
      for (const CaseId id : cases_of(transaction_, message)) line.references.push_back(site_.references.encode(id));
      content_.parked.push_back(std::move(line));
    }
    content_.more = std::max<std::int64_t>(0, parked.total - kParkedOfMail);
  }

  // How it looks to the recipient.

  Actor viewer() const {
    switch (destination_.kind) {
      case Kind::owner:
      case Kind::second_contact: return {Role::owner, 0, destination_.ref};
      case Kind::officer: return {Role::municipality, 0, ""};
      default: return {Role::citizen, 0, ""};
    }
  }

  /// Has the recipient to do something about it?
  bool is_recipients(const CaseRow& row) const { return is_owners() && row.state == CaseState::assigned && row.owner_id == destination_.ref; }

  // Links, which are made when it is known that the mail is another than the one kept.

  /// False when it has other links than the kept one.
  bool add_links(KeptMail& composed) {
    bool same = true;
    for (std::size_t i = 0; i < rows_.size() && is_owners(); ++i) {
      const CaseRow& row = rows_[i];
      if (!is_recipients(row)) continue;
      std::string& url = composed.closing_urls[row.id];  // of several lines of a case all have one
      if (url.empty()) {
        const auto former = kept_ ? kept_->closing_urls.find(row.id) : std::map<CaseId, std::string>::const_iterator{};
        if (kept_ && former != kept_->closing_urls.end() && holds_for(transaction_, row, former->second, recipient_.email, now_)) {
          url = former->second;
        } else {
          url = closing_url_for(transaction_, settings_, row, site_.public_url, recipient_.email, ids_, now_);
          same = false;
        }
      }
      content_.items[i].closing_url = url;
    }
    return add_token(composed) && same && (!kept_ || kept_->closing_urls.size() == composed.closing_urls.size());
  }

  /// By which a reporter confirms the address, or stops.
  bool add_token(KeptMail& composed) {
    if (destination_.kind != Kind::reporter) return true;
    const auto of_kept = kept_ ? address_of_token(transaction_, municipality_, kept_->address_token) : std::nullopt;
    const bool same = of_kept && of_kept->address_digest == destination_.ref;
    composed.address_token = same ? kept_->address_token : make_address_token(transaction_, municipality_, destination_.ref, ids_, now_);
    const std::string& code = settings_.municipality.code;
    content_.unsubscribe_url = site_.public_url + "/post/" + code + '/' + composed.address_token;
    if (content_.frame == MailFrame::confirm_address) content_.confirm_url = content_.unsubscribe_url;
    one_click_url_ = site_.public_url + "/api/v1/municipalities/" + code + "/mail-addresses/" + composed.address_token + "/stop";
    return same;
  }

  bool is_owners() const { return destination_.kind == Kind::owner || destination_.kind == Kind::second_contact; }

  MailItem item_of(const Line& line) {
    const CaseRow& row = line.row;
    // A reporter knows the case of its report, and learns of no other, whatever it was merged into.
    const CaseRow known = known_case(line);
    const CaseView view = view_for(viewer(), known);
    const ShownPlace shown = shown_place(known, settings_, view);
    MailItem item;
    item.topic = line.news.topic;
    item.reference = site_.references.encode(known.id);
    item.category = known.category;
    item.surface = known.surface;
    item.object_type = known.object_type;
    item.place = in_words(shown.place);
    if (shown.place.point) item.map_url = "geo:" + degrees(shown.place.point->lat) + ',' + degrees(shown.place.point->lon);
    item.description = description_for(row);
    item.at = line.event ? line.event->at : now_;
    if (row.open()) item.due_at = row.due_at;
    if (row.open() && row.held_until && *row.held_until > now_) item.hold_until = row.held_until;
    item.removed_at = row.removed_at;
    item.hours_left = hours_left(row, now_);
    item.reason = reason_of(line);
    if (shows_owner(row, settings_, view) && destination_.kind != Kind::reporter)
      if (const auto owner = settings_.owners.find(row.owner_id); owner != settings_.owners.end()) item.owner_name = owner->second.name;
    if (destination_.kind == Kind::officer) item.note = shortened(line.note, kNote);
    item.case_url = site_.public_url + '/' + settings_.municipality.code + "/arende/" + item.reference;
    item.photo_url = photo_for(row, item.topic == MailTopic::removed ? PhotoRole::after : PhotoRole::before);
    return item;
  }

  CaseRow known_case(const Line& line) {
    if (destination_.kind != Kind::reporter || !line.report) return line.row;
    const auto report = transaction_.reports().find(line.report);
    const auto own = report ? transaction_.cases().find(report->case_id) : std::nullopt;
    return own.value_or(line.row);
  }

  /// What the first who wrote something wrote, where the recipient may read it: owners nothing from the police.
  std::string description_for(const CaseRow& row) {
    if (destination_.kind == Kind::reporter || (is_owners() && row.owner_id != destination_.ref)) return "";
    for (const Report& report : reports_of(transaction_, row))
      if (!report.description.empty() && (!is_owners() || report.source != Source::police)) return shortened(report.description, kDescription);
    return "";
  }

  std::string reason_of(const Line& line) const {
    if (!line.event) return "";
    if (line.news.topic == MailTopic::not_in_time) return std::string{to_code(delay_of(*line.event, line.row))};
    return line.event->data.reason.value_or("");
  }

  /// A photo that everybody may see: a mail is read without a key, and passed on.
  std::string photo_for(const CaseRow& row, PhotoRole role) {
    std::vector<Photo> photos;
    if (row.photo_count) photos = transaction_.photos().of_case(row.id);
    if (row.merged_count)
      for (const auto& merged : transaction_.cases().merged_into(row.id))
        for (Photo& photo : transaction_.photos().of_case(merged.id)) photos.push_back(std::move(photo));
    PhotoViewer anyone;
    anyone.actor = {Role::citizen, 0, ""};
    anyone.sensitive = row.category == Category::hate || row.category == Category::obscene;
    const Photo* found = nullptr;
    for (const Photo& photo : photos)
      if (photo.role == role && view_of(photo, anyone) != PhotoView::hidden && (!found || role == PhotoRole::after)) found = &photo;
    if (!found) return "";
    return site_.public_url + "/api/v1/municipalities/" + settings_.municipality.code + "/photos/" + site_.references.encode(found->id);
  }

  /// Mails of one case go together; those of several have nothing in common.
  std::string thread_id() const {
    std::string reference;
    for (const MailItem& item : content_.items) {
      if (!reference.empty() && reference != item.reference) return "";
      reference = item.reference;
    }
    return reference.empty() || content_.more ? "" : "case." + reference + '@' + site_.mail_domain;
  }

  Transaction& transaction_;
  const Settings& settings_;
  const Destination& destination_;
  const KeptMail* const kept_;
  const MailSite& site_;
  IdSource& ids_;
  const Instant now_;
  const MunicipalityId municipality_;
  Mailbox recipient_;
  MailContent content_;
  std::vector<CaseRow> rows_;  ///< of the items
  std::string one_click_url_;
  bool entered_by_staff_ = false;
};

}  // namespace

Composed compose_mail(Transaction& transaction, const Settings& settings, const Destination& destination, const Message& message,
                      std::span<const QueuedNotice> notices, const KeptMail* kept, const MailSite& site, IdSource& ids, Instant now) {
  if (notices.empty() && destination.kind != Kind::former_contact && destination.kind != Kind::user) return {};
  Composed composed = destination.kind == Kind::user
                          ? compose_sign_in_mail(transaction, settings, destination, message, kept, site, ids, now)
                          : Composer{transaction, settings, destination, kept, site, ids, now}.compose(message, notices);
  if (kept) withdraw(transaction, settings.municipality.id, *kept, composed.mail ? &*composed.mail : nullptr);
  if (!composed.mail) return composed;
  const std::string sent_to = mail_address_digest(site.references, composed.mail->mail.to);
  if (sent_to != message.sent_to) transaction.notices().note_sent_to(message.id, sent_to);
  return composed;
}

}  // namespace klotterkoll
