#include "case_map.h"

#include <algorithm>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "domain/case_view.h"
#include "world.h"

namespace klotterkoll {
namespace {

constexpr std::int64_t kEventsAtOnce = 500, kCasesAtOnce = 500;
/// So many reads of changes one question pays for at most; the next one goes on from there.
constexpr int kReads = 4;
/// Most cells of an answer: a large screen has about 500 of the size below.
constexpr std::uint64_t kMostCells = 1000;
constexpr int kCellBits = 6;  ///< a cell is 64 pixels wide

/// A case that has a point.
struct Placed {
  CaseId id;
  WorldPoint exact, coarse;
  Instant due_at;
  std::optional<Instant> warn_at, held_from, held_until;
  std::uint32_t owner = 0, whose = 0;  ///< into the names of owners; whose place it is
  CaseState state = CaseState::unassigned;
  Category category = Category::other;
  bool has_coarse = false;
};

/// The cursor of changes that holds all that is there now. Of a slot that has long been silent the latest events may tell nothing:
/// its own are walked through.
std::vector<std::int64_t> cursor_now(Store& store, MunicipalityId municipality) {
  std::vector<std::int64_t> cursor;
  store.read([&](Transaction& transaction) {
    cursor.assign(1, 0);
    for (const Event& event : transaction.events().latest(municipality, kEventsAtOnce)) {
      const std::int64_t number = event.id.value & ((std::int64_t{1} << kKeyNumberBits) - 1);
      const auto slot = static_cast<std::size_t>(number >> kSlotNumberBits);
      if (cursor.size() <= slot) cursor.resize(slot + 1);
      cursor[slot] = std::max(cursor[slot], number & ((std::int64_t{1} << kSlotNumberBits) - 1));
    }
  });
  for (bool more = true; more;)
    store.read([&](Transaction& transaction) { more = std::ssize(transaction.events().after(municipality, cursor, kEventsAtOnce)) == kEventsAtOnce; });
  return cursor;
}

}  // namespace

/// The cases of one municipality.
struct CaseMap::Town {
  explicit Town(MunicipalityId its) : municipality(its) {}

  const MunicipalityId municipality;
  std::mutex renewing;  ///< held by who brings it up to date
  std::shared_mutex mutex;
  bool loaded = false;
  std::vector<std::int64_t> cursor;
  std::shared_ptr<const Settings> settings;
  std::vector<Placed> cases;  ///< by id
  std::vector<std::string> names{""};
  std::unordered_map<std::string, std::uint32_t> numbers{{"", 0}};

  std::uint32_t number_of(const std::string& owner_id) {
    const auto [at, is_new] = numbers.try_emplace(owner_id, static_cast<std::uint32_t>(names.size()));
    if (is_new) names.push_back(owner_id);
    return at->second;
  }

  std::optional<Placed> placed(const CaseRow& row) {
    if (!row.place.point || row.state == CaseState::merged) return std::nullopt;
    Placed one;
    one.id = row.id;
    one.exact = to_world(*row.place.point);
    if (const auto coarse = rounded_point(*row.place.point, row.point_derived)) {
      one.coarse = to_world(*coarse);
      one.has_coarse = true;
    }
    one.due_at = row.due_at;
    one.warn_at = row.warn_at;
    one.held_from = row.held_from;
    one.held_until = row.held_until;
    one.owner = number_of(row.owner_id);
    one.whose = number_of(whose_place(row));
    one.state = row.state;
    one.category = row.category;
    return one;
  }

  /// Puts a case where it belongs, or takes away one that is shown no longer.
  void set(CaseId id, const std::optional<CaseRow>& row) {
    const auto one = row ? placed(*row) : std::nullopt;
    const auto at = std::ranges::lower_bound(cases, id, {}, &Placed::id);
    const bool there = at != cases.end() && at->id == id;
    if (!one) {
      if (there) cases.erase(at);
    } else if (there) {
      *at = *one;
    } else {
      cases.insert(at, *one);
    }
  }

  void load(Store& store);
  void renew(Store& store);
  Found find(const Query& query);
};

void CaseMap::Town::load(Store& store) {
  // Of what changes meanwhile the cursor tells: it was there first.
  std::vector<std::int64_t> from = cursor_now(store, municipality);
  Town fresh{municipality};
  CaseId after;
  do {
    std::vector<CaseRow> rows;
    store.read([&](Transaction& transaction) {
      fresh.settings = transaction.municipalities().settings(municipality);
      rows = transaction.cases().list_after(municipality, {}, after, kCasesAtOnce);
    });
    for (const CaseRow& row : rows)
      if (const auto one = fresh.placed(row)) fresh.cases.push_back(*one);
  } while (after);
  fresh.cases.shrink_to_fit();
  const std::unique_lock lock{mutex};
  cases.swap(fresh.cases);
  names.swap(fresh.names);
  numbers.swap(fresh.numbers);
  cursor = std::move(from);
  settings = std::move(fresh.settings);
  loaded = true;
}

void CaseMap::Town::renew(Store& store) {
  bool more = true;
  for (int reads = 0; more && reads < kReads; ++reads) {
    std::vector<std::int64_t> to = cursor;
    std::vector<std::pair<CaseId, std::optional<CaseRow>>> changed;
    std::shared_ptr<const Settings> present;
    store.read([&](Transaction& transaction) {
      to = cursor;
      changed.clear();
      present = transaction.municipalities().settings(municipality);
      const auto events = transaction.events().after(municipality, to, kEventsAtOnce);
      more = std::ssize(events) == kEventsAtOnce;
      std::set<CaseId> ids;
      for (const auto& noted : events) ids.insert(noted.event.case_id);
      for (const CaseId id : ids) changed.emplace_back(id, transaction.cases().find(id));
    });
    if (changed.empty() && present == settings && to == cursor) return;
    const std::unique_lock lock{mutex};
    for (const auto& [id, row] : changed) set(id, row);
    settings = std::move(present);
    cursor = std::move(to);
  }
}

CaseMap::Found CaseMap::Town::find(const Query& query) {
  const std::shared_lock lock{mutex};
  // What the one who asks may see of each owner's cases, by the same rules as everywhere.
  struct Seen {
    bool exact = false, named = false;
    std::optional<OwnerKind> kind;
  };
  std::vector<Seen> owners(names.size());
  CaseRow row;
  for (std::size_t n = 0; n < names.size(); ++n) {
    row.owner_id = names[n];
    const CaseView view = view_for(query.viewer, row);
    owners[n].exact = view.exact_place;
    owners[n].named = shows_owner(row, *settings, view);
    if (const auto at = settings->owners.find(names[n]); at != settings->owners.end()) owners[n].kind = at->second.kind;
  }
  std::optional<std::uint32_t> wanted_owner;
  if (query.owner_id) {
    const auto at = numbers.find(*query.owner_id);
    if (at == numbers.end() || at->second == 0 || !owners[at->second].named) return {};
    wanted_owner = at->second;
  }
  const std::vector<CaseState> states = query.states.empty() ? std::vector{CaseState::unassigned, CaseState::assigned} : query.states;
  const WorldArea area{query.area};

  struct Match {
    const Placed* placed;
    WorldPoint point;
    bool rounded;
    std::optional<ClockState> clock;
  };
  std::vector<Match> matches;
  for (const Placed& one : cases) {
    if (wanted_owner && one.owner != *wanted_owner) continue;
    const bool rounded = !owners[one.owner].exact && hides_place(one.category, owners[one.whose].kind);
    if (rounded && !one.has_coarse) continue;
    const WorldPoint point = rounded ? one.coarse : one.exact;
    if (!area.holds(point) || std::ranges::find(states, one.state) == states.end()) continue;
    row.state = one.state;
    row.due_at = one.due_at;
    row.warn_at = one.warn_at;
    row.held_from = one.held_from;
    row.held_until = one.held_until;
    const auto clock = clock_of(row, query.now);
    if (query.clock && clock != query.clock) continue;
    matches.push_back({&one, point, rounded, clock});
  }

  Found found;
  found.total = std::ssize(matches);
  const auto single = [](const Match& match) {
    Spot spot;
    spot.point = from_world(match.point);
    spot.id = match.placed->id;
    spot.rounded = match.rounded;
    spot.state = match.placed->state;
    spot.clock = match.clock;
    return spot;
  };
  if (matches.size() <= kMostSingle) {
    for (const Match& match : matches) found.spots.push_back(single(match));
    return found;
  }

  int shift = std::clamp(32 - 8 - query.zoom + kCellBits, 0, 31);
  const auto cells_over = [&](std::uint32_t from, std::uint32_t to) { return std::uint64_t{(to >> shift) - (from >> shift)} + 1; };
  while (shift < 31 && cells_over(area.west, area.east) * cells_over(area.north, area.south) > kMostCells) ++shift;
  struct Cell {
    const Match* first;
    std::int64_t count = 0;
    std::uint64_t x = 0, y = 0;
    WorldPoint north_west, south_east;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Cell> cells;
  for (const Match& match : matches) {
    const auto [at, is_new] = cells.try_emplace({match.point.x >> shift, match.point.y >> shift}, Cell{&match, 0, 0, 0, match.point, match.point});
    Cell& cell = at->second;
    ++cell.count;
    cell.x += match.point.x;
    cell.y += match.point.y;
    cell.north_west = {std::min(cell.north_west.x, match.point.x), std::min(cell.north_west.y, match.point.y)};
    cell.south_east = {std::max(cell.south_east.x, match.point.x), std::max(cell.south_east.y, match.point.y)};
  }
  for (const auto& [at, cell] : cells) {
    if (cell.count == 1) {
      found.spots.push_back(single(*cell.first));
      continue;
    }
    Spot spot;
    spot.count = cell.count;
    const auto count = static_cast<std::uint64_t>(cell.count);
    spot.point = from_world({static_cast<std::uint32_t>(cell.x / count), static_cast<std::uint32_t>(cell.y / count)});
    const Point north_west = from_world(cell.north_west), south_east = from_world(cell.south_east);
    spot.bounds = {south_east.lat, north_west.lon, north_west.lat, south_east.lon};
    found.spots.push_back(spot);
  }
  return found;
}

CaseMap::CaseMap(Store& store) : store_(store) {}

CaseMap::~CaseMap() = default;

std::shared_ptr<CaseMap::Town> CaseMap::town(MunicipalityId municipality) {
  const std::lock_guard lock{mutex_};
  auto& its = towns_[municipality];
  if (!its) its = std::make_shared<Town>(municipality);
  return its;
}

CaseMap::Found CaseMap::find(MunicipalityId municipality, const Query& query) {
  const auto its = town(municipality);
  // Whoever comes while another brings it up to date takes it as it is, unless there is nothing yet.
  if (std::unique_lock lock{its->renewing, std::try_to_lock}; lock.owns_lock()) {
    its->loaded ? its->renew(store_) : its->load(store_);
  } else if (bool loaded = [&] { const std::shared_lock reading{its->mutex}; return its->loaded; }(); !loaded) {
    const std::lock_guard waiting{its->renewing};
    if (!its->loaded) its->load(store_);
  }
  return its->find(query);
}

void CaseMap::load() {
  std::vector<Municipality> all;
  store_.read([&](Transaction& transaction) { all = transaction.municipalities().list(); });
  for (const Municipality& one : all) {
    const auto its = town(one.id);
    const std::lock_guard lock{its->renewing};
    its->load(store_);
  }
}

std::size_t CaseMap::bytes() {
  const std::lock_guard lock{mutex_};
  std::size_t sum = 0;
  for (const auto& [municipality, its] : towns_) {
    const std::shared_lock reading{its->mutex};
    sum += its->cases.capacity() * sizeof(Placed);
  }
  return sum;
}

}  // namespace klotterkoll
