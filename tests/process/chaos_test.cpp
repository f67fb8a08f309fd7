// Nodes that are killed while they deliver, to receivers that fail at random: everything arrives, and nothing as something else.

#include <doctest/doctest.h>
#include <httplib.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <thread>

#include "domain/notice.h"
#include "domain/webhook.h"
#include "domain/api_key.h"
#include "store/sql_store.h"
#include "support/postgres_cluster.h"
#include "support/process.h"
#include "support/receivers.h"
#include "support/test_store.h"

using namespace klotterkoll;
using namespace klotterkoll::test;
using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::steady_clock;

namespace {

constexpr int kOwners = 150, kBatches = 3, kReportsInBatch = 450;
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kMunicipality = "/api/v1/municipalities/1267";

/// Höör with owners who are told by mail, some by a webhook too, the kommun's own webhook, and receivers of both that fail
/// three times in ten.
class Installation {
 public:
  explicit Installation(std::string url) : url_(std::move(url)) {
    RandomIdSource ids;
    if (!on_postgres()) migrate(url_, ids, SystemClock{}.now());
    store_ = open_store({.url = url_});
    store_->write([&](Transaction& transaction) {
      Municipality hoor;
      hoor.code = "1267";
      hoor.name = "Höör";
      municipality_ = transaction.municipalities().add(hoor, Policy{});
      for (int number = 0; number < kOwners; ++number) {
        Owner owner;
        owner.owner_id = "owner-" + std::to_string(number);
        owner.name = "Fastighetsägare " + std::to_string(number);
        owner.email = owner.owner_id + "@example.se";
        owner.address_prefixes = {"Gata " + std::to_string(number)};
        transaction.owners().save(*transaction.municipalities().settings(municipality_), owner);
        if (number % 10 == 0) add_webhook(transaction, owner.owner_id);
      }
      add_webhook(transaction, "");
      ApiKey key;
      key_ = issue_secret(key, ids);
      key.role = Role::municipality;
      key.name = "chaos";
      key.scopes = {{municipality_, ""}};
      key.created_at = SystemClock{}.now();
      transaction.keys().add(key);
    });
  }

  std::unique_ptr<ServingProcess> node() const {
    return std::make_unique<ServingProcess>(
        url_, false, std::vector<std::string>{"--smtp", "smtp://127.0.0.1:" + std::to_string(mails.port()), "--mail-from", "klotter@example.se",
                                              "--webhook-allow", "127.0.0.0/8", "--public-url", "https://klotter.hoor.se",
                                              "--hurried-delivery"});
  }

  void report_batch(int port, int batch) const {
    json items = json::array();
    for (int i = 0; i < kReportsInBatch; ++i) {
      const int number = batch * kReportsInBatch + i;
      items.push_back({{"location", {{"address", "Gata " + std::to_string(number % kOwners) + " nr " + std::to_string(number)}}},
                       {"category", "tag"},
                       {"external_id", std::to_string(number)}});
    }
    httplib::Client client{"127.0.0.1", port};
    client.set_read_timeout(60);
    const auto answer = client.Post(kMunicipality + "/reports/batches", {{"Authorization", "Bearer " + key_}}, json{{"items", items}}.dump(), "application/json");
    REQUIRE(answer);
    REQUIRE_MESSAGE(answer->status == 200, answer->body.substr(0, 500));
  }

  std::int64_t ask(const std::string& sql) const {
    return connect(url_)->find(sql, [](const Row& row) { return row.integer(0); }).value();
  }
  void each(const std::string& sql, const std::function<void(const Row&)>& visit) const { connect(url_)->query(sql, visit); }
  std::int64_t sent() const { return ask("SELECT COUNT(*) FROM messages WHERE state = 'sent'"); }
  /// Nothing waits, and the whole history has been told.
  bool is_done() const {
    if (ask("SELECT COUNT(*) FROM messages WHERE state = 'waiting'") + ask("SELECT COUNT(*) FROM notices WHERE message_id = 0") > 0) return false;
    bool told = false;
    store_->read([&](Transaction& transaction) {
      auto cursor = transaction.notices().told_to(municipality_);
      told = transaction.events().after(municipality_, cursor, 1).empty();
    });
    return told;
  }
  Store& store() const { return *store_; }
  MunicipalityId municipality() const { return municipality_; }

  Receiver calls = Receiver::of_calls({"--fail-rate", "0.3", "--seed", "5", "--secret", kSecret});
  Receiver mails = Receiver::of_mails({"--fail-rate", "0.3", "--seed", "6"});

 private:
  bool on_postgres() const { return url_.starts_with("postgresql"); }
  void add_webhook(Transaction& transaction, const std::string& owner_id) const {
    Webhook webhook;
    webhook.id = transaction.next_webhook_id(municipality_);
    webhook.owner_id = owner_id;
    webhook.url = "http://127.0.0.1:" + std::to_string(calls.port()) + "/ok";
    webhook.secret = kSecret;
    webhook.created_at = SystemClock{}.now();
    transaction.webhooks().add(webhook);
  }

  std::string url_, key_;
  std::unique_ptr<Store> store_;
  MunicipalityId municipality_ = 0;
};

bool becomes(const std::function<bool()>& holds, std::chrono::seconds patience) {
  const auto until = steady_clock::now() + patience;
  while (!holds()) {
    if (steady_clock::now() > until) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

/// A call has an answer within this, whatever the machine does besides; what was on its way when a node was killed may be taken so
/// much after it.
constexpr double kOnItsWay_s = 2;
/// Messages of one webhook that a node has in hand, and those of all (workflow/delivery.cpp, service/delivery.h).
constexpr std::int64_t kInHandOfOne = 64, kInHand = 1024, kMailsInHand = 64;

double unix_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Why something was taken twice.
struct Repeats {
  std::int64_t unanswered = 0;  ///< the receiver took it and said nothing, as it does by chance
  std::int64_t killed = 0;      ///< a node was killed between the two
  std::int64_t others = 0;
  std::int64_t all() const { return unanswered + killed + others; }
};

/// What happened while it was delivered.
struct Course {
  std::vector<double> killed_at;
  std::string said;  ///< by all of the nodes
  /// Receivers that a node lost to another, because it had not been heard of for a lease: its log tells.
  std::int64_t lost() const {
    const std::regex line{R"((\d+) receivers were taken over)"};
    std::int64_t sum = 0;
    for (std::sregex_iterator at{said.begin(), said.end(), line}, end; at != end; ++at) sum += std::stoll((*at)[1]);
    return sum;
  }
  void count(Repeats& repeats, const json& first, const json& again) const {
    const double from = first["at"].get<double>() - kOnItsWay_s, to = again["at"].get<double>();
    if (!first.value("answered", true)) ++repeats.unanswered;
    else if (std::ranges::any_of(killed_at, [&](double at) { return at >= from && at <= to; })) ++repeats.killed;
    else ++repeats.others;
  }
};

std::ostream& operator<<(std::ostream& out, const Repeats& repeats) {
  return out << repeats.all() << " taken twice (" << repeats.unanswered << " that the receiver had not answered, " << repeats.killed
             << " around a kill, " << repeats.others << " otherwise)";
}

/// What the receivers took, held against what was to be told.
void check_everything_arrived(const Installation& hoor, const std::string& what, const Course& course, std::chrono::milliseconds took) {
  const ReferenceCipher& references = hoor.store().references();
  std::set<std::string> calls, mails;
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::string>> wanted;  ///< ids of a webhook and a case, in order
  hoor.each("SELECT m.id, m.destination_id, m.case_id, d.by_mail FROM messages m JOIN destinations d ON d.municipality_id = m.municipality_id "
            "AND d.id = m.destination_id WHERE m.state = 'sent' ORDER BY m.destination_id, m.case_id, m.position",
            [&](const Row& row) {
              const std::string id = references.encode(row.key<MessageId>(0));
              (row.flag(3) ? mails : calls).insert(id);
              if (!row.flag(3)) wanted[{row.integer(1), row.integer(2)}].push_back(id);
            });
  std::map<std::string, std::size_t> first_taken;  ///< by id: as which call
  std::map<std::string, std::string> bodies;
  std::map<std::string, json> last_call, last_mail;  ///< by id
  Repeats repeated_calls, repeated_mails;
  std::size_t taken_calls = 0, tried_calls = 0, wrong = 0;
  for (const json& call : hoor.calls.taken()) {
    ++tried_calls;
    if (!call["verified"][0].get<bool>() || !call["fresh"].get<bool>()) ++wrong;
    const std::string id = call["id"], body = call["body"];
    if (const auto [at, is_new] = bodies.emplace(id, body); !is_new && at->second != body) ++wrong;
    if (call["status"] != 200) continue;
    ++taken_calls;
    if (!first_taken.emplace(id, taken_calls).second) course.count(repeated_calls, last_call[id], call);
    last_call[id] = call;
  }
  CHECK(wrong == 0);
  CHECK(first_taken.size() == calls.size());
  for (const std::string& id : calls) CHECK_MESSAGE(first_taken.contains(id), id);
  std::size_t out_of_order = 0;
  for (const auto& [of, ids] : wanted)
    for (std::size_t i = 1; i < ids.size(); ++i)
      if (first_taken[ids[i - 1]] > first_taken[ids[i]]) ++out_of_order;
  CHECK(out_of_order == 0);

  std::map<std::string, std::string> mail_bodies;
  for (const json& mail : hoor.mails.taken()) {
    const std::string message_id = mail["message_id"];
    if (last_mail.contains(message_id)) course.count(repeated_mails, last_mail[message_id], mail);
    last_mail[message_id] = mail;
    const std::string content = hoor.mails.mail(mail["file"]);
    if (const auto [at, is_new] = mail_bodies.emplace(message_id.substr(0, message_id.find('@')), content); !is_new) CHECK(at->second == content);
  }
  CHECK(mail_bodies.size() == mails.size());
  for (const std::string& id : mails) CHECK_MESSAGE(mail_bodies.contains(id), id);

  const auto notices = hoor.ask("SELECT COUNT(*) FROM notices");
  MESSAGE(what << ": " << calls.size() << " calls and " << notices << " notices in " << mails.size() << " mails, all of them delivered in "
               << static_cast<double>(took.count()) / 1000 << " s; " << tried_calls << " calls tried; calls: " << repeated_calls
               << "; mails: " << repeated_mails << "; all with the same id; " << course.lost() << " receivers lost to another node");
  // Nothing goes twice but what a killed node had in hand, or one that was so slow that another took its place.
  const auto kills = std::ssize(course.killed_at);
  CHECK(repeated_calls.killed <= kills * kInHand);
  CHECK(repeated_mails.killed <= kills * kMailsInHand);
  CHECK(repeated_calls.unanswered == 0);
  CHECK(repeated_calls.others <= course.lost() * kInHandOfOne);
  CHECK(repeated_mails.others <= course.lost());
  CHECK(std::ssize(calls) + notices >= 5000);
}

void deliver_in_chaos(const std::string& url, std::size_t count, const std::string& what) {
  const Installation hoor{url};
  std::vector<std::unique_ptr<ServingProcess>> nodes;
  for (std::size_t i = 0; i < count; ++i) nodes.push_back(hoor.node());
  const auto began = steady_clock::now();
  Course course;
  const auto kill = [&](std::size_t at) {
    course.killed_at.push_back(unix_now());
    nodes[at]->process().signal(SIGKILL);
    course.said += nodes[at]->process().wait().err;
    nodes[at].reset();
    nodes[at] = hoor.node();
  };
  for (int batch = 0; batch < kBatches; ++batch) {
    hoor.report_batch(nodes[static_cast<std::size_t>(batch) % count]->port(), batch);
    if (batch + 1 == kBatches) break;
    // In the middle of the delivery of this one.
    const auto before = hoor.sent();
    CHECK(becomes([&] { return hoor.sent() > before + 300; }, 60s));
    kill(static_cast<std::size_t>(batch) % count);
  }
  REQUIRE(becomes([&] { return hoor.is_done(); }, 180s));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
  CHECK(hoor.ask("SELECT COUNT(*) FROM messages WHERE state <> 'sent'") == 0);
  CHECK(hoor.ask("SELECT COUNT(*) FROM cases WHERE told_at IS NULL") == 0);
  // Each event is told once to each webhook, whoever told it.
  CHECK(hoor.ask("SELECT COUNT(*) FROM (SELECT destination_id, event_id FROM messages WHERE event_id <> 0 GROUP BY destination_id, event_id "
                 "HAVING COUNT(*) > 1) twice") == 0);
  CHECK(hoor.ask("SELECT COUNT(*) FROM (SELECT destination_id, event_id FROM notices GROUP BY destination_id, event_id HAVING COUNT(*) > 1) twice") == 0);
  for (auto& node : nodes) {
    node->process().signal(SIGTERM);
    const Ran ran = node->process().wait();
    CHECK(ran.status == 0);
    course.said += ran.err;
  }
  check_everything_arrived(hoor, what, course, took);
  CHECK(run_command({"verify", "--database", url}).status == 0);
}

}  // namespace

TEST_CASE("process: 5,000 notices arrive though receivers fail and the node is killed twice, on SQLite") {
  const TemporaryFolder folder;
  deliver_in_chaos("sqlite:" + folder.file("klotterkoll.db"), 1, "one node on SQLite");
}

TEST_CASE("process: 5,000 notices arrive though receivers fail and two nodes are killed in turn, on PostgreSQL") {
  PostgresCluster& cluster = PostgresCluster::shared();
  deliver_in_chaos(cluster.url(cluster.create_database()), 2, "two nodes on PostgreSQL");
}
