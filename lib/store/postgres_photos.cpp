#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "store/photo_store.h"
#include "store/postgres_connection.h"

namespace klotterkoll {
namespace {

/// The name of an advisory lock of the session, held shared while photos are put and named, and alone while any is removed.
std::string lock_of(MunicipalityId municipality) { return "photos " + std::to_string(municipality); }

/// Holds it for as long as it lives; when the connection is lost the server lets go of it.
class Hold {
 public:
  Hold(Connection& connection, std::string name, bool alone) : connection_(connection), name_(std::move(name)), alone_(alone) {
    connection_.execute(alone_ ? "SELECT pg_advisory_lock(hashtextextended($1, 0))" : "SELECT pg_advisory_lock_shared(hashtextextended($1, 0))", name_);
  }
  ~Hold() {
    try {
      connection_.execute(alone_ ? "SELECT pg_advisory_unlock(hashtextextended($1, 0))" : "SELECT pg_advisory_unlock_shared(hashtextextended($1, 0))", name_);
    } catch (const std::exception&) {
      // The connection is gone, and the lock with it.
    }
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  Connection& connection_;
  const std::string name_;
  const bool alone_;
};

/// Rows of photo_bytes, each statement a transaction of its own.
class PhotoRows final : public PhotoStore {
 public:
  explicit PhotoRows(std::string url) : url_(std::move(url)) {}

  void put(MunicipalityId municipality, const Bytes& bytes, Instant now, const std::function<void()>& name_them) override {
    const Lease lease{*this};
    const Hold hold{*lease, lock_of(municipality), false};
    for (const auto& [photo_digest, content] : bytes)
      lease->execute("INSERT INTO photo_bytes (municipality_id, digest, stored_at, content) VALUES ($1, $2, $3, $4) "
                     "ON CONFLICT (municipality_id, digest) DO UPDATE SET stored_at = excluded.stored_at",
                     municipality, photo_digest, now, content);
    name_them();
  }

  std::optional<std::string> get(MunicipalityId municipality, const std::string& photo_digest) override {
    const Lease lease{*this};
    return lease->find("SELECT content FROM photo_bytes WHERE municipality_id = $1 AND digest = $2",
                       [](const Row& row) { return row.text(0); }, municipality, photo_digest);
  }

  void remove_unless(MunicipalityId municipality, const std::vector<std::string>& digests,
                     const std::function<bool(const std::string&)>& named) override {
    const Lease lease{*this};
    const Hold hold{*lease, lock_of(municipality), true};
    for (const std::string& one : digests)
      if (!named(one)) lease->execute("DELETE FROM photo_bytes WHERE municipality_id = $1 AND digest = $2", municipality, one);
  }

  std::vector<std::string> list(MunicipalityId municipality, Instant before) override {
    const Lease lease{*this};
    return lease->all("SELECT digest FROM photo_bytes WHERE municipality_id = $1 AND stored_at < $2 ORDER BY digest",
                      [](const Row& row) { return row.text(0); }, municipality, before);
  }

 private:
  /// A connection for one piece of work: one that is idle, or a new one. It goes back unless it was lost.
  class Lease {
   public:
    /// Error{unavailable} when so many are at work for so long.
    explicit Lease(PhotoRows& rows) : rows_(rows) {
      {
        std::unique_lock lock{rows_.mutex_};
        if (!rows_.freed_.wait_for(lock, kMostWait, [&] { return rows_.leased_ < kMostLeased; }))
          throw Error{ErrorCode::unavailable, "Too many photos are asked for at this moment; try again shortly."};
        ++rows_.leased_;
        if (!rows_.idle_.empty()) {
          connection_ = std::move(rows_.idle_.back());
          rows_.idle_.pop_back();
        }
      }
      try {
        if (connection_ && !alive()) connection_.reset();
        if (!connection_) connection_ = std::make_unique<PostgresConnection>(rows_.url_, PostgresConnection::Use::writer);
      } catch (...) {
        give_back();
        throw;
      }
    }
    ~Lease() { give_back(); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    void give_back() {
      const std::lock_guard lock{rows_.mutex_};
      --rows_.leased_;
      if (connection_ && rows_.idle_.size() < kMostIdle) rows_.idle_.push_back(std::move(connection_));
      rows_.freed_.notify_one();
    }
    /// The server may have been restarted since.
    bool alive() const {
      try {
        connection_->execute("SELECT 1");
        return true;
      } catch (const std::exception&) {
        return false;
      }
    }
    PhotoRows& rows_;
    std::unique_ptr<Connection> connection_;
  };

  static constexpr std::size_t kMostIdle = 2, kMostLeased = 4;
  static constexpr std::chrono::seconds kMostWait{2};
  const std::string url_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::condition_variable freed_;
  std::size_t leased_ = 0;
};

}  // namespace

std::unique_ptr<PhotoStore> open_photo_rows(const std::string& postgres_url) { return std::make_unique<PhotoRows>(postgres_url); }

}  // namespace klotterkoll
