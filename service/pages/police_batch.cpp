#include <algorithm>

#include "base/error.h"
#include "base/local_time.h"
#include "pages/case_parts.h"
#include "pages/police_parts.h"
#include "pages/police_rows.h"
#include "workflow/confirmation.h"

namespace klotterkoll {
namespace {

/// A pasted night, or a file of one.
constexpr std::size_t kRowsForm = 2 * 1024 * 1024;

std::string field_of(std::string_view name, std::size_t n) { return std::string{name} + "_" + std::to_string(n); }

/// The rows of a page on its way to and fro.
struct Night {
  std::string form_id;
  std::vector<PoliceRow> rows;
  std::vector<std::string> unused;
  std::string told;
};

/// What was pasted, with the white space at its ends: a row may begin with an empty cell.
std::string pasted(const Visit& visit) {
  for (const FormField& field : visit.call.form())
    if (field.name == "rows" && !field.file_name) return std::string{field.value};
  return "";
}

/// What was typed into the rows that were wrong, and those that were right already.
std::vector<PoliceRow> rows_of_preview(const Form& form) {
  std::vector<PoliceRow> rows = unpack_rows(form.value("good"));
  for (std::size_t n = 1; n <= kCorrectedAtOnce; ++n) {
    const std::string& line = form.value(field_of("line", n));
    if (line.empty()) break;
    if (!form.value(field_of("drop", n)).empty()) continue;
    PoliceRow row;
    row.line = line.size() < 7 && std::ranges::all_of(line, [](char c) { return c >= '0' && c <= '9'; }) ? static_cast<std::size_t>(std::stoul(line)) : n;
    for (std::size_t i = 0; i < kPoliceFields.size(); ++i) row.cells[i] = form.value(field_of(kPoliceFields[i], n));
    rows.push_back(std::move(row));
  }
  for (PoliceRow& row : unpack_rows(form.value("later"))) rows.push_back(std::move(row));
  if (rows.size() > kPoliceRows) throw Error{ErrorCode::malformed, "There are more rows than are taken at once."};
  std::ranges::stable_sort(rows, {}, &PoliceRow::line);
  return rows;
}

/// Reads the cells of a row; nothing when something is wrong with them, which the row then tells.
std::optional<ReportDraft> draft_of(PoliceRow& row, const TimeZone& zone, const std::string& form_id) {
  if (!row.problem.empty()) return std::nullopt;
  row.form = {};
  for (std::size_t i = 0; i < kPoliceFields.size(); ++i) row.form.typed.emplace_back(kPoliceFields[i], row.cells[i]);
  ReportDraft draft = police_draft(row.form, zone);
  // A report without a K-number is known again by its form and its line.
  draft.external_id = external_id_of(form_id, row.line);
  return row.good() ? std::optional{std::move(draft)} : std::nullopt;
}

/// The rules of the domain, without writing anything.
void check(const Visit& visit, Night& night) {
  read(visit.call, [&](Transaction& transaction) {
    const auto settings = visit.settings(transaction);
    for (PoliceRow& row : night.rows) {
      const auto draft = draft_of(row, settings->zone, night.form_id);
      if (!draft) continue;
      try {
        check_report(transaction, *settings, *draft, visit.actor(), visit.call.now);
      } catch (const Error& error) {
        row.form.refuse(error, kPoliceMeant);
      }
    }
    return true;
  });
}

struct Sent {
  std::int64_t created = 0, repeated = 0, waiting = 0;
  std::vector<PoliceRow> left;  ///< rows that were not taken
};

/// Takes the rows that are right, in one transaction, as a batch of the API is taken.
Sent send(const Visit& visit, const Night& night) {
  Sent sent;
  visit.call.app.store.write([&](Transaction& transaction) {
    sent = {};
    const auto settings = visit.settings(transaction);
    for (PoliceRow row : night.rows) {
      if (const auto draft = draft_of(row, settings->zone, night.form_id)) {
        try {
          const Batched batched = take_batched_report(transaction, *settings, *draft, visit.actor(), visit.call.now);
          ++(!batched.taken ? sent.waiting : batched.taken->repeated ? sent.repeated : sent.created);
          continue;
        } catch (const Error& error) {
          row.form.refuse(error, kPoliceMeant);
        }
      }
      sent.left.push_back(std::move(row));
    }
  });
  return sent;
}

TemplateData bad_row(const Visit& visit, const PoliceRow& row, std::size_t n) {
  const Words& words = visit.words;
  TemplateData bad;
  bad.set("n", std::to_string(n));
  bad.set("line", std::to_string(row.line));
  bad.set("legend", words("police_many_row", {{"{n}", std::to_string(row.line)}}));
  if (!row.problem.empty()) bad.set("problem", words(row.problem));
  for (const Form::Fault& fault : row.form.faults)
    if (std::ranges::find(kPoliceFields, fault.field) == kPoliceFields.end()) bad.set("problem", words(fault.text));
  TemplateData fields{TemplateData::type::list};
  for (std::size_t i = 0; i < kPoliceFields.size(); ++i) {
    TemplateData field;
    field.set("name", std::string{kPoliceFields[i]});
    field.set("label", words("police_column_" + std::string{kPoliceFields[i]}));
    field.set("value", row.cells[i]);
    if (const auto* fault = row.form.fault_of(kPoliceFields[i])) field.set("error", words(fault->text));
    fields.push_back(field);
  }
  bad.set("fields", fields);
  return bad;
}

TemplateData good_row(const Visit& visit, const PoliceRow& row, const TimeZone& zone) {
  const Words& words = visit.words;
  Form form = row.form;
  const ReportDraft draft = police_draft(form, zone);
  TemplateData good;
  good.set("line", std::to_string(row.line));
  good.set("police_reference", draft.police_reference);
  good.set("place", in_words(draft.place));
  good.set("category", words("category_" + std::string{to_code(draft.category)}));
  good.set("surface", draft.surface ? words("surface_" + std::string{to_code(*draft.surface)}) : "");
  good.set("observed", draft.times.observed_at ? words.when(*draft.times.observed_at, zone) : "");
  return good;
}

void fill_preview(const Visit& visit, const Night& night, TemplateData& values) {
  const Words& words = visit.words;
  const TimeZone zone = read(visit.call, [&](Transaction& transaction) { return visit.settings(transaction)->zone; });
  std::vector<PoliceRow> good, later;
  TemplateData bad_rows{TemplateData::type::list}, good_rows{TemplateData::type::list};
  std::size_t bad = 0;
  for (const PoliceRow& row : night.rows) {
    if (row.good()) {
      good_rows.push_back(good_row(visit, row, zone));
      good.push_back(row);
    } else if (++bad <= kCorrectedAtOnce) {
      bad_rows.push_back(bad_row(visit, row, bad));
    } else {
      later.push_back(row);
    }
  }
  const auto counted = [&](const char* one, const char* many, std::size_t n) { return n == 1 ? words(one) : words(many, {{"{n}", std::to_string(n)}}); };
  values.set("good", pack_rows(good));
  values.set("later", pack_rows(later));
  values.set("any_bad", bad > 0);
  values.set("bad", bad_rows);
  values.set("bad_heading", counted("police_many_bad_one", "police_many_bad_many", bad));
  if (!later.empty()) values.set("later_told", counted("police_many_later_one", "police_many_later_many", later.size()));
  values.set("any_good", !good.empty());
  values.set("rows", good_rows);
  values.set("good_heading", counted("police_many_good_one", "police_many_good_many", good.size()));
  values.set("send", counted("police_many_send_one", "police_many_send_many", good.size()));
  std::string unused;
  for (const std::string& column : night.unused) unused += (unused.empty() ? "" : ", ") + column;
  if (!unused.empty()) values.set("unused", words("police_many_unused", {{"{columns}", unused}}));
}

void show(Visit& visit, const Form& form, const Night* night) {
  PageFrame frame = police_frame(visit, visit.words("police_many_heading"));
  frame.wide = night != nullptr;
  if (!form.faults.empty()) frame.status = form.status;
  TemplateData values = visit.values();
  fill_errors(values, form, visit.words);
  fill_fields(values, form, visit.words, std::array<std::string_view, 1>{"rows"});
  values.set("fresh", night == nullptr);
  values.set("preview", night != nullptr);
  values.set("form_id", night ? night->form_id : new_form_id(visit));
  if (night) fill_preview(visit, *night, values);
  if (night && !night->told.empty()) values.set("told", night->told);
  add_police_places(values, visit, "/polis/manga");
  visit.answer(frame, "police_many", values);
}

void post_rows(Visit& visit) {
  Form& form = visit.form();
  Night night;
  night.form_id = form.value("form_id");
  if (external_id_of(night.form_id, 0).empty()) night.form_id = new_form_id(visit);
  const auto files = form.files_of("file");
  try {
    if (!files.empty() || !form.value("rows").empty()) {
      PoliceRows read = read_police_rows(files.empty() ? pasted(visit) : std::string{files.front()});
      night.rows = std::move(read.rows);
      night.unused = std::move(read.unused);
    } else {
      night.rows = rows_of_preview(form);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::malformed) throw;
    form.refuse("rows", "error_police_rows");
  }
  if (night.rows.empty()) form.refuse("rows", "error_police_rows");
  if (!form.faults.empty()) return show(visit, form, nullptr);
  if (form.value("do") == "send") {
    Sent sent = send(visit, night);
    const auto text = [](std::int64_t n) { return std::to_string(n); };
    if (sent.left.empty())
      return answer_see_other(visit.call.response,
                              visit.link("/polis/anmalningar", {{"skickade", text(sent.created)}, {"igen", text(sent.repeated)}, {"vantar", text(sent.waiting)}}));
    night.rows = std::move(sent.left);
    if (sent.created + sent.repeated + sent.waiting > 0)
      night.told = visit.words("police_many_sent", {{"{sent}", text(sent.created)}, {"{again}", text(sent.repeated)}, {"{waiting}", text(sent.waiting)}});
  } else {
    check(visit, night);
  }
  show(visit, {}, &night);
}

}  // namespace

std::vector<Route> police_batch_routes() {
  return page_routes_of({{"GET", "/polis/manga", kPoliceOnly, [](Visit& visit) { show(visit, {}, nullptr); }},
                         {"POST", "/polis/manga", kPoliceOnly, post_rows, kRowsForm}});
}

}  // namespace klotterkoll
