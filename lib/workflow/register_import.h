#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/owner.h"
#include "domain/store.h"
#include "workflow/land_register.h"

namespace klotterkoll {

// A file of properties, objects or addresses against the register: what is to be added, changed and ended. Planning is pure;
// a plan that is made and applied again changes nothing, so an import that was cut off is simply run again.

enum class RegisterChange { added, new_owner, changed, ended, unchanged };
constexpr auto names_of(RegisterChange) { return std::array<Names, 5>{"added", "new_owner", "changed", "ended", "unchanged"}; }
inline constexpr std::size_t kRegisterChanges = 5;

/// What a file tells of a property or an object: a row without its key, its shape `snapped`. What the file does not tell
/// stays as the register has it, validity included.
template <typename Row>
struct Told {
  Row row;
  bool tells_shape = true;
  bool tells_addresses = true;  ///< of properties
  std::string owner_if_new;     ///< when the row has no owner_id: whose it is when the register does not have it
};

template <typename Row>
struct RegisterPlan {
  RegisterChange change = RegisterChange::unchanged;
  std::vector<Row> save;                ///< in this order; those without a key are new
  std::vector<std::string_view> what;   ///< which parts of a row that stays are changed: "shape", "addresses", ...
};

/// Of `present`, all rows of that property or object, the one that the file means is the one of the same owner among those
/// that hold at the same time, else the one that holds then. Of another owner, it ends and a new one begins: on the day
/// `told` begins when it tells one, else on `today`; a row that begins on that day or later is corrected instead. Throws
/// Error{refused} when it is to be added and nobody knows whose it is.
RegisterPlan<Property> plan_property(const Told<Property>& told, const std::vector<Property>& present, LocalDate today);
RegisterPlan<PlacedObject> plan_object(const Told<PlacedObject>& told, const std::vector<PlacedObject>& present, LocalDate today);

/// Does it hold today or later, so that it ends when a file of everything does not have it?
bool is_to_come(const Validity& validity, LocalDate today);

/// Saves what is planned by the rules of land_register.h.
void apply(Transaction& transaction, const Settings& settings, const RegisterPlan<Property>& plan);
void apply(Transaction& transaction, const Settings& settings, const RegisterPlan<PlacedObject>& plan);
/// It holds until `today` and no longer. What has not begun before is removed: it never held.
void end_row(Transaction& transaction, const Settings& settings, const Property& row, LocalDate today);
void end_row(Transaction& transaction, const Settings& settings, const PlacedObject& row, LocalDate today);

/// What makes an object the same in the next file: its type and label, without a label its type and place (to a metre).
std::string object_key(const PlacedObject& object);

/// The keys of a file, some 8 bytes each: which it has, and which come again.
class FileKeys {
 public:
  void add(std::string_view key);
  /// After the last one; the questions below are allowed from now on.
  void settle();
  bool contains(std::string_view key) const;
  /// True when it is asked for the first time since `settle`. The key must be among them.
  bool first_time(std::string_view key);
  std::size_t size() const { return keys_.size(); }

 private:
  std::size_t place_of(std::string_view key) const;
  std::vector<std::uint64_t> keys_;  // digests, sorted
  std::vector<bool> seen_;
};

/// Puts the features of a property together that a file has one for each of its areas ("Kvarnbäck 1:23>1" and ">2"). Only
/// what is told of areas that wait for others is kept.
class PropertyAreas {
 public:
  /// First every property_key() of the file is made known, and each feature counted by it and the days it tells ...
  void know(std::string_view property_key) { keys_.add(property_key); }
  void count(std::string_view property_key, const Validity& validity) { groups_.push_back(digest_of(property_key, validity)); }
  void settle();
  bool knows(std::string_view property_key) const { return keys_.contains(property_key); }
  bool knows_any() const { return keys_.size() > 0; }

  /// ... then each is given again in the same order, or left out when it cannot be taken.
  struct Given {
    std::optional<Told<Property>> whole;  ///< when it was the last of its property
    std::string fault;  ///< when the same area has come before, or the areas have different owners: this one is left out
  };
  Given give(std::string_view property_key, const std::string& area, std::int64_t feature, Told<Property> told);
  std::optional<Told<Property>> leave_out(std::string_view property_key, const Validity& validity);

 private:
  struct Waiting {
    std::size_t left = 0;  ///< features to come
    std::map<std::string, std::int64_t> areas;  ///< and the features that told them
    std::optional<Told<Property>> told;
  };
  static std::uint64_t digest_of(std::string_view property_key, const Validity& validity);
  std::size_t count_of(std::uint64_t digest) const;
  Waiting& waiting_of(std::uint64_t digest);
  std::optional<Told<Property>> take_when_whole(std::uint64_t digest);

  FileKeys keys_;
  std::vector<std::uint64_t> groups_;  // one a feature, sorted
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::size_t waiting_points_ = 0;
};

/// Owners by what files call them. Those not yet known are made, to be saved by the caller.
class OwnerBook {
 public:
  explicit OwnerBook(const std::vector<Owner>& owners);
  /// "WORD=ID": which owner an id or a name of the file means. Throws Error{malformed} for another form, or an owner that is
  /// not there.
  void add_meaning(const std::string& text);
  /// The owner_id of whom a file names. What it calls an id decides, as two persons may have one name; without one the name
  /// does. Empty when it names nobody.
  /// Throws Error{malformed} with a sentence when no id can be made from what it says.
  std::string find_or_make(const std::string& id, const std::string& name);
  bool contains(const std::string& owner_id) const { return names_.contains(owner_id); }
  /// Those made since the last call.
  std::vector<Owner> take_made();
  /// Another owner of the same name, empty for none.
  std::string namesake_of(const Owner& owner) const;

 private:
  void make(const std::string& id, const std::string& name);
  std::map<std::string, std::string> names_;  // by owner_id
  std::map<std::string, std::string> by_name_, meanings_;  // owner_id by folded name or word
  std::vector<Owner> made_;
};

/// An id from a name: "Höörs Fastighets AB" gives "hoors-fastighets-ab"; empty when nothing is left.
std::string owner_id_from(std::string_view name);

/// A sentence when so much would end that it must be the wrong file: more than 20 and more than a tenth; else empty.
std::string ending_fault(std::int64_t ending, std::int64_t present, std::string_view what);

}  // namespace klotterkoll
