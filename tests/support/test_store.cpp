#include "support/test_store.h"

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>

#include "store/sqlite_connection.h"
#include "support/clocks.h"

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

TestStore::TestStore(std::size_t commit_batch) {
  SequenceIds ids;
  migrate(url(), ids, nov(1));
  store_ = open_store({.url = url(), .commit_batch = commit_batch});
}

void TestStore::restart() {
  store_.reset();
  store_ = open_store({.url = url()});
}

void TestStore::tamper(const std::string& sql) const {
  SqliteConnection{file(), SqliteConnection::Use::checkpointer}.run_script(sql);
}

std::int64_t TestStore::ask(const std::string& sql) const {
  SqliteConnection connection{file(), SqliteConnection::Use::reader};
  return connection.find(sql, [](const Row& row) { return row.integer(0); }).value();
}

}  // namespace klotterkoll::test
