#include "support/postgres_cluster.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "store/postgres_connection.h"
#include "support/clocks.h"

namespace klotterkoll::test {
namespace {

/// Where Debian keeps the server's programs, the newest version's.
std::string programs() {
  std::vector<std::string> found;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator{"/usr/lib/postgresql", none})
    if (std::filesystem::exists(version.path() / "bin/initdb")) found.push_back(version.path() / "bin");
  if (found.empty()) throw std::runtime_error("the PostgreSQL server is not installed; run: scripts/setup test");
  return *std::ranges::max_element(found);
}

void must(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

bool on_postgresql() {
  const char* const engine = std::getenv("KLOTTERKOLL_TEST_ENGINE");
  return engine && std::string{engine} == "postgresql";
}

PostgresCluster& PostgresCluster::shared() {
  static PostgresCluster one;
  return one;
}

std::string PostgresCluster::command(const std::string& program, const std::string& arguments) const {
  // The server refuses to run as root.
  const std::string as = geteuid() == 0 ? "runuser -u postgres -- " : "";
  return "cd / && " + as + programs() + "/" + program + " " + arguments + " >>" + folder_.file("log") + " 2>&1";
}

PostgresCluster::PostgresCluster() {
  if (geteuid() == 0) must("chown postgres " + folder_.file(""));
  chmod(folder_.file("").c_str(), 0755);
  std::ofstream{folder_.file("log")};
  chmod(folder_.file("log").c_str(), 0666);
  must(command("initdb", "-D " + folder_.file("data") + " -A trust -U app -E UTF8 --locale=C.UTF-8 --no-sync"));
  std::ofstream{folder_.file("data/pg_hba.conf")} << "local all guarded scram-sha-256\nlocal all all trust\n";
  std::ofstream{folder_.file("data/postgresql.conf"), std::ios::app}
      << "listen_addresses = ''\nunix_socket_directories = '" << folder_.file("") << "'\n"
      << "fsync = off\nfull_page_writes = off\nwal_level = minimal\nmax_wal_senders = 0\nmax_connections = 300\n"
      << "shared_buffers = 64MB\nautovacuum = off\n";
  start();
}

PostgresCluster::~PostgresCluster() {
  try {
    if (running_) stop();
  } catch (const std::exception&) {
    // There is nobody to tell any more.
  }
}

void PostgresCluster::start() {
  must(command("pg_ctl", "-D " + folder_.file("data") + " -w -l " + folder_.file("log") + " start"));
  running_ = true;
}

void PostgresCluster::stop() {
  running_ = false;
  must(command("pg_ctl", "-D " + folder_.file("data") + " -m immediate -w stop"));
}

std::string PostgresCluster::url_as(const std::string& user_and_password, const std::string& database) const {
  std::string host;
  for (const char c : folder_.file("")) host += c == '/' ? "%2F" : std::string{c};
  return "postgresql://" + user_and_password + "@" + host + "/" + database;
}

void PostgresCluster::run(const std::string& sql, const std::string& database) const {
  PostgresConnection{url(database), PostgresConnection::Use::maintenance}.run_script(sql);
}

std::string PostgresCluster::create_database(bool with_schema) {
  if (with_schema && !has_template_) {
    run("CREATE DATABASE migrated");
    SequenceIds ids;
    migrate(url("migrated"), ids, nov(1));
    has_template_ = true;
  }
  const std::string name = "test" + std::to_string(++made_);
  run("CREATE DATABASE " + name + (with_schema ? " TEMPLATE migrated" : ""));
  return name;
}

void PostgresCluster::drop_database(const std::string& name) { run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); }

}  // namespace klotterkoll::test
