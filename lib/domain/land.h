#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/local_time.h"
#include "domain/codes.h"
#include "domain/place.h"
#include "domain/store.h"

namespace klotterkoll {

// Whose wall is it: the register of properties, objects and addresses that a municipality imports.

/// A ring is closed: its last point is its first. Holes lie inside the outer ring.
struct Polygon {
  std::vector<Point> outer;
  std::vector<std::vector<Point>> holes;
  bool operator==(const Polygon&) const = default;
};

/// What something covers on the ground: any number of points, lines and polygons.
struct Shape {
  std::vector<Point> points;
  std::vector<std::vector<Point>> lines;
  std::vector<Polygon> polygons;
  bool empty() const { return points.empty() && lines.empty() && polygons.empty(); }
  bool operator==(const Shape&) const = default;
};

/// The local days on which something holds, [from, until); without one it has always begun, or does not end.
struct Validity {
  std::optional<LocalDate> from, until;
  bool holds_on(LocalDate day) const { return (!from || *from <= day) && (!until || day < *until); }
  bool empty() const { return from && until && *from >= *until; }
  /// Do the two have a day in common?
  bool overlaps(const Validity& other) const {
    return !empty() && !other.empty() && (!until || !other.from || *other.from < *until) && (!other.until || !from || *from < *other.until);
  }
  bool operator==(const Validity&) const = default;
};

/// A property (fastighet) in the hands of one owner. When it is sold, this one ends and another of the same designation
/// begins, so that old cases keep whose it was.
struct Property {
  PropertyId id;
  std::string designation;             ///< as written; compared by property_key()
  std::string owner_id;
  std::vector<std::string> addresses;  ///< as written; compared by address_key()
  Shape shape;                         ///< polygons; empty when only its designation is known
  Validity validity;
  std::int64_t version = 1;
  bool operator==(const Property&) const = default;
};

/// Something with an owner of its own that stands on somebody's property: a power cabinet, a bus shelter, a bridge, rail.
struct PlacedObject {
  ObjectId id;
  ObjectType type = ObjectType::other;
  std::string label;  ///< what stands on it
  std::string owner_id;
  Shape shape;        ///< points or lines
  Validity validity;
  std::int64_t version = 1;
  bool operator==(const PlacedObject&) const = default;
};

/// An address, or another name that people say (a school, a station), and where it is.
struct AddressPoint {
  std::string address;
  Point point;
  std::string designation;  ///< of the property it belongs to; empty when not told
  bool alias = false;
  bool by_officer = false;  ///< an officer said so of a report; a file may say better where it is, but does not end it
  bool operator==(const AddressPoint&) const = default;
};

/// A part of the municipality with its defaults: who owns what nobody else does there. `owners` by type of object goes
/// before `default_owner_id`. The district "" is the whole municipality and has no shape.
struct District {
  std::string district_id;  ///< [a-z0-9-]{1,64}
  std::string name;
  Shape shape;
  std::string default_owner_id;
  std::vector<std::pair<ObjectType, std::string>> object_owners;
  std::int64_t version = 1;
  bool operator==(const District&) const = default;
};

/// An officer found that a spot is somebody else's than the register says, on a case that its owner gave back with this
/// suggestion. Later reports of the spot go there: within kSamePlace_m of the point; without a point at the same address,
/// else of the same designation; and of the same type of object when both tell one.
struct RememberedSpot {
  CaseId case_id;  ///< the case that taught it; each teaches one
  Place place;
  std::optional<ObjectType> object_type;
  std::string owner_id;
  Instant remembered_at;
  bool operator==(const RememberedSpot&) const = default;
};

/// An address of a report that nothing in the register matched, for an officer to look at.
struct UnmatchedAddress {
  QueueId id;
  std::string address;  ///< as first written
  std::int64_t count = 0;
  Instant first_seen_at, last_seen_at;
  CaseId last_case;
  std::optional<Instant> resolved_at;
  bool operator==(const UnmatchedAddress&) const = default;
};

/// What lies around a point, by an index that may be older than the rows: candidates, whose rows are to be read again.
/// Of what lies equally near, the lower key comes first.
struct Surroundings {
  template <typename Id>
  struct Near {
    Id id;
    double away_m = 0;  ///< to its edge, or to the point or line
    bool operator==(const Near&) const = default;
  };
  std::vector<PropertyId> under;              ///< properties that the point lies on, the smallest first
  std::vector<Near<PropertyId>> properties;   ///< others within kNearProperty_m, nearest first
  std::vector<Near<ObjectId>> objects;        ///< within kNearObject_m, nearest first
  std::vector<std::string> districts;         ///< that the point lies in, the smallest first
  bool operator==(const Surroundings&) const = default;
};
inline constexpr double kNearObject_m = 10;
inline constexpr double kNearProperty_m = 15;
inline constexpr double kNearestAddress_m = 200;  ///< what is further away says nothing of a place

/// So much a row holds at most, whoever writes it.
inline constexpr std::size_t kMostAddresses = 1000;   ///< of a property
inline constexpr std::size_t kMostLandText_bytes = 300;  ///< of an address, a label, a district's name

/// Which rows of a list; every member that is set narrows.
struct LandQuery {
  std::string key;       ///< of properties their property_key(), of addresses the start of their address_key()
  std::string owner_id;
  std::optional<ObjectType> object_type;
  std::optional<LocalDate> on;  ///< that hold on the day
  Page page;
};

/// The register in storage. Shapes are kept to 1e-7 degrees (a centimetre), so that neighbours who share an edge share it
/// exactly. Whoever writes keeps to the rules of workflow/land_register.h; here rows are only loaded and saved.
class LandTable {
 public:
  virtual ~LandTable() = default;

  /// Counts every change of the register, in the order of commits; 0: there is none, and nothing need be asked. Costs no
  /// statement in a transaction that has read the municipality's settings.
  virtual std::int64_t version(MunicipalityId municipality) = 0;
  /// What lies around the point, by the index (see SpotIndexes); nothing where there is none.
  virtual Surroundings around(MunicipalityId municipality, Point point) = 0;

  /// Adds the row, whose key comes from Transaction::next_property_id, or replaces it and counts its version up. Keys of
  /// its designation and addresses are made here. The same for the others. Its owner must be there.
  virtual void save(const Settings& settings, const Property& property) = 0;
  virtual std::optional<Property> find(PropertyId id) = 0;
  /// As if it had never been; what was sold is ended instead.
  virtual void remove(PropertyId id) = 0;
  /// All intervals of a designation by its property_key(), in order of their beginning.
  virtual std::vector<Property> properties_of(MunicipalityId municipality, const std::string& property_key) = 0;
  /// The one of them that holds on the day.
  virtual std::optional<Property> by_designation(MunicipalityId municipality, const std::string& property_key, LocalDate on) = 0;
  /// Properties that have this address_key() among their addresses on the day, by key.
  virtual std::vector<Property> by_address(MunicipalityId municipality, const std::string& address_key, LocalDate on) = 0;
  /// By designation.
  virtual Listing<Property> properties(MunicipalityId municipality, const LandQuery& query) = 0;
  /// The next `most` after a key, in order of key: for walking through all of them in short reads.
  virtual std::vector<Property> properties_after(MunicipalityId municipality, PropertyId after, std::int64_t most) = 0;

  virtual void save(const Settings& settings, const PlacedObject& object) = 0;
  virtual std::optional<PlacedObject> find(ObjectId id) = 0;
  virtual void remove(ObjectId id) = 0;
  virtual Listing<PlacedObject> objects(MunicipalityId municipality, const LandQuery& query) = 0;
  virtual std::vector<PlacedObject> objects_after(MunicipalityId municipality, ObjectId after, std::int64_t most) = 0;

  /// An address is one place: saving another of the same address_key() replaces it.
  virtual void save(const Settings& settings, const AddressPoint& address) = 0;
  virtual std::optional<AddressPoint> find_address(MunicipalityId municipality, const std::string& address_key) = 0;
  virtual void remove_address(MunicipalityId municipality, const std::string& address_key) = 0;
  struct NearAddress {
    AddressPoint address;
    double away_m = 0;
  };
  /// Those within `radius_m`, at most `most`, nearest first; of two at one place an address before another name.
  virtual std::vector<NearAddress> addresses_near(MunicipalityId municipality, Point point, double radius_m, std::size_t most) = 0;
  /// By key.
  virtual Listing<AddressPoint> addresses(MunicipalityId municipality, const LandQuery& query) = 0;
  virtual std::vector<AddressPoint> addresses_after(MunicipalityId municipality, const std::string& address_key, std::int64_t most) = 0;

  virtual void save(const Settings& settings, const District& district) = 0;
  virtual std::optional<District> find_district(MunicipalityId municipality, const std::string& district_id) = 0;
  virtual void remove_district(MunicipalityId municipality, const std::string& district_id) = 0;
  virtual std::vector<District> districts(MunicipalityId municipality) = 0;

  /// Takes the place of what was remembered of the same case, and of the same spot and type of object.
  virtual void remember(const Settings& settings, const RememberedSpot& spot) = 0;
  /// What is remembered of the place: of the same type of object before of none, then the nearest, then the latest.
  virtual std::optional<RememberedSpot> remembered(const Settings& settings, const Place& place, std::optional<ObjectType> object_type) = 0;
  virtual void forget(CaseId case_id) = 0;
  /// The latest first.
  virtual Listing<RememberedSpot> remembered_spots(MunicipalityId municipality, const Page& page) = 0;

  /// Whether it holds any address; one that holds none knows of no address that it is wrong.
  virtual bool knows_addresses(MunicipalityId municipality) = 0;
  /// Queues an address that matched nothing, or counts it again. `id` for a new one; a resolved one stays resolved.
  virtual void queue_unmatched(QueueId id, const std::string& address, CaseId case_id, Instant now) = 0;
  /// Those to be looked at, the latest first.
  virtual Listing<UnmatchedAddress> unmatched(MunicipalityId municipality, const Page& page) = 0;
  virtual std::optional<UnmatchedAddress> find_unmatched(QueueId id) = 0;
  virtual void resolve_unmatched(QueueId id, Instant now) = 0;

  /// A shape with what it belongs to, as the index wants it. Of `property`, `object` and `district` one is set.
  struct IndexedShape {
    PropertyId property;
    ObjectId object;
    std::optional<std::string> district;
    Shape shape;
  };
  /// Where a walk through the shapes has come to.
  struct ShapesTo {
    int table = 0;
    std::int64_t changed = 0, id = 0;
    bool at_end = false;
  };
  /// The next shapes of rows that changed after `since` (0: all), at most about `most`; moves `to`. Rows without a shape
  /// are shown too, since they may have had one.
  virtual void each_shape(MunicipalityId municipality, std::int64_t since, ShapesTo& to, std::int64_t most,
                          const std::function<void(IndexedShape)>& visit) = 0;
};

/// An index over the shapes of one municipality. Safe to ask from several threads.
class SpotIndex {
 public:
  virtual ~SpotIndex() = default;
  virtual Surroundings around(Point point) const = 0;
};

/// The port through which a store asks what lies around a point: the indexes of all municipalities, kept in memory.
class SpotIndexes {
 public:
  virtual ~SpotIndexes() = default;
  /// The index of a municipality whose register is at `version` in the transaction of `land`, from which what is missing
  /// is read. It may be older where somebody renews it in the background. `committed` false: the transaction has changed
  /// the register itself, so that nothing it reads is kept for others.
  virtual std::shared_ptr<const SpotIndex> of(LandTable& land, MunicipalityId municipality, std::int64_t version, bool committed) = 0;
};

}  // namespace klotterkoll
