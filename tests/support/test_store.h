#pragma once

#include <memory>
#include <string>

#include "store/sql_store.h"

namespace klotterkoll::test {

/// An empty folder that goes with what is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A fresh, migrated database: a SQLite file in a folder of its own or, as on_postgresql says, a PostgreSQL database.
class TestStore {
 public:
  /// `writers`: on PostgreSQL.
  explicit TestStore(std::size_t commit_batch = 64, std::size_t writers = 1);
  ~TestStore();
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  /// On SQLite.
  std::string file() const { return folder_.file("klotterkoll.db"); }
  const std::string& url() const { return url_; }
  /// A second store on the same database, as another process would open it.
  std::unique_ptr<Store> open_again() const { return open_store({.url = url(), .writers = 2}); }
  /// Closes and opens it again.
  void restart();
  /// Runs statements past the store, as somebody with the file in hand could.
  void tamper(const std::string& sql) const;
  /// The first column of the first row that such a statement gives.
  std::int64_t ask(const std::string& sql) const;
  /// How often the history so far concerns them, by the escalation that is the default; of an owner when one is named.
  std::int64_t told(Audience audience, const std::string& owner_id = "");

 private:
  TemporaryFolder folder_;
  std::string database_;  ///< its name, on PostgreSQL
  std::string url_;
  std::unique_ptr<Store> store_;
};

/// What a read gives.
template <typename Work>
auto read(Store& store, Work&& work) {
  std::optional<decltype(work(std::declval<Transaction&>()))> result;
  store.read([&](Transaction& transaction) { result = work(transaction); });
  return std::move(result).value();
}

/// What a write gives.
template <typename Work>
auto write(Store& store, Work&& work) {
  std::optional<decltype(work(std::declval<Transaction&>()))> result;
  store.write([&](Transaction& transaction) { result = work(transaction); });
  return std::move(result).value();
}

}  // namespace klotterkoll::test
