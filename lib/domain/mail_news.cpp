#include "domain/mail_news.h"

#include <algorithm>
#include <optional>

namespace klotterkoll {
namespace {

using enum EventType;

/// What can be undone: whose a case is, whether it is open, whether it is merged. From which way it turned first follows how
/// it stood when the recipient last heard of it.
struct Turns {
  const Event* first = nullptr;
  const Event* last_on = nullptr;   ///< the last that turned it on
  const Event* last_off = nullptr;  ///< the last that turned it off
  bool first_on = false;

  void note(const Event& event, bool on) {
    if (!first) first = &event, first_on = on;
    (on ? last_on : last_off) = &event;
  }
};

class OwnerNews {
 public:
  OwnerNews(const CaseNews& news, Instant now) : news_(news), row_(*news.row), now_(now), mine_(row_.owner_id == news.owner_id) {}

  std::vector<News> tell() {
    for (const Event* event : news_.events) note(*event);
    if (row_.state == CaseState::merged) {
      if (mine_ && !owning_.last_on && merges_.last_off && !merges_.first_on) add(MailTopic::merged, merges_.last_off);
      return told_;
    }
    if (!mine_) {
      if (owning_.first && !owning_.first_on) add(MailTopic::left_you, owning_.last_off);
      return told_;
    }
    if (!row_.open()) {
      // Of a case that came and was closed before the mail left there is nothing to do and nothing to know.
      if (!owning_.last_on && standing_.last_off) add(MailTopic::decided, standing_.last_off);
      return told_;
    }
    if (owning_.last_on) {
      add(MailTopic::new_case, owning_.last_on);
      return told_;
    }
    if (standing_.last_on && standing_.first_on) add(MailTopic::reopened, standing_.last_on);
    if (merges_.last_on && merges_.first_on) add(MailTopic::merge_undone, merges_.last_on);
    tell_clock();
    tell_holds();
    return told_;
  }

 private:
  void note(const Event& event) {
    switch (event.type) {
      case case_assigned:
      case case_unassigned: owning_.note(event, event.owner_id == news_.owner_id); break;
      case removal_recorded:
      case case_dismissed:
      case case_not_removed: standing_.note(event, false); break;
      case removal_withdrawn:
      case case_reopened:
      case decision_undone: standing_.note(event, true); break;
      case case_merged: merges_.note(event, false); break;
      case merge_undone: merges_.note(event, true); break;
      case case_due_soon: due_soon_ = &event; break;
      case case_overdue: overdue_ = &event; break;
      case hold_started:
      case hold_refused:
      case hold_ended: hold_ = &event; break;
      default: break;
    }
  }

  void tell_clock() {
    if (overdue_ && row_.due_at < now_) return add(MailTopic::overdue, overdue_);
    if (now_ > row_.due_at) return;
    if (due_soon_ && due_soon_->data.due_at == row_.due_at) add(MailTopic::due_soon, due_soon_);
    else if (news_.warned_ahead) add(MailTopic::due_soon, nullptr);
  }

  void tell_holds() {
    if (!hold_) return;
    const bool held = row_.held_until && *row_.held_until > now_;
    if (hold_->type == hold_started && held) add(MailTopic::hold_started, hold_);
    if (hold_->type == hold_refused) add(MailTopic::hold_refused, hold_);
    if (hold_->type == hold_ended && !held) add(MailTopic::hold_ended, hold_);
  }

  void add(MailTopic topic, const Event* event) { told_.push_back({topic, event}); }

  const CaseNews& news_;
  const CaseRow& row_;
  const Instant now_;
  const bool mine_;
  Turns owning_, standing_, merges_;
  const Event *due_soon_ = nullptr, *overdue_ = nullptr, *hold_ = nullptr;
  std::vector<News> told_;
};

MailTopic topic_of(Attention why) {
  switch (why) {
    case Attention::unassigned: return MailTopic::unassigned;
    case Attention::no_channel: return MailTopic::no_channel;
    case Attention::bounced: return MailTopic::bounced;
    case Attention::silent: break;
  }
  return MailTopic::silent;
}

/// What an event tells officers, if it still holds.
std::optional<MailTopic> topic_for_officers(const Event& event, const CaseRow& row, Instant now) {
  const auto if_so = [](bool holds, MailTopic topic) { return holds ? std::optional{topic} : std::nullopt; };
  switch (event.type) {
    case case_rejected: return if_so(row.state == CaseState::unassigned, MailTopic::rejected);
    case hold_requested: return if_so(row.open() && row.hold_requested_at.has_value(), MailTopic::hold_requested);
    case reopen_requested: return if_so(row.state == CaseState::removed, MailTopic::reopen_requested);
    case case_overdue: return if_so(row.open() && row.due_at < now, MailTopic::overdue);
    case case_due_soon: return if_so(row.open() && row.due_at >= now && event.data.due_at == row.due_at, MailTopic::due_soon);
    case case_unattended: {
      const auto why = code_from<Attention>(event.data.reason.value_or(""));
      return why && row.attention == why ? std::optional{topic_of(*why)} : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::vector<News> tell_officers(const CaseNews& news, Instant now) {
  std::vector<News> told;
  for (auto event = news.events.rbegin(); event != news.events.rend(); ++event)  // of one topic the last
    if (const auto topic = topic_for_officers(**event, *news.row, now); topic && std::ranges::find(told, *topic, &News::topic) == told.end())
      told.push_back({*topic, *event});
  std::ranges::reverse(told);
  if (news.warned_ahead && told.empty() && news.row->open() && news.row->due_at >= now) told.push_back({MailTopic::due_soon, nullptr});
  return told;
}

std::vector<News> tell_reporter(const CaseNews& news, Instant now) {
  const CaseRow& row = *news.row;
  const Event *received = nullptr, *overdue = nullptr;
  Turns standing;
  for (const Event* event : news.events) {
    switch (event->type) {
      case case_opened:
      case report_linked:
        if (!received) received = event;
        break;
      case case_overdue: overdue = event; break;
      case removal_recorded:
      case case_dismissed:
      case case_not_removed: standing.note(*event, false); break;
      case removal_withdrawn:
      case case_reopened:
      case decision_undone: standing.note(*event, true); break;
      default: break;
    }
  }
  std::vector<News> told;
  const bool late = row.due_at < (row.removed_at && !row.open() ? *row.removed_at : now);
  if (overdue && late && (row.open() || row.state == CaseState::removed)) told.push_back({MailTopic::not_in_time, overdue});
  if (row.open()) {
    if (received) told.insert(told.begin(), {MailTopic::received, received});
    else if (standing.first_on && standing.last_on) told.push_back({MailTopic::under_work_again, standing.last_on});
    return told;
  }
  const auto close = [&](CaseState state, EventType type, MailTopic topic) {
    if (row.state == state && standing.last_off && standing.last_off->type == type) told.push_back({topic, standing.last_off});
  };
  close(CaseState::removed, removal_recorded, MailTopic::removed);
  close(CaseState::dismissed, case_dismissed, MailTopic::dismissed);
  close(CaseState::not_removed, case_not_removed, MailTopic::not_removed);
  if (told.empty() && received) told.push_back({MailTopic::received, received});
  return told;
}

}  // namespace

std::vector<News> still_to_tell(const CaseNews& news, Instant now) {
  switch (news.kind) {
    case Destination::Kind::owner:
    case Destination::Kind::second_contact: return OwnerNews{news, now}.tell();
    case Destination::Kind::officer: return tell_officers(news, now);
    case Destination::Kind::reporter: return tell_reporter(news, now);
    case Destination::Kind::webhook:
    case Destination::Kind::former_contact:
    case Destination::Kind::user: break;
  }
  return {};
}

Delay delay_of(const Event& overdue, const CaseRow& row) {
  if (overdue.owner_id.empty()) return Delay::unassigned;
  return row.due_at_without_holds < row.due_at ? Delay::held : Delay::owner;
}

}  // namespace klotterkoll
