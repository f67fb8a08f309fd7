#include "base/error.h"
#include "domain/address.h"
#include "domain/designation.h"
#include "store/mail_columns.h"
#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kDesignation = "designation";
constexpr std::string_view kAddressPrefix = "address_prefix";
constexpr std::string_view kColumns =
    "SELECT owner_id, name, kind, email, phone, version, second_email, language, digest_at, quiet_from, quiet_to, weekend_digest "
    "FROM owners WHERE municipality_id = $1 ";

Owner read_owner(const Row& row) {
  Owner owner;
  owner.owner_id = row.text(0);
  owner.name = row.text(1);
  owner.kind = row.code<OwnerKind>(2);
  owner.email = row.text(3);
  owner.phone = row.text(4);
  owner.version = row.integer(5);
  owner.second_email = row.text(6);
  owner.mail = read_mail(row, 7);
  return owner;
}

class SqlOwners final : public OwnerTable {
 public:
  explicit SqlOwners(SqlContext& context) : context_(context), connection_(context.connection) {}

  std::optional<Owner> find(MunicipalityId municipality, const std::string& owner_id) override {
    hold(municipality, Connection::Hold::shared);
    static const std::string sql = std::string{kColumns} + "AND owner_id = $2";
    auto owner = connection_.find(sql, read_owner, municipality, owner_id);
    if (owner) add_rules(municipality, *owner);
    return owner;
  }

  std::vector<Owner> list(MunicipalityId municipality) override {
    static const std::string sql = std::string{kColumns} + "ORDER BY owner_id";
    auto owners = connection_.all(sql, read_owner, municipality);
    for (Owner& owner : owners) add_rules(municipality, owner);
    return owners;
  }

  void save(const Settings& settings, const Owner& owner) override {
    const MunicipalityId municipality = settings.municipality.id;
    count_settings_change(context_, municipality);
    connection_.execute(
        "INSERT INTO owners (municipality_id, owner_id, name, kind, email, phone, has_had_cases, version, second_email, language, digest_at, "
        "quiet_from, quiet_to, weekend_digest) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13) "
        "ON CONFLICT (municipality_id, owner_id) DO UPDATE SET name = excluded.name, kind = excluded.kind, "
        "email = excluded.email, phone = excluded.phone, version = owners.version + 1, second_email = excluded.second_email, "
        "language = excluded.language, digest_at = excluded.digest_at, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, "
        "weekend_digest = excluded.weekend_digest",
        municipality, owner.owner_id, owner.name, owner.kind, owner.email, owner.phone, owner.version, owner.second_email, owner.mail.language,
        digest_text(owner.mail), minutes_or_none(owner.mail.quiet_from), minutes_or_none(owner.mail.quiet_to), owner.mail.weekend_digest);
    connection_.execute("DELETE FROM owner_rules WHERE municipality_id = $1 AND owner_id = $2", municipality, owner.owner_id);
    for (std::size_t i = 0; i < owner.designations.size(); ++i)
      add_rule(municipality, owner, kDesignation, property_key(owner.designations[i], settings.municipality.name),
               owner.designations[i], "/designations/", i);
    for (std::size_t i = 0; i < owner.address_prefixes.size(); ++i)
      add_rule(municipality, owner, kAddressPrefix, address_key(owner.address_prefixes[i]), owner.address_prefixes[i],
               "/address_prefixes/", i);
  }

  void mark_has_had_cases(MunicipalityId municipality, const std::string& owner_id) override {
    connection_.execute(
        "UPDATE owners SET has_had_cases = 1 WHERE municipality_id = $1 AND owner_id = $2 AND has_had_cases = 0", municipality, owner_id);
  }

  void remove(MunicipalityId municipality, const std::string& owner_id) override {
    hold(municipality, Connection::Hold::exclusive);
    const auto used = connection_.find(
        "SELECT 1 FROM owners WHERE municipality_id = $1 AND owner_id = $2 AND has_had_cases = 1",
        [](const Row&) { return true; }, municipality, owner_id);
    if (used)
      throw Error{ErrorCode::conflict, "The owner " + owner_id + " has had cases, so it stays; take its addresses and properties away instead."};
    require_no_keys(municipality, owner_id);
    require_no_land(municipality, owner_id);
    connection_.execute("DELETE FROM owner_rules WHERE municipality_id = $1 AND owner_id = $2", municipality, owner_id);
    connection_.execute("DELETE FROM webhooks WHERE municipality_id = $1 AND owner_id = $2", municipality, owner_id);
    count_settings_change(context_, municipality);
    connection_.execute("DELETE FROM owners WHERE municipality_id = $1 AND owner_id = $2", municipality, owner_id);
  }

  std::optional<std::string> by_designation(MunicipalityId municipality, const std::string& key) override {
    return find_rule(municipality, kDesignation, key);
  }

  std::optional<std::string> by_address(MunicipalityId municipality, const std::string& key) override {
    // The address's own prefixes, the longest first: few, and each one a look-up.
    for (const std::string& prefix : address_prefixes(key))
      if (auto owner = find_rule(municipality, kAddressPrefix, prefix)) return owner;
    return std::nullopt;
  }

 private:
  /// A write that has looked up an owner may give it a case; until it ends no owner is removed.
  void hold(MunicipalityId municipality, Connection::Hold how) {
    connection_.hold("owners " + std::to_string(municipality), how);
  }

  void require_no_keys(MunicipalityId municipality, const std::string& owner_id) {
    std::string keys;
    connection_.query(
        "SELECT k.id, k.name FROM key_municipalities m JOIN api_keys k ON k.id = m.key_id "
        "WHERE m.municipality_id = $1 AND m.owner_id = $2 AND k.revoked_at IS NULL ORDER BY k.id",
        [&](const Row& row) { keys += (keys.empty() ? "" : ", ") + std::to_string(row.integer(0)) + " (" + row.text(1) + ")"; },
        municipality, owner_id);
    if (!keys.empty())
      throw Error{ErrorCode::conflict, "The owner " + owner_id + " has keys that are valid: " + keys + "; revoke them first."};
  }

  void require_no_land(MunicipalityId municipality, const std::string& owner_id) {
    for (const auto& [table, what] : {std::pair{"properties", "properties"}, {"objects", "objects"}, {"district_owners", "districts"}})
      if (connection_.find(std::string{"SELECT 1 FROM "} + table + " WHERE municipality_id = $1 AND owner_id = $2 LIMIT 1",
                           [](const Row&) { return true; }, municipality, owner_id))
        throw Error{ErrorCode::conflict, "The owner " + owner_id + " has " + what + " in the register, so it stays; give them to another first."};
  }

  std::optional<std::string> find_rule(MunicipalityId municipality, std::string_view kind, const std::string& key) {
    hold(municipality, Connection::Hold::shared);
    return connection_.find("SELECT owner_id FROM owner_rules WHERE municipality_id = $1 AND kind = $2 AND rule_key = $3",
                            [](const Row& row) { return row.text(0); }, municipality, kind, key);
  }

  void add_rule(MunicipalityId municipality, const Owner& owner, std::string_view kind, const std::string& key,
                const std::string& text, const char* pointer, std::size_t position) {
    if (const auto other = find_rule(municipality, kind, key); other && *other != owner.owner_id)
      throw Error{ErrorCode::conflict, "\"" + text + "\" is " + *other + "'s already.", pointer + std::to_string(position)};
    connection_.execute(
        "INSERT INTO owner_rules (municipality_id, kind, rule_key, owner_id, position, rule_text) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (municipality_id, kind, rule_key) DO NOTHING",
        municipality, kind, key, owner.owner_id, static_cast<std::int64_t>(position), text);
  }

  void add_rules(MunicipalityId municipality, Owner& owner) {
    connection_.query(
        "SELECT kind, rule_text FROM owner_rules WHERE municipality_id = $1 AND owner_id = $2 ORDER BY kind, position",
        [&](const Row& row) {
          (row.text(0) == kDesignation ? owner.designations : owner.address_prefixes).push_back(row.text(1));
        },
        municipality, owner.owner_id);
  }

  SqlContext& context_;
  Connection& connection_;
};

}  // namespace

std::unique_ptr<OwnerTable> make_owner_table(SqlContext& context) { return std::make_unique<SqlOwners>(context); }

}  // namespace klotterkoll
