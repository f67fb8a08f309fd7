#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/local_time.h"
#include "base/tabular.h"
#include "workflow/history_import.h"

namespace klotterkoll {

/// What a column of somebody's export can tell.
enum class HistoryField {
  external_id, reported_at, received_at, removed_at, recorded_at, lat, lon, address, designation, police_reference,
  description, category, owner, source, proactive, dismissed,
};
constexpr auto names_of(HistoryField) {
  return std::array<Names, 16>{"external_id", "reported_at", "received_at", "removed_at", "recorded_at", "lat", "lon",
                               "address", "designation", "police_reference", "description", "category", "owner",
                               "source", "proactive", "dismissed"};
}
inline constexpr std::size_t kHistoryFields = 16;

/// How a file is to be read, as the command line says it.
struct HistoryFormat {
  std::vector<std::string> maps;    ///< "FIELD=COLUMN"; a column that has a field's name needs none
  std::vector<std::string> values;  ///< "FIELD:WORD=VALUE": what a word of the file means here
  std::optional<TimeFormat> time_format;  ///< without one as `guess_time` reads
  std::optional<TimeZone> zone;           ///< of the file's local times; the municipality's unless given
};

/// Reads the rows of an export as history, checked by the rules of the domain.
///
/// A time without a zone is local. A date without a time is, for `reported_at` and `received_at`, the first second of the
/// day (but not before `reported_at`), and for `removed_at` and `recorded_at` the last, or now while the day lasts.
/// Coordinates 0, 0 are none. A word that is no category is `other`, one that is no source `citizen`; both are counted.
class HistoryFile {
 public:
  /// `table` must outlive the reader. Throws Error{malformed} with a sentence: a field or column that is not there, a
  /// field mapped twice, a word's meaning that does not exist, no column for `reported_at` or for any place.
  HistoryFile(Table& table, const HistoryFormat& format, const Municipality& municipality, const std::vector<Owner>& owners,
              Instant now);

  struct Read {
    Table::Row row;
    HistoryRow history;
    std::string fault;  ///< why it cannot be taken, in sentences; empty when it can
  };
  std::optional<Read> next();

  /// Words that were read as the default, and in how many rows: by field and the word as it first stood.
  const std::map<std::pair<HistoryField, std::string>, std::int64_t>& unknown_words() const { return unknown_words_; }
  /// The columns that tell no field.
  std::vector<std::string> unused_columns() const;
  /// Whether a column tells `external_id`.
  bool knows_ids() const { return columns_[static_cast<std::size_t>(HistoryField::external_id)].has_value(); }

 private:
  using Words = std::map<std::string, std::string>;  // folded word to code
  void map_columns(const std::vector<std::string>& maps);
  void add_values(const std::vector<std::string>& values);
  std::string checked_value(HistoryField field, const std::string& value) const;

  std::string cell(const Table::Row& row, HistoryField field) const;
  std::string text(const Table::Row& row, HistoryField field, std::size_t most) const;
  std::optional<ReadTime> time(const Table::Row& row, HistoryField field) const;
  Instant to_instant(const ReadTime& time) const;
  void read_times(const Table::Row& row, HistoryRow& history) const;
  std::optional<Point> point(const Table::Row& row) const;
  template <typename Enum>
  Enum word_or(const Table::Row& row, HistoryField field, Enum otherwise);
  bool truth(const Table::Row& row, HistoryField field) const;
  std::optional<DismissalReason> dismissal(const Table::Row& row) const;
  std::string owner(const Table::Row& row) const;
  HistoryRow read(const Table::Row& row);

  Table& table_;
  const Municipality& municipality_;
  std::optional<TimeFormat> time_format_;
  TimeZone zone_;
  Instant now_;
  std::array<std::optional<std::size_t>, kHistoryFields> columns_{};
  std::array<Words, kHistoryFields> words_;
  std::map<std::pair<HistoryField, std::string>, std::int64_t> unknown_words_;
};

}  // namespace klotterkoll
