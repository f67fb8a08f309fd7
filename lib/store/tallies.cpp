#include "store/sql_transaction.h"

namespace klotterkoll {

namespace {

constexpr std::array<Names, Tally::kCounts> kCounts = names_of(Tally::Count{});
constexpr std::array<Names, 5> kStages = names_of(Stage{});

std::size_t stages_of(TallyDetail detail) {
  return detail == TallyDetail::counts ? 0 : detail == TallyDetail::total ? 1 : kStages.size();
}

/// "open, on_time, ..., total, ...", each name written by `write`.
template <typename Write>
std::string joined(Write&& write, TallyDetail detail = TallyDetail::stages) {
  std::string text;
  for (const auto name : kCounts) text += (text.empty() ? "" : ", ") + write(name);
  for (std::size_t i = 0; i < stages_of(detail); ++i) text += ", " + write(kStages[i]);
  return text;
}

std::string plain(std::string_view name) { return std::string{name}; }

Tally read_tally(const Row& row, int first, TallyDetail detail = TallyDetail::stages) {
  Tally tally;
  int column = first;
  for (auto& count : tally.counts) count = row.integer(column++);
  for (std::size_t i = 0; i < stages_of(detail); ++i) tally.stages[i] = Histogram::from_text(row.text(column++));
  return tally;
}

std::string upsert_sql() {
  return "INSERT INTO tallies (municipality_id, cohort, dimension, local_day, value, slot, " + joined(plain) + ") VALUES (" +
         marks(6 + kCounts.size() + kStages.size()) + ") ON CONFLICT (municipality_id, cohort, dimension, local_day, value, slot) DO UPDATE SET " +
         joined([](std::string_view name) { return std::string{name} + " = excluded." + std::string{name}; });
}

void save_tally(SqlContext& context, MunicipalityId municipality, const TallyKey& key, const Tally& tally) {
  static const std::string upsert = upsert_sql();
  std::array<std::string, kStages.size()> stages;
  std::vector<Value> values{to_value(municipality), to_value(key.cohort), to_value(key.dimension), to_value(key.day),
                            to_value(key.value), to_value(context.slot)};
  for (const auto count : tally.counts) values.push_back(to_value(count));
  for (std::size_t i = 0; i < stages.size(); ++i) values.push_back(to_value(stages[i] = tally.stages[i].to_text()));
  context.connection.run(upsert, values, [](const Row&) {});
}

class SqlTallies final : public TallyTable {
 public:
  explicit SqlTallies(SqlContext& context) : context_(context), connection_(context.connection) {}

  void each(MunicipalityId municipality, Cohort cohort, Dimension dimension, LocalDate from, LocalDate to, TallyDetail detail,
            const Visit& visit) override {
    const std::string sql = "SELECT value, local_day, " + joined(plain, detail) +
                            " FROM tallies WHERE municipality_id = $1 AND cohort = $2 AND dimension = $3 "
                            "AND local_day >= $4 AND local_day < $5";
    connection_.query(sql, [&](const Row& row) { visit(row.text(0), row.day(1), read_tally(row, 2, detail)); }, municipality, cohort,
                      dimension, from, to);
  }

  Tallies all(MunicipalityId municipality) override {
    static const std::string sql = "SELECT cohort, dimension, value, local_day, " + joined(plain) +
                                   " FROM tallies WHERE municipality_id = $1";
    Tallies tallies;
    connection_.query(
        sql, [&](const Row& row) { tallies[{row.code<Cohort>(0), row.code<Dimension>(1), row.text(2), row.day(3)}].add(read_tally(row, 4)); },
        municipality);
    // What was counted and taken away again, as for an owner that a case was with for an hour, is not to be shown.
    std::erase_if(tallies, [](const auto& entry) { return entry.second.empty(); });
    return tallies;
  }

  void replace(MunicipalityId municipality, const Tallies& tallies) override {
    connection_.execute("DELETE FROM tallies WHERE municipality_id = $1", municipality);
    for (const auto& [key, tally] : tallies) save_tally(context_, municipality, key, tally);
  }

 private:
  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

void apply_tally_changes(SqlContext& context, MunicipalityId municipality, const Tallies& changes) {
  static const std::string select = "SELECT " + joined(plain) + " FROM tallies WHERE municipality_id = $1 AND cohort = $2 "
                                    "AND dimension = $3 AND local_day = $4 AND value = $5 AND slot = $6";
  for (const auto& [key, change] : changes) {
    if (change.empty()) continue;
    auto tally = context.connection.find(select, [](const Row& row) { return read_tally(row, 0); }, municipality, key.cohort,
                                 key.dimension, key.day, key.value, context.slot);
    save_tally(context, municipality, key, tally ? tally->add(change) : change);
  }
}

std::unique_ptr<TallyTable> make_tally_table(SqlContext& context) { return std::make_unique<SqlTallies>(context); }

}  // namespace klotterkoll
