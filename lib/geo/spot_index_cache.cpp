#include "geo/spot_index_cache.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "geo/shape_index.h"

namespace klotterkoll {
namespace {

using IndexedShape = LandTable::IndexedShape;

constexpr std::int64_t kRowsAtOnce = 2000;     ///< of a read in the background: a few milliseconds
constexpr std::size_t kFewChanges = 2000;  ///< so many are always kept apart

auto order_of(const ShapeKey& key) { return std::tie(key.kind, key.id, key.district_id); }

struct KeyLess {
  bool operator()(const ShapeKey& a, const ShapeKey& b) const { return order_of(a) < order_of(b); }
};

/// Shows what has changed since a version, all of it for 0. In one go, or in several reads.
using Walk = std::function<void(std::int64_t since, const std::function<void(IndexedShape)>& visit)>;

Walk within(LandTable& land, MunicipalityId municipality) {
  return [&land, municipality](std::int64_t since, const auto& visit) {
    for (LandTable::ShapesTo to; !to.at_end;) land.each_shape(municipality, since, to, kRowsAtOnce, visit);
  };
}

Walk in_reads_of(Store& store, MunicipalityId municipality) {
  return [&store, municipality](std::int64_t since, const auto& visit) {
    for (LandTable::ShapesTo to; !to.at_end;)
      store.read([&](Transaction& transaction) { transaction.land().each_shape(municipality, since, to, kRowsAtOnce, visit); });
  };
}

}  // namespace

/// The index as it is at a version; never changed once it is made.
struct SpotIndexCache::Layers final : SpotIndex {
  std::int64_t version = 0;
  std::shared_ptr<const ShapeIndex> base;
  std::map<ShapeKey, IndexedShape, KeyLess> changes;  ///< of rows that take the place of those in the base
  std::unique_ptr<const ShapeIndex> overlay;           ///< of the changes

  Surroundings around(Point point) const override {
    std::vector<ShapeIndex::Found> found;
    base->find(point, found);
    if (!changes.empty()) {
      std::erase_if(found, [&](const auto& one) { return changes.contains(*one.key); });
      overlay->find(point, found);
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) {
      if (a.under != b.under) return a.under;
      const double one = a.under ? a.extent : a.away_m, other = b.under ? b.extent : b.away_m;
      return std::tuple{one, order_of(*a.key)} < std::tuple{other, order_of(*b.key)};
    });
    Surroundings surroundings;
    for (const auto& one : found) {
      switch (one.key->kind) {
        case ShapeKey::Kind::district: surroundings.districts.push_back(one.key->district_id); break;
        case ShapeKey::Kind::object: surroundings.objects.push_back({ObjectId{one.key->id}, one.away_m}); break;
        case ShapeKey::Kind::property:
          if (one.under)
            surroundings.under.emplace_back(one.key->id);
          else
            surroundings.properties.push_back({PropertyId{one.key->id}, one.away_m});
      }
    }
    return surroundings;
  }

  /// `before` with what has changed since, as of `version`; all anew when that is much, or there is none before.
  static std::shared_ptr<const Layers> renewed(const std::shared_ptr<const Layers>& before, std::int64_t version, const Walk& walk) {
    auto layers = std::make_shared<Layers>();
    layers->version = version;
    if (before) {
      layers->base = before->base;
      layers->changes = before->changes;
      walk(before->version, [&](IndexedShape shape) { layers->changes.insert_or_assign(key_of(shape), std::move(shape)); });
      if (layers->changes.size() > std::max(kFewChanges, layers->base->size() / 4)) layers->base = nullptr;
    }
    if (!layers->base) {
      layers->changes.clear();
      std::vector<IndexedShape> all;
      walk(0, [&](IndexedShape shape) {
        if (!shape.shape.empty()) all.push_back(std::move(shape));
      });
      layers->base = std::make_shared<const ShapeIndex>(all);
    }
    std::vector<IndexedShape> changed;
    for (const auto& [key, shape] : layers->changes) changed.push_back(shape);
    layers->overlay = std::make_unique<const ShapeIndex>(changed);
    return layers;
  }
};

struct SpotIndexCache::Entry {
  std::mutex building;  ///< of those who ask: one builds and the others wait for it, each with a connection of its own
  std::mutex mutex;
  std::shared_ptr<const Layers> layers;

  std::shared_ptr<const Layers> present() {
    const std::lock_guard lock{mutex};
    return layers;
  }
  /// Two may have built at once; the newer one stays.
  void keep(const std::shared_ptr<const Layers>& built) {
    const std::lock_guard lock{mutex};
    if (!layers || layers->version < built->version) layers = built;
  }
};

SpotIndexCache::SpotIndexCache(Renewal renewal) : renewal_(renewal) {}
SpotIndexCache::~SpotIndexCache() = default;

std::shared_ptr<SpotIndexCache::Entry> SpotIndexCache::entry(MunicipalityId municipality) {
  const std::lock_guard lock{mutex_};
  auto& entry = entries_[municipality];
  if (!entry) entry = std::make_shared<Entry>();
  return entry;
}

std::shared_ptr<const SpotIndex> SpotIndexCache::of(LandTable& land, MunicipalityId municipality, std::int64_t version, bool committed) {
  const auto entry = this->entry(municipality);
  const auto serves = [&](const std::shared_ptr<const Layers>& layers) {
    return layers && (layers->version >= version || renewal_ == Renewal::in_background);
  };
  auto present = entry->present();
  if (serves(present)) return present;
  if (!committed) return Layers::renewed(present, version, within(land, municipality));
  const std::lock_guard lock{entry->building};
  present = entry->present();
  if (serves(present)) return present;
  const auto built = Layers::renewed(present, version, within(land, municipality));
  entry->keep(built);
  return built;
}

std::vector<SpotIndexCache::Built> SpotIndexCache::refresh(Store& store) {
  std::vector<std::pair<Municipality, std::int64_t>> municipalities;
  store.read([&](Transaction& transaction) {
    municipalities.clear();
    for (Municipality& municipality : transaction.municipalities().list()) {
      const auto version = transaction.land().version(municipality.id);
      municipalities.emplace_back(std::move(municipality), version);
    }
  });
  std::vector<Built> made;
  for (const auto& [municipality, version] : municipalities) {
    const auto entry = this->entry(municipality.id);
    const auto present = entry->present();
    if (version == 0 || (present && present->version >= version)) continue;
    const auto since = std::chrono::steady_clock::now();
    const auto built = Layers::renewed(present, version, in_reads_of(store, municipality.id));
    entry->keep(built);
    made.push_back({municipality.code, version, built->base->size() + built->changes.size(), built->base->bytes() + built->overlay->bytes(),
                    !present || built->base != present->base,
                    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since)});
  }
  return made;
}

}  // namespace klotterkoll
