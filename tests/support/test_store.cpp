#include "support/test_store.h"

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>

#include "domain/notice.h"
#include "geo/spot_index_cache.h"
#include "support/clocks.h"
#include "support/postgres_cluster.h"

namespace klotterkoll::test {

TemporaryFolder::TemporaryFolder() {
  // Where files live in memory a commit need not wait for a disk: hundreds of databases are made in these
  // tests.
  const std::filesystem::path memory = "/dev/shm";
  const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  std::string name = (parent / "klotterkoll-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder could be made");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestStore::TestStore(std::size_t commit_batch, std::size_t writers) {
  if (on_postgresql()) {
    database_ = PostgresCluster::shared().create_database();
    url_ = PostgresCluster::shared().url(database_);
  } else {
    url_ = "sqlite:" + file();
    SequenceIds ids;
    migrate(url_, ids, nov(1));
  }
  store_ = open_store({.url = url_, .commit_batch = commit_batch, .writers = writers, .spots = std::make_shared<SpotIndexCache>()});
}

TestStore::~TestStore() {
  store_.reset();
  if (!database_.empty()) PostgresCluster::shared().drop_database(database_);
}

void TestStore::restart() {
  store_.reset();
  store_ = open_store({.url = url_, .spots = std::make_shared<SpotIndexCache>()});
}

void TestStore::tamper(const std::string& sql) const { connect(url_)->run_script(sql); }

std::int64_t TestStore::ask(const std::string& sql) const {
  return connect(url_)->find(sql, [](const Row& row) { return row.integer(0); }).value();
}

std::int64_t TestStore::told(Audience audience, const std::string& owner_id) {
  std::int64_t count = 0;
  store_->read([&](Transaction& transaction) {
    count = 0;
    for (const Municipality& municipality : transaction.municipalities().list()) {
      std::vector<std::int64_t> cursor;
      for (const auto& noted : transaction.events().after(municipality.id, cursor, 1'000'000))
        for (const Concerned& concerned : concerned_by(noted.event, {}))
          if (concerned.audience == audience && (owner_id.empty() || concerned.owner_id == owner_id)) ++count;
    }
  });
  return count;
}

}  // namespace klotterkoll::test
