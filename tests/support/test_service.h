#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "serve_options.h"
#include "support/clocks.h"
#include "support/test_store.h"
#include "workflow/deadline_sweep.h"

namespace klotterkoll {
class PhotoWorkers;
class Router;
class Service;
}  // namespace klotterkoll

namespace klotterkoll::test {

/// An answer of the service, held against the contract already.
struct Answer {
  int status = 0;
  std::multimap<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  /// The first of the name, given in lower case; "" when it is not there.
  std::string header(const std::string& name) const;
  nlohmann::json json() const { return nlohmann::json::parse(body); }
  /// The items of a list, to walk over; by value, so that a loop may take them from an answer that nobody keeps.
  std::vector<nlohmann::json> items() const { return json().at("items").get<std::vector<nlohmann::json>>(); }
  /// Of a problem document.
  std::string detail() const { return json().at("detail"); }
  /// The pointers of its faults, in order, each with a space after it.
  std::string pointers() const;
  /// The message at a pointer; "" when there is none.
  std::string fault(const std::string& pointer) const;
};

using Headers = std::multimap<std::string, std::string>;

inline const std::string kHoor = "/api/v1/municipalities/1267";
inline const std::string kHorby = "/api/v1/municipalities/1266";

/// The real service on a free loopback port over a database of its own, with a clock that the test moves.
///
/// Höör (1267) and its eastern neighbour Hörby (1266) both have the owners `hfab` (a public company; Storgatan and HÖÖR
/// KVARNBÄCK 1:23), `eon` (a company; Industrigatan) and `ann` (a private person; Storgatan 7), and a key of every role.
class TestService {
 public:
  /// Without Hörby it has no keys of it, and Höör's pages lie at /.
  explicit TestService(ServeOptions options = quiet(), bool with_horby = true);
  ~TestService();

  ManualClock clock;
  TestStore store{64, 3};
  std::unique_ptr<PhotoStore> photo_store = open_photo_store(store.url());

  // Keys, by who holds them; "" is a citizen.
  std::string police, officer, hfab, eon, ann, channel, admin;
  std::string horby_police, horby_officer, horby_hfab;
  std::string both_police;  ///< for both municipalities

  static ServeOptions quiet();
  int port() const { return port_; }
  const Router& router() const;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Sends a request and holds the answer against the contract. `body` is sent for POST, PUT and PATCH only.
  Answer send(const std::string& method, const std::string& path, const std::string& key, const std::string& body = "",
              const Headers& headers = {}, const std::string& content_type = "application/json");
  Answer get(const std::string& path, const std::string& key = "") { return send("GET", path, key); }
  Answer post(const std::string& path, const std::string& key, const nlohmann::json& body, const Headers& headers = {}) {
    return send("POST", path, key, body.dump(), headers);
  }
  Answer put(const std::string& path, const std::string& key, const nlohmann::json& body, const Headers& headers = {}) {
    return send("PUT", path, key, body.dump(), headers);
  }
  Answer erase(const std::string& path, const std::string& key, const Headers& headers = {}) { return send("DELETE", path, key, "", headers); }

  /// Opens a case in Höör with a police report; gives its reference. The test fails unless it is 201.
  std::string open_case(const nlohmann::json& report);
  std::string open_case_at(const std::string& address);
  /// What a key sees of a case.
  nlohmann::json see(const std::string& reference, const std::string& key = "");
  /// What the service does by itself every half minute, now by the test's clock.
  SweepResult sweep() { return sweep_deadlines(*store, clock.now(), clock.now()); }
  /// How many events there are, of one type or of all.
  std::int64_t events(const std::string& type = "") const;
  std::string new_key(Role role, const std::vector<std::string>& codes, const std::string& owner_id = "");

 private:
  void settle_municipality(const std::string& code, const std::string& name, const Area& area);

  RandomIdSource ids_;
  std::unique_ptr<PhotoWorkers> photo_workers_;
  std::unique_ptr<Service> service_;
  int port_;
  std::thread thread_;
  struct Client;
  std::unique_ptr<Client> client_;
};

/// A tag on a garage door, as the police send it.
nlohmann::json tag_report(const std::string& address = "Storgatan 12");

}  // namespace klotterkoll::test
