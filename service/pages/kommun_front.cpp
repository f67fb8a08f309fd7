#include <algorithm>
#include <utility>

#include "domain/land.h"
#include "domain/notice.h"
#include "domain/queue.h"
#include "pages/kommun_parts.h"
#include "pages/kommun_routes.h"

namespace klotterkoll {
namespace {

using std::chrono::days;

constexpr std::int64_t kShown = 4;  ///< of each kind; the others are in its list
/// Pauses that run now, of which those that end soon are picked: there is no index by their end.
constexpr std::int64_t kHeldLookedAt = 500;
constexpr std::int64_t kMostReopenRequests = 100;
constexpr days kEndsSoon{2};

/// Builds what there is to do, a section for each kind; every section is one indexed question of few rows.
class Today {
 public:
  Today(Transaction& transaction, const Visit& visit)
      : transaction_(transaction), visit_(visit), settings_(visit.settings(transaction)), now_(visit.call.now) {}

  TemplateData values() {
    const auto of_clock = [&](ClockState clock) {
      CaseQuery query = by_due();
      query.clock = clock;
      return query;
    };
    CaseQuery unassigned = by_due(), requests = by_due(), attention = by_due();
    unassigned.states = {CaseState::unassigned};
    requests.hold_requested = true;
    attention.with_attention = true;
    add_cases("overdue", of_clock(ClockState::overdue), visit_.link("/kommun/arenden", {{"clock", "overdue"}, {"sort", "due_at"}}));
    add_cases("unassigned", unassigned, visit_.link("/kommun/fordela"));
    add_cases("due_soon", of_clock(ClockState::due_soon), visit_.link("/kommun/arenden", {{"clock", "due_soon"}, {"sort", "due_at"}}));
    add_cases("requests", requests, visit_.link("/kommun/arenden", {{"holds", "requested"}}));
    add_holds_that_end(of_clock(ClockState::held));
    add_reopen_requests();
    add_waiting();
    add_cases("attention", attention, visit_.link("/kommun/arenden", {{"attention", "true"}}));
    add_parked();
    add_unmatched();
    TemplateData values = visit_.values();
    values.set("sections", sections_);
    values.set("any", any_);
    values.set("day", visit_.words.day(settings_->zone.date_of(now_)));
    return values;
  }

 private:
  CaseQuery by_due() const {
    CaseQuery query;
    query.now = now_;
    query.sort = CaseQuery::Sort::due_first;
    query.page = {kShown, 0};
    return query;
  }

  TemplateData cards(const std::vector<CaseRow>& rows) {
    TemplateData list{TemplateData::type::list};
    for (const CaseRow& row : rows) {
      if (std::cmp_greater_equal(list.list_value().size(), kShown)) break;
      list.push_back(case_card(transaction_, visit_, *settings_, row, kKommunCases));
    }
    return list;
  }

  /// A section with cases, or with lines {href, text}; nothing when there is none of the kind.
  void add(const char* name, std::int64_t count, bool more, const std::string& href, const TemplateData& case_cards, const TemplateData& lines) {
    if (count == 0) return;
    any_ = true;
    TemplateData section;
    section.set("section", std::string{name});
    section.set("heading", visit_.words("kommun_now_" + std::string{name}));
    section.set("explained", visit_.words("kommun_now_" + std::string{name} + "_hint"));
    section.set("count", std::to_string(count) + (more ? "+" : ""));
    section.set("list", href);
    section.set("has_cards", !case_cards.is_empty_list());
    section.set("cards", case_cards);
    section.set("has_lines", !lines.is_empty_list());
    section.set("lines", lines);
    sections_.push_back(section);
  }
  static TemplateData none() { return TemplateData{TemplateData::type::list}; }

  void add_cases(const char* name, const CaseQuery& query, const std::string& href) {
    const auto listing = transaction_.cases().list(settings_->municipality.id, query);
    add(name, listing.total, listing.total >= kCountedUpTo, href, cards(listing.items), none());
  }

  void add_holds_that_end(CaseQuery query) {
    query.page = {kHeldLookedAt, 0};
    auto held = transaction_.cases().list(settings_->municipality.id, query);
    std::erase_if(held.items, [&](const CaseRow& row) { return *row.held_until > now_ + kEndsSoon; });
    std::ranges::stable_sort(held.items, {}, [](const CaseRow& row) { return *row.held_until; });
    add("holds", std::ssize(held.items), held.total > kHeldLookedAt, visit_.link("/kommun/arenden", {{"clock", "held"}}), cards(held.items), none());
  }

  void add_reopen_requests() {
    const auto ids = transaction_.queue().reopen_requests(settings_->municipality.id, now_ - kReopenRequests, kMostReopenRequests);
    std::vector<CaseRow> rows;
    for (const CaseId id : ids)
      if (std::cmp_less(rows.size(), kShown)) rows.push_back(transaction_.cases().find(id).value());
    add("reopen", std::ssize(ids), std::ssize(ids) == kMostReopenRequests, visit_.link("/kommun/oppna-igen"), cards(rows), none());
  }

  void add_line(TemplateData& lines, const std::string& href, const std::string& text) {
    TemplateData line;
    line.set("href", href);
    line.set("line", text);
    lines.push_back(line);
  }

  void add_waiting() {
    TemplateData lines = none();
    for (const Confirmation& waiting : transaction_.queue().waiting(settings_->municipality.id, std::nullopt, kShown, 0)) {
      const std::string place = waiting.report ? in_words(waiting.report->place) : "";
      add_line(lines, visit_.link("/kommun/vantar") + "#" + visit_.call.app.store.references().encode(waiting.id),
               (place.empty() ? visit_.words("place_unknown") : place) + ", " + visit_.words.when(waiting.sent_at, settings_->zone));
    }
    const auto count = transaction_.queue().count_waiting(settings_->municipality.id, std::nullopt).count;
    add("waiting", count, false, visit_.link("/kommun/vantar"), none(), lines);
  }

  void add_parked() {
    const auto parked = transaction_.notices().list(settings_->municipality.id, MessageState::parked, {kShown, 0});
    TemplateData lines = none();
    for (const Message& message : parked.items)
      add_line(lines, visit_.link("/kommun/meddelanden"), visit_.words.when(message.done_at.value_or(message.next_at), settings_->zone) + " – " + message.detail);
    add("parked", parked.total, parked.total >= kCountedUpTo, visit_.link("/kommun/meddelanden"), none(), lines);
  }

  void add_unmatched() {
    const auto unmatched = transaction_.land().unmatched(settings_->municipality.id, {kShown, 0});
    TemplateData lines = none();
    for (const UnmatchedAddress& one : unmatched.items)
      add_line(lines, visit_.link(kKommunCases + visit_.call.app.store.references().encode(one.last_case)), one.address);
    add("unmatched", unmatched.total, unmatched.total >= kCountedUpTo, visit_.link("/kommun/adresser"), none(), lines);
  }

  Transaction& transaction_;
  const Visit& visit_;
  const std::shared_ptr<const Settings> settings_;
  const Instant now_;
  bool any_ = false;
  TemplateData sections_{TemplateData::type::list};
};

void get_front(Visit& visit) {
  const TemplateData values = read(visit.call, [&](Transaction& transaction) { return Today{transaction, visit}.values(); });
  visit.answer(kommun_frame(visit, visit.words("menu_now"), true), "kommun_front", values);
}

}  // namespace

std::vector<Route> kommun_front_routes() { return page_routes_of({{"GET", "/kommun", kOfficers, get_front}}); }

}  // namespace klotterkoll
