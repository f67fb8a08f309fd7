#include "store/postgres_writer.h"

#include "base/error.h"
#include "base/id.h"
#include "store/postgres_connection.h"

namespace klotterkoll {
namespace {

using std::chrono::steady_clock;

/// In a batch a write waits only so long for another writer, since all of the batch waits with it, and others for what
/// the batch holds; alone it holds nothing, and waits.
constexpr const char* kWaitInBatch = "SET LOCAL lock_timeout = '20ms'";
constexpr const char* kWaitAlone = "SET LOCAL lock_timeout = '2s'";
/// How long a batch waits for a connection when its own was lost; longer when it may have been committed, since nobody
/// but this writer will ever know.
constexpr std::chrono::seconds kPatience{3}, kPatienceForCommit{15};
constexpr std::chrono::milliseconds kPause{200};
/// A writer that has not been seen for so long is no more.
constexpr std::int64_t kForgotten_s = 30 * 86'400;
const std::string kNow = "CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)";
/// The first number of the advisory locks by which slots are held.
constexpr int kSlotLocks = 0x6b6c;  // "kl"

class PostgresEngine final : public BatchEngine {
 public:
  explicit PostgresEngine(const std::string& url) : connection_(url, PostgresConnection::Use::writer) {
    RandomIdSource ids;
    name_ = random_token(ids, 12);
    introduce();
  }

  Connection& connection() override { return connection_; }
  int slot() const override { return slot_; }

  void begin(bool alone) override {
    // The number comes first: from now on the row is locked, so that whoever asks for it later on another connection
    // learns what has become of this batch, even if the server has not finished with it.
    ++batch_;
    connection_.begin_write_with(std::string{alone ? kWaitAlone : kWaitInBatch} + "; UPDATE writers SET batch = " +
                                 std::to_string(batch_) + ", seen_at = " + kNow + " WHERE writer = '" + name_ + "'");
  }

  Outcome recover(bool committing) override {
    const auto until = steady_clock::now() + (committing ? kPatienceForCommit : kPatience);
    for (;;) {
      try {
        connection_.reconnect();
        const bool applied = committing && was_applied();
        introduce();
        return applied ? Outcome::applied : Outcome::undone;
      } catch (const std::exception&) {
        if (steady_clock::now() + kPause > until) return Outcome::unknown;
      }
      std::this_thread::sleep_for(kPause);
    }
  }

  bool reconnect() override {
    try {
      connection_.reconnect();
      introduce();
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

 private:
  /// Waits for the transaction that was lost, if the server still works on it. What is found has also been committed anew
  /// before it is believed: on a server with a standby that is what tells that the standby has it.
  bool was_applied() {
    connection_.begin_write_with("SET LOCAL lock_timeout = '10s'");
    const auto found = connection_.find("SELECT batch FROM writers WHERE writer = $1 {{for_update}}",
                                        [](const Row& row) { return row.integer(0); }, name_);
    connection_.execute("UPDATE writers SET batch = batch WHERE writer = $1", name_);
    connection_.commit();
    return found == batch_;
  }

  /// Makes this writer's row, takes a slot that is free, and forgets writers of long ago.
  void introduce() {
    connection_.begin_write();
    connection_.execute("DELETE FROM writers WHERE seen_at < " + kNow + " - $1 AND writer <> $2", kForgotten_s, name_);
    connection_.execute("INSERT INTO writers (writer, batch, seen_at) VALUES ($1, $2, " + kNow + ") ON CONFLICT (writer) DO NOTHING",
                        name_, batch_);
    connection_.commit();
    for (int tried = 0; tried < kSlots; ++tried) {
      // The one it had, if it is free; else the lowest, so that few are ever used and statistics have few rows.
      const int slot = tried == 0 ? slot_ : tried <= slot_ ? tried - 1 : tried;
      if (connection_.find("SELECT pg_try_advisory_lock(CAST($1 AS INTEGER), CAST($2 AS INTEGER))",
                           [](const Row& row) { return row.flag(0); }, kSlotLocks, slot) == true) {
        slot_ = slot;
        return;
      }
    }
    throw Error{ErrorCode::unavailable, "All " + std::to_string(kSlots) + " writers that a database can have are there already."};
  }

  PostgresConnection connection_;
  std::string name_;
  std::int64_t batch_ = 0;
  int slot_ = 0;
};

std::vector<std::unique_ptr<BatchEngine>> engines(const std::string& url, std::size_t count) {
  std::vector<std::unique_ptr<BatchEngine>> made;
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) made.push_back(std::make_unique<PostgresEngine>(url));
  return made;
}

}  // namespace

PostgresWriter::PostgresWriter(const std::string& url, std::size_t threads, std::size_t batch, SettingsCache& settings)
    : BatchingWriter(engines(url, threads), batch, settings) {}

}  // namespace klotterkoll
