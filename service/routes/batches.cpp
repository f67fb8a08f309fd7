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
#include "json/values.h"
#include "workflow/confirmation.h"

namespace klotterkoll {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRows = 1000;
/// What is told of faults, in one row and, in bytes, in a whole batch: a file whose every row is wrong is wrong in the same
/// way, and nobody reads that a thousand times.
constexpr std::size_t kRowFaults = 10, kBatchFaults = 32 * 1024;

struct Faults {
  std::vector<Fault> told;
  std::size_t more = 0;
};

Faults faults_of(const Error& error) {
  Faults faults{error.faults(), 0};
  if (faults.told.empty()) faults.told.push_back({"", error.what()});
  faults.more = faults.told.size() - std::min(faults.told.size(), kRowFaults);
  faults.told.resize(faults.told.size() - faults.more);
  return faults;
}

/// A row of a batch, read and checked as far as it can be without the database.
struct BatchRow {
  std::size_t number;                ///< from 1; in CSV the line
  std::string municipality;          ///< that it names; "": none
  std::optional<ReportDraft> draft;  ///< none: the row is rejected, for `faults`
  Faults faults;
};

/// `read` gives the row as the body of a report.
template <typename Read>
BatchRow read_row(std::size_t number, const ReferenceCipher& references, Read&& read) {
  BatchRow row{number, "", std::nullopt, {}};
  try {
    json body = read();
    drop_empty_members(body);
    check_schema("report", body);
    row.draft = report_from_json(body, references);
    row.municipality = text_in(body, "municipality");
  } catch (const Error& error) {
    row.faults = faults_of(error);
  }
  return row;
}

[[noreturn]] void refuse_size() {
  throw Error{ErrorCode::malformed, "A batch holds 1 to 1,000 reports; send more in several batches.", "/items"};
}

std::vector<BatchRow> rows_of_json(const std::string& body, const ReferenceCipher& references) {
  json parsed = parse_json(body, most_values("batch"));
  check_schema("batch", parsed);
  std::vector<BatchRow> rows;
  for (json& item : parsed["items"])
    rows.push_back(read_row(rows.size() + 1, references, [&] { return std::move(item); }));
  return rows;
}

std::vector<BatchRow> rows_of_ndjson(const std::string& body, const ReferenceCipher& references) {
  std::vector<BatchRow> rows;
  std::string_view rest = body;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    if (rows.size() == kMostRows) refuse_size();
    rows.push_back(read_row(rows.size() + 1, references, [&] { return parse_json(line, most_values("report")); }));
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
    faults.push_back({pointer, "\"" + shortened(cell, 60) + "\" is no number; write 55.9362 or 55,9362."});
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

/// The cells of a row as the body of a report. Throws Error{malformed}.
json body_of_record(const Table& table, const Table::Row& record, const TimeZone& zone) {
  if (!record.fault.empty()) throw Error{ErrorCode::malformed, record.fault};
  json body = json::object();
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < table.columns().size() && faults.empty(); ++i) {
    const std::string column{table.columns()[i]};
    const std::string cell = trimmed(record.cells[i]);
    if (cell.empty()) continue;
    json value = cell_to_json(column, cell, zone, faults);
    const auto dot = column.find('.');
    if (dot == column.npos)
      body[column] = std::move(value);
    else
      body[column.substr(0, dot)][column.substr(dot + 1)] = std::move(value);
  }
  if (!faults.empty()) throw Error{ErrorCode::malformed, std::move(faults)};
  return body;
}

std::vector<BatchRow> rows_of_csv(const std::string& body, const ReferenceCipher& references, const TimeZone& zone) {
  Table table{body};
  check_columns(table);
  std::vector<BatchRow> rows;
  while (const auto record = table.next_row()) {
    if (rows.size() == kMostRows) refuse_size();
    rows.push_back(read_row(record->line, references, [&] { return body_of_record(table, *record, zone); }));
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

const Settings& destination(const std::vector<std::shared_ptr<const Settings>>& all, const BatchRow& row) {
  if (!row.municipality.empty()) {
    const auto at = std::ranges::find_if(all, [&](const auto& one) { return one->municipality.code == row.municipality; });
    if (at == all.end())
      throw Error{ErrorCode::refused, "The municipality \"" + row.municipality + "\" is none of this key's.", "/municipality"};
    return **at;
  }
  const auto& point = row.draft->place.point;
  const auto holds = [&](const Settings& one) { return one.municipality.area && one.municipality.area->contains(*point); };
  if (point && !holds(*all.front()))
    for (const auto& one : all)
      if (holds(*one)) return *one;
  return *all.front();
}

/// What became of a row.
struct Result {
  const char* status;
  std::string municipality;
  ReportId report;
  CaseId row;
  Faults faults;
  QueueId waiting = {};  ///< it waits for an officer
};

Result take_row(Call& call, Transaction& transaction, const std::vector<std::shared_ptr<const Settings>>& all, const BatchRow& row) {
  if (!row.draft) return {"rejected", "", {}, {}, row.faults};
  try {
    // Everything that can be refused is refused before the row writes, so a refused row leaves nothing behind.
    const Settings& settings = destination(all, row);
    const Batched batched = take_batched_report(transaction, settings, *row.draft, call.actor(settings), call.now);
    if (!batched.taken) return {"waiting", settings.municipality.code, {}, {}, {}, batched.waiting};
    const Taken& taken = *batched.taken;
    return {taken.repeated ? "repeated" : "created", settings.municipality.code, taken.report.id, taken.row.id, {}};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::internal) throw;
    return {"rejected", "", {}, {}, faults_of(error)};
  }
}

void write_result(JsonWriter& out, std::size_t number, const Result& result, const ReferenceCipher& references, std::size_t& room) {
  out.object([&] {
    const bool kept = static_cast<bool>(result.report);
    std::size_t more = result.faults.more;
    out.member("row", static_cast<std::int64_t>(number));
    out.member("status", result.status);
    out.member("municipality", or_null(result.municipality));
    out.member("report", kept ? std::optional{references.encode(result.report)} : std::nullopt);
    out.member("reference", kept ? std::optional{references.encode(result.row)} : std::nullopt);
    out.member("confirmation", result.waiting ? std::optional{references.encode(result.waiting)} : std::nullopt);
    out.array("errors", [&] {
      for (const Fault& fault : result.faults.told) {
        const std::size_t size = fault.pointer.size() + fault.message.size();
        if (size > room) {
          ++more;
          continue;
        }
        room -= size;
        out.object([&] {
          out.member("pointer", fault.pointer);
          out.member("message", fault.message);
        });
      }
    });
    if (more > 0) out.member("more_errors", static_cast<std::int64_t>(more));
  });
}

Created results_to_answer(const std::vector<BatchRow>& rows, const std::vector<Result>& results, const ReferenceCipher& references) {
  const auto count = [&](std::string_view status) {
    return static_cast<std::int64_t>(std::ranges::count_if(results, [&](const Result& result) { return result.status == status; }));
  };
  Created answer;
  answer.status = 200;
  answer.kept = count("rejected") < std::ssize(results);
  answer.body = json_text([&](JsonWriter& out) {
    out.object([&] {
      for (const char* status : {"created", "repeated", "waiting", "rejected"}) out.member(status, count(status));
      out.array("items", [&] {
        std::size_t room = kBatchFaults;
        for (std::size_t i = 0; i < rows.size(); ++i) write_result(out, rows[i].number, results[i], references, room);
      });
    });
  });
  return answer;
}

}  // namespace

void post_batch(Call& call) {
  call.allow_query({});
  const std::string type = call.request.get_header_value("Content-Type");
  const ReferenceCipher& references = call.app.store.references();
  std::vector<BatchRow> rows;
  if (type.starts_with("text/csv")) {
    const TimeZone zone = read(call, [&](Transaction& transaction) { return call.settings(transaction)->zone; });
    rows = rows_of_csv(call.request.body, references, zone);
  } else {
    rows = type.starts_with("application/x-ndjson") ? rows_of_ndjson(call.request.body, references)
                                                    : rows_of_json(call.request.body, references);
  }
  if (rows.empty() || rows.size() > kMostRows) refuse_size();

  // Everybody's reports wait for the one thread that writes, so it does nothing here that could be done before or after.
  create(call, [&](Transaction& transaction) -> Render {
    const auto all = reach(call, transaction, call.settings(transaction));
    std::vector<Result> results;
    for (const BatchRow& row : rows) results.push_back(take_row(call, transaction, all, row));
    return [&rows, &references, results = std::move(results)] { return results_to_answer(rows, results, references); };
  });
}

}  // namespace klotterkoll
