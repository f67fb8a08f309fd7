#include "pages/kommun_parts.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

#include "base/text.h"
#include "json/text.h"
#include "pages/map_part.h"
#include "web/web.h"
#include "workflow/intake.h"
#include "workflow/routing.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMostNear = 10;

/// A text, or that there is none: to a template an empty text is something.
void set_or_none(TemplateData& values, const char* name, const std::string& text) {
  if (text.empty())
    values.set(name, false);
  else
    values.set(name, text);
}

}  // namespace

std::vector<Choice> choices_of(const Words& words, std::string_view kind, std::span<const std::string_view> codes) {
  std::vector<Choice> all;
  for (const std::string_view code : codes) all.push_back({std::string{code}, words(std::string{kind} + "_" + std::string{code})});
  return all;
}

std::vector<Choice> owner_choices(const Settings& settings, const std::string& suggested) {
  struct Ranked {
    int rank;
    std::string key;
    Choice choice;
  };
  std::vector<Ranked> ranked;
  for (const auto& [id, owner] : settings.owners)
    ranked.push_back({id == suggested ? -1 : static_cast<int>(owner.kind), fold(owner.name), {id, owner.name}});
  std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
    return std::tie(a.rank, a.key, a.choice.code) < std::tie(b.rank, b.key, b.choice.code);
  });
  std::vector<Choice> all;
  for (Ranked& one : ranked) all.push_back(std::move(one.choice));
  return all;
}

std::string owner_name(const Settings& settings, const std::string& owner_id) {
  const auto at = settings.owners.find(owner_id);
  return at == settings.owners.end() ? owner_id : at->second.name;
}

FormPart::FormPart(const Words& words, std::string slug, const std::string& heading, const std::string& button, const Form* sent)
    : words_(words), slug_(std::move(slug)), heading_(heading), button_(button), sent_(sent) {}

FormPart& FormPart::intro(const std::string& text) { return intro_ = text, *this; }
FormPart& FormPart::hidden(const std::string& name, const std::string& value) { return hidden_.emplace_back(name, value), *this; }

FormPart::Field& FormPart::add(const char* kind, const std::string& name, const std::string& label, const std::string& beginning, const std::string& id) {
  Field field;
  field.kind = kind;
  field.name = name;
  field.id = id.empty() ? slug_ + "_" + name : id;
  field.label = label;
  field.value = sent_ ? sent_->value(name) : beginning;
  fields_.push_back(std::move(field));
  return fields_.back();
}

FormPart& FormPart::input(const char* type, const std::string& name, const std::string& label, const std::string& beginning,
                          const std::string& id) {
  add("is_input", name, label, beginning, id).type = type;
  return *this;
}
FormPart& FormPart::area(const std::string& name, const std::string& label, const std::string& beginning, const std::string& id) {
  add("is_area", name, label, beginning, id);
  return *this;
}
FormPart& FormPart::select(const std::string& name, const std::string& label, const std::vector<Choice>& options, const std::string& beginning,
                           const std::string& none, const std::string& id) {
  Field& field = add("is_select", name, label, beginning, id);
  field.options = options;
  field.none = none;
  return *this;
}
FormPart& FormPart::check(const std::string& name, const std::string& label) { return add("is_check", name, label, "", ""), *this; }
FormPart& FormPart::files(const std::string& label) { return add("is_files", "photo", label, "", "photos"), *this; }
FormPart& FormPart::hint(const std::string& text) { return fields_.back().hint = text, *this; }
FormPart& FormPart::required() { return fields_.back().is_required = true, *this; }
FormPart& FormPart::at_most(const char* attribute, const std::string& value) {
  (std::string_view{attribute} == "min" ? fields_.back().minimum : fields_.back().maximum) = value;
  return *this;
}
FormPart& FormPart::also(const std::string& name, const std::string& value, const std::string& text) { return also_.push_back({name, value, text}), *this; }
FormPart& FormPart::open_always() { return open_always_ = true, *this; }

TemplateData FormPart::data(const std::string& action) const {
  TemplateData form, fields{TemplateData::type::list}, hidden{TemplateData::type::list}, also{TemplateData::type::list};
  form.set("slug", slug_);
  form.set("form_heading", heading_);
  form.set("form_button", button_);
  form.set("action", action);
  form.set("open", sent_ != nullptr || open_always_);
  set_or_none(form, "intro", intro_);
  for (const auto& [name, value] : hidden_) {
    TemplateData one;
    one.set("name", name);
    one.set("value", value);
    hidden.push_back(one);
  }
  for (const auto& [name, value, text] : also_) {
    TemplateData one;
    one.set("name", name);
    one.set("value", value);
    one.set("text", text);
    also.push_back(one);
  }
  for (const Field& field : fields_) {
    TemplateData one;
    for (const char* kind : {"is_input", "is_area", "is_select", "is_check", "is_files"}) one.set(kind, field.kind == kind);
    one.set("type", field.type);
    one.set("name", field.name);
    one.set("id", field.id);
    one.set("label", field.label);
    one.set("value", field.value);
    one.set("checked", !field.value.empty());
    one.set("required", field.is_required);
    set_or_none(one, "hint", field.hint);
    set_or_none(one, "min", field.minimum);
    set_or_none(one, "max", field.maximum);
    const auto* fault = sent_ ? sent_->fault_of(field.id) : nullptr;
    set_or_none(one, "error", fault ? sentence_of(*fault, words_) : "");
    set_or_none(one, "described", (field.hint.empty() ? "" : field.id + "_hint") + std::string{fault ? " " + field.id + "_error" : ""});
    TemplateData options{TemplateData::type::list};
    const auto option = [&](const std::string& code, const std::string& name) {
      TemplateData choice;
      choice.set("code", code);
      choice.set("choice", name);
      choice.set("chosen", code == field.value);
      options.push_back(choice);
    };
    if (!field.none.empty()) option("", field.none);
    for (const Choice& choice : field.options) option(choice.code, choice.name);
    one.set("options", options);
    fields.push_back(one);
  }
  form.set("fields", fields);
  form.set("hiddens", hidden);
  form.set("also", also);
  return form;
}

std::string sentence_of(const Form::Fault& fault, const Words& words) {
  // The longest pause is told beside the field.
  return words(fault.text, {{"{last}", words("kommun_last_day")}});
}

std::string note_in(Form& form, const std::string& name, const std::string& field) {
  const std::string& note = form.value(name);
  if (utf8_length(note) > kLongestNote || !is_clean_text(note)) form.refuse(field, "error_note");
  return note;
}

PageFrame kommun_frame(const Visit& visit, std::string title, bool wide) {
  PageFrame frame = visit.frame(Section::municipality, std::move(title));
  frame.styles.push_back("kommun.css");
  frame.wide = wide;
  return frame;
}

void draw_map(PageFrame& frame) {
  use_map(frame);
}

std::optional<TemplateData> map_part(const Visit& visit, const CaseRow& row) {
  if (!row.place.point) return std::nullopt;
  MapPart wanted;
  wanted.at = row.place.point;
  wanted.zoom = 17;
  wanted.mark = true;
  wanted.small = true;
  return map_part(visit, wanted);
}

TemplateData trace_part(const std::string& trace, const Words& words, const Settings& settings) {
  constexpr std::string_view kNobody = "no owner";
  TemplateData list{TemplateData::type::list};
  for (const TraceStep& step : read_trace(trace)) {
    TemplateData line;
    line.set("step", words("kommun_step_" + step.step));
    line.set("looked_at", step.looked_at);
    // "hfab: HÖÖR FRILUFTEN 7" with the owner's name in place of its id.
    std::string result = step.result;
    const std::string owner_id = result.substr(0, result.find(':'));
    if (result.starts_with(kNobody))
      result = words("kommun_step_nobody");
    else if (settings.owners.contains(owner_id))
      result = owner_name(settings, owner_id) + result.substr(owner_id.size());
    line.set("result", result);
    list.push_back(line);
  }
  return list;
}

SuggestedOwner suggest_owner(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::vector<EventTable::Noted>& history) {
  std::string gave_back;
  for (const auto& [event, note] : history) {
    if (event.type != EventType::case_rejected) continue;
    gave_back = event.data.former_owner_id.value_or(event.by.owner_id);
    if (row.owner_id.empty() && event.data.suggested_owner_id && settings.owners.contains(*event.data.suggested_owner_id))
      return {*event.data.suggested_owner_id, "", true};
  }
  Routing found = route(transaction, settings, {told_place(row), row.object_type, settings.zone.date_of(row.first_received_at), ""});
  if (found.owner_id == gave_back) found.owner_id.clear();
  return {std::move(found.owner_id), std::move(found.note.trace), false};
}

std::vector<NearCase> cases_near(Transaction& transaction, const Settings& settings, const CaseRow& row) {
  std::vector<NearCase> near;
  if (!row.place.point) return near;
  for (const auto& spot : transaction.cases().spots(settings.municipality.id, *row.place.point, kPossibleDuplicate_m)) {
    if (near.size() == kMostNear) break;
    if (spot.id == row.id || (spot.removed_at && *spot.removed_at < row.first_received_at - kRecentlyRemoved)) continue;
    if (auto other = transaction.cases().find(spot.id)) near.push_back({std::move(*other), spot.away_m});
  }
  return near;
}

TemplateData near_part(Transaction& transaction, const Visit& visit, const Settings& settings, const std::vector<NearCase>& near) {
  TemplateData list{TemplateData::type::list};
  for (const NearCase& one : near) {
    TemplateData card = case_card(transaction, visit, settings, one.row, kKommunCases);
    card.set("away", visit.words("kommun_away", {{"{m}", std::to_string(std::lround(one.away_m))}}));
    list.push_back(card);
  }
  return list;
}

bool names_no_target(const Error& error) {
  return error.code() == ErrorCode::not_found && !error.faults().empty() && error.faults().front().pointer == "/into";
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace klotterkoll
