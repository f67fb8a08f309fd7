#include "domain/photo.h"

#include "store/sql_transaction.h"

namespace klotterkoll {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, role, case_id, report_id, width, height, bytes, perceptual_hash, captured_at, lat, lon, by_role, by_key_id, "
    "created_at, released, erased_at, confirmation_id FROM photos WHERE municipality_id = $1 ";

Photo read_photo(const Row& row) {
  Photo photo;
  photo.id = row.key<PhotoId>(0);
  photo.role = row.code<PhotoRole>(1);
  photo.case_id = row.key<CaseId>(2);
  photo.report_id = row.key<ReportId>(3);
  photo.width = static_cast<int>(row.integer(4));
  photo.height = static_cast<int>(row.integer(5));
  photo.bytes = row.integer(6);
  photo.perceptual_hash = row.integer(7);
  photo.captured_at = row.instant_or_none(8);
  if (!row.is_null(9)) photo.location = Point{row.real(9), row.real(10)};
  photo.by_role = row.code<Role>(11);
  photo.by_key_id = row.integer(12);
  photo.created_at = row.instant(13);
  photo.released = row.flag(14);
  photo.erased_at = row.instant_or_none(15);
  photo.confirmation_id = row.key<QueueId>(16);
  return photo;
}

template <typename KeyType>
std::optional<KeyType> if_any(KeyType key) {
  return key ? std::optional{key} : std::nullopt;
}

class SqlPhoto final : public PhotoTable {
 public:
  explicit SqlPhoto(SqlContext& context) : connection_(context.connection) {}

  void add(const Photo& photo) override {
    const auto& point = photo.location;
    connection_.execute(
        "INSERT INTO photos (municipality_id, id, role, case_id, report_id, width, height, bytes, perceptual_hash, captured_at, lat, "
        "lon, by_role, by_key_id, created_at, released, erased_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        photo.id.municipality(), photo.id, photo.role, if_any(photo.case_id), if_any(photo.report_id), photo.width, photo.height,
        photo.bytes, photo.perceptual_hash, photo.captured_at, point ? std::optional{point->lat} : std::nullopt,
        point ? std::optional{point->lon} : std::nullopt, photo.by_role, photo.by_key_id, photo.created_at, photo.released, photo.erased_at);
    for (std::size_t i = 0; i < kRenditions; ++i)
      if (!photo.digests[i].empty())
        connection_.execute("INSERT INTO photo_renditions (municipality_id, photo_id, rendition, digest) VALUES ($1, $2, $3, $4)",
                            photo.id.municipality(), photo.id, static_cast<Rendition>(i), photo.digests[i]);
  }

  std::optional<Photo> find(PhotoId id) override {
    static const std::string sql = std::string{kColumns} + "AND id = $2";
    return with_digests(connection_.find(sql, read_photo, id.municipality(), id));
  }

  std::optional<Photo> find_to_change(PhotoId id) override {
    static const std::string sql = std::string{kColumns} + "AND id = $2 {{for_update}}";
    return with_digests(connection_.find(sql, read_photo, id.municipality(), id));
  }

  std::vector<Photo> of_case(CaseId id) override {
    static const std::string sql = std::string{kColumns} + "AND case_id = $2 AND erased_at IS NULL ORDER BY created_at, id";
    return connection_.all(sql, read_photo, id.municipality(), id);
  }

  void update(const Photo& photo) override {
    const MunicipalityId municipality = photo.id.municipality();
    connection_.execute("UPDATE photos SET role = $3, case_id = $4, report_id = $5, released = $6, erased_at = $7, confirmation_id = $8 "
                        "WHERE municipality_id = $1 AND id = $2",
                        municipality, photo.id, photo.role, if_any(photo.case_id), if_any(photo.report_id), photo.released, photo.erased_at,
                        if_any(photo.confirmation_id));
    if (!photo.erased_at) return;
    connection_.execute("UPDATE photos SET perceptual_hash = 0, captured_at = NULL, lat = NULL, lon = NULL "
                        "WHERE municipality_id = $1 AND id = $2", municipality, photo.id);
    forget_renditions(photo.id);
  }

  std::vector<Photo> shared_with(CaseId id) override {
    static const std::string sql = std::string{kColumns} +
        "AND erased_at IS NULL AND case_id IN (SELECT r.case_id FROM shared_reports s JOIN reports r ON r.municipality_id = s.municipality_id "
        "AND r.id = s.report_id WHERE s.municipality_id = $1 AND s.case_id = $2) AND report_id IN (SELECT report_id FROM shared_reports "
        "WHERE municipality_id = $1 AND case_id = $2) ORDER BY created_at, id";
    return connection_.all(sql, read_photo, id.municipality(), id);
  }

  std::vector<CaseId> sharing(MunicipalityId municipality, ReportId report) override {
    return connection_.all("SELECT case_id FROM shared_reports WHERE municipality_id = $1 AND report_id = $2 ORDER BY case_id",
                           [](const Row& row) { return row.key<CaseId>(0); }, municipality, report);
  }

  std::vector<Photo> of_confirmation(QueueId id) override {
    static const std::string sql = std::string{kColumns} + "AND confirmation_id = $2 AND erased_at IS NULL ORDER BY created_at, id";
    return connection_.all(sql, read_photo, id.municipality(), id);
  }

  std::vector<PhotoId> unattached_before(MunicipalityId municipality, Instant before, std::int64_t most) override {
    return connection_.all("SELECT id FROM photos WHERE municipality_id = $1 AND case_id IS NULL AND confirmation_id IS NULL AND created_at < $2 "
                           "ORDER BY created_at, id LIMIT $3",
                           [](const Row& row) { return row.key<PhotoId>(0); }, municipality, before, most);
  }

  void remove(PhotoId id) override {
    forget_renditions(id);
    connection_.execute("DELETE FROM photos WHERE municipality_id = $1 AND id = $2 AND case_id IS NULL AND confirmation_id IS NULL", id.municipality(), id);
  }

  bool names(MunicipalityId municipality, const std::string& photo_digest) override {
    return connection_.find("SELECT 1 FROM photo_renditions WHERE municipality_id = $1 AND digest = $2 LIMIT 1",
                            [](const Row&) { return true; }, municipality, photo_digest).value_or(false);
  }

 private:
  std::optional<Photo> with_digests(std::optional<Photo> photo) {
    if (photo)
      connection_.query("SELECT rendition, digest FROM photo_renditions WHERE municipality_id = $1 AND photo_id = $2",
                        [&](const Row& row) { photo->digests[static_cast<std::size_t>(row.code<Rendition>(0))] = row.text(1); },
                        photo->id.municipality(), photo->id);
    return photo;
  }

  void forget_renditions(PhotoId id) {
    connection_.execute("DELETE FROM photo_renditions WHERE municipality_id = $1 AND photo_id = $2", id.municipality(), id);
  }

  Connection& connection_;
};

}  // namespace

std::unique_ptr<PhotoTable> make_photo_table(SqlContext& context) { return std::make_unique<SqlPhoto>(context); }

}  // namespace klotterkoll
