// The words and parts that the pages of figures share.

#include <algorithm>

#include "domain/land.h"
#include "pages/figures.h"

namespace klotterkoll {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::years;

LocalDate month_begin(LocalDate day) {
  const std::chrono::year_month_day date{day};
  return LocalDate{date.year() / date.month() / 1};
}
LocalDate year_begin(LocalDate day) { return LocalDate{std::chrono::year_month_day{day}.year() / std::chrono::January / 1}; }
LocalDate months_later(LocalDate first_of_month, int number) {
  return LocalDate{std::chrono::year_month_day{first_of_month} + months{number}};
}

struct Shortcut {
  const char* text;
  Period period;
};
std::vector<Shortcut> shortcuts(LocalDate today) {
  const LocalDate month = month_begin(today), year = year_begin(today);
  return {{"figures_this_month", {month, months_later(month, 1)}},
          {"figures_last_month", {months_later(month, -1), month}},
          {"figures_this_year", {year, months_later(year, 12)}},
          {"figures_last_year", {months_later(year, -12), year}}};
}

/// The rule of the case: "3 kalenderdagar".
std::string limit_in_words(const Words& words, const Limit& limit) {
  return words("figures_limit_" + std::string{to_code(limit.mode)}, {{"{n}", std::to_string(limit.amount)}});
}

std::string outcome_in_words(const Words& words, const TimeZone& zone, const CaseRow& row, const Policy& policy, Instant now) {
  const Judgement judged = judge(row, policy);
  const auto when = [&](const std::optional<Instant>& at) { return at ? words.when(*at, zone) : ""; };
  const auto text = [&](const char* name) {
    const std::chrono::seconds late = row.removed_at && *row.removed_at > row.due_at ? *row.removed_at - row.due_at : std::chrono::seconds{};
    return words(name, {{"{removed}", when(row.removed_at)}, {"{recorded}", when(row.recorded_at)}, {"{decided}", when(row.decided_at)},
                        {"{late}", late < std::chrono::hours{1} ? words("figures_less_than_hour") : words.duration(late)},
                        {"{hours}", std::to_string(policy.record_within_hours)}, {"{without}", when(row.due_at_without_holds)}});
  };
  const auto dismissal = [&] { return words("figures_dismissed_" + std::string{to_code(*row.dismissal)}); };
  std::string line;
  switch (judged.outcome) {
    case Outcome::open:
      line = row.due_at < now ? words("figures_why_overdue", {{"{time}", words.left(row.due_at, now)}}) : words("figures_why_open", {{"{time}", words.left(row.due_at, now)}});
      break;
    case Outcome::on_time: line = text("figures_why_on_time"); break;
    case Outcome::late:
      line = *row.removed_at > row.due_at ? text("figures_why_late") : text("figures_why_recorded_too_late");
      break;
    case Outcome::not_removed: line = text("figures_why_not_removed"); break;
    case Outcome::dismissed: line = words("figures_why_dismissed", {{"{decided}", when(row.decided_at)}, {"{reason}", dismissal()}}); break;
    case Outcome::merged: line = text("figures_why_merged"); break;
    case Outcome::proactive: line = text("figures_why_proactive"); break;
  }
  const auto add = [&](bool so, const char* name) {
    if (so) line += " " + text(name);
  };
  add(judged.on_time_by_hold, "figures_why_by_hold");
  add(judged.recorded_after_due, row.evidence_confirmed ? "figures_why_recorded_evidence" : "figures_why_recorded_after");
  add(judged.already_gone, "figures_why_already_gone");
  add(judged.excluded_after_due, "figures_why_after_due");
  add(judged.told_late, "figures_why_told_late");
  add(static_cast<bool>(row.split_from), "figures_why_split");
  return line;
}

}  // namespace

QueryParameters FigurePeriod::parameters() const {
  QueryParameters all{{"from", format_date(period.from)}, {"to", format_date(period.to)}};
  if (cohort != Cohort::due) all.emplace_back("cohort", std::string{to_code(cohort)});
  return all;
}

FigurePeriod figure_period(const Visit& visit, const Settings& settings) {
  const LocalDate year = year_begin(settings.zone.date_of(visit.call.now));
  FigurePeriod wanted{{year, months_later(year, 12)}, Cohort::due, ""};
  const auto& request = visit.call.request;
  wanted.cohort = code_from<Cohort>(request.get_param_value("cohort")).value_or(Cohort::due);
  const std::string from = request.get_param_value("from"), to = request.get_param_value("to"), last = request.get_param_value("last");
  if (from.empty() && to.empty() && last.empty()) return wanted;
  const auto first_day = parse_date(from);
  auto end = parse_date(to.empty() ? last : to);
  if (end && to.empty()) *end += days{1};
  if (!first_day || !end || *first_day < LocalDate{std::chrono::year{1990} / 1 / 1} || *end > LocalDate{std::chrono::year{2200} / 1 / 1}) {
    wanted.fault = "figures_error_date";
  } else if (*first_day >= *end) {
    wanted.fault = "figures_error_order";
  } else if (*end - *first_day > days{20 * 366}) {
    wanted.fault = "figures_error_long";
  } else {
    wanted.period = {*first_day, *end};
  }
  return wanted;
}

void fill_period(TemplateData& values, const Visit& visit, const Settings& settings, const FigurePeriod& wanted, const std::string& path) {
  const Words& words = visit.words;
  const LocalDate today = settings.zone.date_of(visit.call.now);
  values.set("action", visit.base + path);
  values.set("from", format_date(wanted.period.from));
  values.set("last", format_date(wanted.period.to - days{1}));
  values.set("cohorts", choices(words, "figures_cohort", names_of(Cohort{}), to_code(wanted.cohort)));
  set_text(values, "period_error", wanted.fault.empty() ? "" : words(wanted.fault));
  values.set("has_errors", !wanted.fault.empty());
  TemplateData errors{TemplateData::type::list};
  if (!wanted.fault.empty()) {
    TemplateData error;
    error.set("field", "from");
    error.set("message", words(wanted.fault));
    errors.push_back(error);
  }
  values.set("errors", errors);
  TemplateData links{TemplateData::type::list};
  for (const auto& [text, period] : shortcuts(today)) {
    TemplateData link;
    QueryParameters parameters = FigurePeriod{period, wanted.cohort, ""}.parameters();
    if (const std::string by = visit.call.request.get_param_value("by"); code_from<GroupBy>(by)) parameters.emplace_back("by", by);
    link.set("href", visit.link(path, parameters));
    link.set("name", words(text));
    link.set("current", period.from == wanted.period.from && period.to == wanted.period.to);
    links.push_back(link);
  }
  values.set("shortcuts", links);
  values.set("period_words", words("figures_period", {{"{from}", words.day(wanted.period.from)}, {"{last}", words.day(wanted.period.to - days{1})}}));
  values.set("preliminary", settings.zone.start_of(wanted.period.to) > visit.call.now);
  TemplateData tabs{TemplateData::type::list};
  for (const auto& [to, text] : {std::pair{"/kommun/resultat", "figures_tab_compliance"}, std::pair{"/kommun/resultat/tider", "figures_tab_stages"},
                                 std::pair{"/kommun/resultat/kostnader", "figures_tab_costs"}, std::pair{"/kommun/resultat/platser", "figures_tab_spots"}}) {
    TemplateData tab;
    tab.set("href", visit.link(to, wanted.parameters()));
    tab.set("name", words(text));
    tab.set("current", path == to);
    tabs.push_back(tab);
  }
  values.set("tabs", tabs);
}

std::string per_cent(const Words& words, const std::optional<std::int64_t>& per_mille) {
  if (!per_mille) return "";
  return words("figures_per_cent", {{"{n}", std::to_string(*per_mille / 10) + words("figures_decimal") + std::to_string(*per_mille % 10)}});
}

std::string number_in_words(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::ptrdiff_t at = std::ssize(digits) - 3; at > (number < 0 ? 1 : 0); at -= 3) digits.insert(static_cast<std::size_t>(at), "\u00a0");
  return digits;
}

std::string cases_in_words(const Words& words, std::int64_t number) {
  return number == 1 ? words("figures_one_case") : words("figures_n_cases", {{"{n}", number_in_words(number)}});
}

TemplateData number_part(const Visit& visit, std::int64_t number, const FigurePeriod& of, Figure figure, const std::string& by, const std::string& value) {
  TemplateData part;
  part.set("number", number_in_words(number));
  part.set("href", false);  // else a template takes that of what stands around it
  if (number == 0) return part;
  QueryParameters parameters = of.parameters();
  parameters.emplace_back("outcome", std::string{to_code(figure)});
  if (!by.empty()) parameters.emplace_back("by", by), parameters.emplace_back("value", value);
  part.set("href", visit.link("/kommun/resultat/arenden", parameters));
  return part;
}

std::vector<std::pair<std::string, std::string>> district_names(Transaction& transaction, MunicipalityId municipality) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const District& district : transaction.land().districts(municipality)) names.emplace_back(district.district_id, district.name);
  return names;
}

std::string group_name(const Words& words, const Settings& settings, GroupBy by, const std::string& key,
                       const std::vector<std::pair<std::string, std::string>>& districts) {
  switch (by) {
    case GroupBy::owner: {
      const auto owner = settings.owners.find(key);
      return owner != settings.owners.end() ? owner->second.name : key == "none" ? words("owner_none") : key;
    }
    case GroupBy::category: return words("category_" + key);
    case GroupBy::source: return words("figures_source_" + key);
    case GroupBy::district: {
      const auto at = std::ranges::find(districts, key, &std::pair<std::string, std::string>::first);
      return at != districts.end() ? at->second : key == "none" ? words("figures_no_district") : key;
    }
    default: return key;
  }
}

std::string reckoning_in_words(const Words& words, const Settings& settings, const CaseRow& row, Instant now) {
  const Policy& policy = policy_of_version(settings.policies, row.policy_version);
  const Limit& limit = policy.limit_for(row.category, row.category_confirmed);
  return words("figures_reckoning", {{"{start}", words.when(row.clock_started_at, settings.zone)}, {"{due}", words.when(row.due_at, settings.zone)},
                                     {"{rule}", limit_in_words(words, limit)}, {"{version}", std::to_string(row.policy_version)}}) +
         " " + outcome_in_words(words, settings.zone, row, policy, now);
}

}  // namespace klotterkoll
