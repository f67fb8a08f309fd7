#pragma once

#include <string>

#include "support/test_store.h"

namespace klotterkoll::test {

/// A PostgreSQL of the tests' own: made when it is first asked for, in a temporary folder, as an unprivileged user, on a
/// socket in that folder; gone with the program.
class PostgresCluster {
 public:
  /// The one that the tests share. Its databases do not wait for a disk, since none of these tests pulls the plug.
  static PostgresCluster& shared();

  PostgresCluster();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  /// How to reach a database of it as its superuser.
  std::string url(const std::string& database) const { return url_as("app", database); }
  std::string url_as(const std::string& user_and_password, const std::string& database) const;
  /// Its Unix socket.
  std::string socket() const { return folder_.file(".s.PGSQL.5432"); }
  /// A new database with the newest schema, its secret as that of a fresh TestStore; or one that is empty.
  std::string create_database(bool with_schema = true);
  void drop_database(const std::string& name);
  /// Runs statements in a database, "postgres" unless said otherwise.
  void run(const std::string& sql, const std::string& database = "postgres") const;

  /// Ends the server at once, as a crash does, or starts it again.
  void stop();
  void start();

 private:
  std::string command(const std::string& program, const std::string& arguments) const;

  TemporaryFolder folder_;
  bool running_ = false;
  bool has_template_ = false;
  int made_ = 0;
};

/// Do the tests of the store, the workflows and the routes run on PostgreSQL? So says KLOTTERKOLL_TEST_ENGINE=postgresql.
bool on_postgresql();

}  // namespace klotterkoll::test
