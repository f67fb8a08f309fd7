#include "routes/batches.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/local_time.h"
#include "base/number.h"
#include "base/tabular.h"
#include "base/text.h"
#include "json/report_json.h"
#include "json/schema_check.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRows = 1000;

/// A row of a batch as a report body, or why it cannot be one.
struct BatchRow {
  std::size_t number;  ///< from 1; in CSV the line
  json body;
  std::vector<Fault> faults;
};

[[noreturn]] void refuse_size() {
  throw Error{ErrorCode::malformed, "A batch holds 1 to 1,000 reports; send more in several batches.", "/items"};
}

std::vector<BatchRow> rows_of_json(const std::string& body) {
  json parsed = parse_json(body);
  check_schema("batch", parsed);
  std::vector<BatchRow> rows;
  for (json& item : parsed["items"]) rows.push_back({rows.size() + 1, std::move(item), {}});
  return rows;
}

std::vector<BatchRow> rows_of_ndjson(const std::string& body) {
  std::vector<BatchRow> rows;
  std::string_view rest = body;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    BatchRow row{rows.size() + 1, {}, {}};
    try {
      row.body = parse_json(line);
    } catch (const Error& error) {
      row.faults = error.faults().empty() ? std::vector<Fault>{{"", error.what()}} : error.faults();
    }
    rows.push_back(std::move(row));
    if (rows.size() > kMostRows) refuse_size();
  }
  return rows;
}

/// A cell's value in JSON: coordinates are numbers with a decimal point or comma, times local to the municipality.
json cell_to_json(const std::string& column, std::string_view cell, const TimeZone& zone, std::vector<Fault>& faults) {
  const std::string pointer = "/" + [&] {
    std::string path = column;
    std::ranges::replace(path, '.', '/');
    return path;
  }();
  if (column == "location.lat" || column == "location.lon") {
    if (const auto number = parse_decimal(cell)) return *number;
    faults.push_back({pointer, "\"" + std::string{cell} + "\" is no number; write 55.9362 or 55,9362."});
    return {};
  }
  if (column.ends_with("_at")) {
    try {
      const ReadTime time = guess_time(cell);
      return format_instant(time.instant ? *time.instant : zone.to_instant(time.local));
    } catch (const Error& error) {
      faults.push_back({pointer, error.what()});
      return {};
    }
  }
  std::string text = normalise_newlines(cell);
  if (has_control_characters(text)) {
    faults.push_back({pointer, "The text contains a control character; only tab and line feed are allowed."});
    return {};
  }
  return text;
}

/// "location.lat" stands in an object of its own, so there is no column "location" beside it, and nothing deeper.
void check_columns(const Table& table) {
  for (const std::string& column : table.columns()) {
    table.find_column(column);  // throws when it is there twice
    const auto dot = column.find('.');
    if (dot == column.npos) continue;
    if (column.find('.', dot + 1) != column.npos || table.find_column(column.substr(0, dot)))
      throw Error{ErrorCode::malformed, "The column \"" + shortened(column, 60) + "\" does not fit; columns are named as in JSON, such as category or location.lat."};
  }
}

std::vector<BatchRow> rows_of_csv(const std::string& body, const TimeZone& zone) {
  Table table{body};
  check_columns(table);
  std::vector<BatchRow> rows;
  while (const auto record = table.next_row()) {
    BatchRow row{record->line, json::object(), {}};
    if (!record->fault.empty()) row.faults.push_back({"", record->fault});
    for (std::size_t i = 0; i < table.columns().size() && row.faults.empty(); ++i) {
      const std::string column{table.columns()[i]};
      const std::string cell = trimmed(record->cells[i]);
      if (cell.empty()) continue;
      json value = cell_to_json(column, cell, zone, row.faults);
      const auto dot = column.find('.');
      if (dot == column.npos)
        row.body[column] = std::move(value);
      else
        row.body[column.substr(0, dot)][column.substr(dot + 1)] = std::move(value);
    }
    rows.push_back(std::move(row));
    if (rows.size() > kMostRows) refuse_size();
  }
  return rows;
}

/// The municipalities that the caller's key is good for, the one in the path first.
std::vector<std::shared_ptr<const Settings>> reach(Call& call, Transaction& transaction, std::shared_ptr<const Settings> own) {
  std::vector<std::shared_ptr<const Settings>> all{std::move(own)};
  for (const auto& scope : call.caller.key->scopes)
    if (scope.municipality != all.front()->municipality.id) all.push_back(transaction.municipalities().settings(scope.municipality));
  return all;
}

const Settings& destination(const std::vector<std::shared_ptr<const Settings>>& all, const json& body, const ReportDraft& draft) {
  if (const auto named = body.find("municipality"); named != body.end() && !named->get_ref<const std::string&>().empty()) {
    const auto at = std::ranges::find_if(all, [&](const auto& one) { return one->municipality.code == named->get_ref<const std::string&>(); });
    if (at == all.end())
      throw Error{ErrorCode::refused, "The municipality \"" + named->get<std::string>() + "\" is none of this key's.", "/municipality"};
    return **at;
  }
  const auto holds = [&](const Settings& one) { return one.municipality.area && one.municipality.area->contains(*draft.place.point); };
  if (draft.place.point && !holds(*all.front()))
    for (const auto& one : all)
      if (holds(*one)) return *one;
  return *all.front();
}

json refused(const BatchRow& row, std::vector<Fault> faults) {
  json errors = json::array();
  for (const Fault& fault : faults) errors.push_back({{"pointer", fault.pointer}, {"message", fault.message}});
  return {{"row", row.number}, {"status", "rejected"}, {"municipality", nullptr}, {"report", nullptr}, {"reference", nullptr}, {"errors", errors}};
}

json take_row(Call& call, Transaction& transaction, const std::vector<std::shared_ptr<const Settings>>& all, BatchRow& row) {
  const ReferenceCipher& references = call.app.store.references();
  drop_empty_members(row.body);
  check_schema("report", row.body);
  const ReportDraft draft = report_from_json(row.body, references);
  const Settings& settings = destination(all, row.body, draft);
  const Taken taken = take_report(transaction, settings, draft, call.actor(settings), call.now);
  return {{"row", row.number},
          {"status", taken.repeated ? "repeated" : "created"},
          {"municipality", settings.municipality.code},
          {"report", references.encode(taken.report.id)},
          {"reference", references.encode(taken.row.id)},
          {"errors", json::array()}};
}

}  // namespace

void post_batch(Call& call) {
  call.allow_query({});
  const std::string type = call.request.get_header_value("Content-Type");
  std::vector<BatchRow> rows;
  if (type.starts_with("text/csv")) {
    const TimeZone zone = read(call, [&](Transaction& transaction) { return call.settings(transaction)->zone; });
    rows = rows_of_csv(call.request.body, zone);
  } else {
    rows = type.starts_with("application/x-ndjson") ? rows_of_ndjson(call.request.body) : rows_of_json(call.request.body);
  }
  if (rows.empty() || rows.size() > kMostRows) refuse_size();

  create(call, [&](Transaction& transaction) -> Render {
    const auto all = reach(call, transaction, call.settings(transaction));
    json items = json::array();
    std::int64_t created = 0, repeated = 0;
    for (BatchRow& row : rows) {
      if (!row.faults.empty()) {
        items.push_back(refused(row, row.faults));
        continue;
      }
      try {
        // Everything that can be refused is refused before the row writes, so a refused row leaves nothing behind.
        items.push_back(take_row(call, transaction, all, row));
        ++(items.back()["status"] == "created" ? created : repeated);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::internal) throw;
        items.push_back(refused(row, error.faults().empty() ? std::vector<Fault>{{"", error.what()}} : error.faults()));
      }
    }
    Created answer;
    answer.status = 200;
    answer.body = json{{"created", created}, {"repeated", repeated}, {"rejected", std::ssize(rows) - created - repeated}, {"items", items}}.dump();
    return [answer = std::move(answer)] { return answer; };
  });
}

}  // namespace klotterkoll
