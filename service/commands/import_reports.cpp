#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/history_file.h"
#include "commands/progress.h"
#include "commands/whole_file.h"

namespace klotterkoll {
namespace {

/// Rows of one transaction: a service on the same database then waits for milliseconds, not for the import.
constexpr std::size_t kRowsAtOnce = 500;

struct Wanted {
  std::string file, municipality, rejected;
  std::vector<std::string> maps, values;
  std::string time_format, time_zone;
  bool dry_run = false;
};

/// Where rows go that cannot be taken: line, reason, and the row as it stood, ready to be corrected and imported. The file is
/// made at the first of them.
class RejectedRows {
 public:
  RejectedRows(std::string path, const Table& table, bool keep) : path_(std::move(path)), table_(table), keep_(keep) {}

  void add(const Table::Row& row, const std::string& reason) {
    if (++count_ <= kShown) std::cerr << "Line " << row.line << ": " << reason << '\n';
    if (!keep_) return;
    if (!file_.is_open()) open();
    std::vector<std::string> cells{std::to_string(row.line), reason};
    cells.insert(cells.end(), row.cells.begin(), row.cells.end());
    file_ << csv_row(cells, table_.delimiter());
  }
  void finish() {
    if (count_ > kShown) std::cerr << "... and " << count_ - kShown << " more.\n";
    if (!file_.is_open()) return;
    file_.close();
    if (!file_) throw Error{ErrorCode::unavailable, "The rejected rows could not be written to " + path_ + "."};
  }
  std::int64_t count() const { return count_; }
  /// The file that was written, empty for none.
  std::string path() const { return keep_ && count_ ? path_ : ""; }

 private:
  static constexpr std::int64_t kShown = 10;

  void open() {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    if (!file_) throw Error{ErrorCode::unavailable, "The rejected rows cannot be written to " + path_ + "; name another file with --rejected."};
    std::vector<std::string> heading{"line", "reason"};
    heading.insert(heading.end(), table_.columns().begin(), table_.columns().end());
    file_ << "\xEF\xBB\xBF" << csv_row(heading, table_.delimiter());  // the mark tells Excel that it is UTF-8
  }

  std::string path_;
  const Table& table_;
  const bool keep_;
  std::ofstream file_;
  std::int64_t count_ = 0;
};

struct Counts {
  std::int64_t added = 0, completed = 0, known = 0;
  void count(ImportOutcome outcome) {
    ++(outcome == ImportOutcome::added ? added : outcome == ImportOutcome::completed ? completed : known);
  }
  std::int64_t all() const { return added + completed + known; }
};

class Import {
 public:
  Import(Store& store, std::shared_ptr<const Settings> settings, bool dry_run, Instant now)
      : store_(store), settings_(std::move(settings)), dry_run_(dry_run), now_(now) {}

  void add(HistoryRow row) {
    waiting_.push_back(std::move(row));
    if (waiting_.size() == kRowsAtOnce) flush();
  }
  void flush() {
    Counts counts;
    const auto take = [&](Transaction& transaction) {
      counts = counts_;  // it may run again
      for (const HistoryRow& row : waiting_)
        counts.count(dry_run_ ? forecast_.foresee(transaction, *settings_, row) : import_history(transaction, *settings_, row, now_));
    };
    if (!waiting_.empty()) dry_run_ ? store_.read(take) : store_.write(take), counts_ = counts;
    waiting_.clear();
  }
  const Counts& counts() const { return counts_; }

 private:
  Store& store_;
  std::shared_ptr<const Settings> settings_;
  const bool dry_run_;
  const Instant now_;
  std::vector<HistoryRow> waiting_;
  ImportForecast forecast_;
  Counts counts_;
};

std::string rows(std::int64_t count) { return std::to_string(count) + (count == 1 ? " row" : " rows"); }

void print(const Counts& counts, const RejectedRows& rejected, const HistoryFile& file, const Wanted& wanted, bool as_json) {
  if (as_json) {
    nlohmann::json words = nlohmann::json::array();
    for (const auto& [word, count] : file.unknown_words())
      words.push_back({{"field", to_code(word.first)}, {"word", word.second}, {"rows", count}});
    std::cout << nlohmann::json{{"dry_run", wanted.dry_run}, {"added", counts.added}, {"completed", counts.completed},
                                {"known", counts.known}, {"rejected", rejected.count()}, {"rejected_file", rejected.path()},
                                {"unknown_words", words}, {"unused_columns", file.unused_columns()}}.dump(2)
              << '\n';
    return;
  }
  if (const auto unused = file.unused_columns(); !unused.empty()) {
    std::cout << "Columns that are not used: ";
    for (std::size_t i = 0; i < unused.size(); ++i) std::cout << (i ? ", " : "") << unused[i];
    std::cout << "; --map FIELD=COLUMN says what one tells.\n";
  }
  if (!file.knows_ids())
    std::cout << "No column tells external_id: a row that is imported again is known by its time, place, K-number and description.\n";
  for (const auto& [word, count] : file.unknown_words())
    std::cout << to_code(word.first) << " \"" << word.second << "\" is read as "
              << (word.first == HistoryField::category ? "other" : "citizen") << " in " << rows(count) << "; --value "
              << to_code(word.first) << ":\"" << word.second << "\"=... says otherwise.\n";
  std::cout << (wanted.dry_run ? "Nothing was written. It would be: " : "") << counts.added << " added, " << counts.completed
            << " completed with their outcome, " << counts.known << " known already, " << rejected.count() << " rejected"
            << (rejected.path().empty() ? "" : " to " + rejected.path()) << ".\n";
}

int import_reports(Context& context, const Wanted& wanted) {
  HistoryFormat format{wanted.maps, wanted.values, {}, {}};
  if (!wanted.time_format.empty()) format.time_format = TimeFormat{wanted.time_format};
  if (!wanted.time_zone.empty()) format.zone = TimeZone{wanted.time_zone};
  const auto store = context.open();
  std::shared_ptr<const Settings> settings;
  std::vector<Owner> owners;
  store->read([&](Transaction& transaction) {
    const Municipality municipality = require_municipality(transaction, wanted.municipality);
    settings = transaction.municipalities().settings(municipality.id);
    owners = transaction.owners().list(municipality.id);
  });
  std::string bytes = read_whole_file(wanted.file);
  Progress progress{static_cast<std::size_t>(std::ranges::count(bytes, '\n'))};
  Table table{std::move(bytes)};
  const Instant now = context.clock.now();
  HistoryFile file{table, format, settings->municipality, owners, now};
  const bool keep = !wanted.dry_run || !wanted.rejected.empty();
  RejectedRows rejected{wanted.rejected.empty() ? wanted.file + ".rejected.csv" : wanted.rejected, table, keep};
  Import import{*store, settings, wanted.dry_run, now};
  std::int64_t seen = 0;
  while (auto row = file.next()) {
    progress.advance(row->row.line, ++seen);
    if (row->fault.empty()) {
      import.add(std::move(row->history));
    } else {
      progress.clear();
      rejected.add(row->row, row->fault);
    }
  }
  import.flush();
  progress.clear();
  rejected.finish();
  print(import.counts(), rejected, file, wanted, context.json);
  return rejected.count() ? kInPart : kDone;
}

}  // namespace

void register_import_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("import", "Take over what another system or a spreadsheet holds");
  command->require_subcommand(1)->fallthrough();
  CLI::App* reports = add_command(*command, context, "reports", "Import reports and what became of them, as history that nobody is warned of");
  const auto wanted = std::make_shared<Wanted>();
  reports->add_option("file", wanted->file, "A table with a heading: semicolon, tab or comma; UTF-8, UTF-16 or Windows-1252")
      ->required()
      ->type_name("FILE");
  reports->add_option("--municipality", wanted->municipality, "The municipality's code")->required()->type_name("CODE");
  reports->add_option("--map", wanted->maps, "Which column tells a field; a column named like the field needs none; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FIELD=COLUMN");
  reports->add_option("--value", wanted->values, "What a word of the file means; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FIELD:WORD=VALUE");
  reports->add_option("--time-format", wanted->time_format, "How times are written, in strptime's notation; else year first, as 2026-11-20 21:10")
      ->type_name("FORMAT");
  reports->add_option("--time-zone", wanted->time_zone, "Of times that name none")->type_name("ZONE")->default_str("the municipality's");
  reports->add_flag("--dry-run", wanted->dry_run, "Say what would be done and write nothing");
  reports->add_option("--rejected", wanted->rejected, "Where rows go that cannot be taken")->type_name("PATH")->default_str("FILE.rejected.csv");
  add_format(*reports, context);
  reports->footer(
      "Fields:\n"
      "  reported_at      when police or municipality first heard; needed\n"
      "  lat, lon         degrees, or address, or designation: one place is needed\n"
      "  external_id      the other system's id; without one a row is known by reported_at, place, police_reference and\n"
      "                   description, and two rows that agree in all of them are one\n"
      "  received_at      when the municipality was told; reported_at unless mapped\n"
      "  removed_at       when the graffiti was gone; recorded_at, when that was entered, is the same unless mapped\n"
      "  category         tag, piece, political, hate, obscene, sticker, other; unknown words are other\n"
      "  source           police, citizen, municipality, owner; unknown words are citizen\n"
      "  owner            an owner's id or name, added before; without one the owner is found by the place\n"
      "  police_reference as 5000-K123456-26\n"
      "  description      up to 4000 bytes\n"
      "  proactive        yes when the party that removed it found it itself\n"
      "  dismissed        not_graffiti, not_found, legal_wall, outside_area; yes is not_found\n"
      "A date without a time is the first second of its day for reports, the last for removals. A municipality may lie anywhere.\n"
      "Running it again adds nothing but the removals and dismissals that were lacking. Exit code 1: some rows were rejected.\n"
      "Example:\n"
      "  klotterkoll import reports klotter-2025.csv --municipality 1267 --map reported_at=Anmäld --map removed_at=Sanerad \\\n"
      "    --map address=Adress --map external_id=Ärendenr --time-format \"%Y-%m-%d %H:%M\" --value category:Klotter=tag");
  reports->callback([&context, wanted] { context.run = [&context, wanted] { return import_reports(context, *wanted); }; });
  register_import_properties(*command, context);
  register_import_addresses(*command, context);
}

}  // namespace klotterkoll
