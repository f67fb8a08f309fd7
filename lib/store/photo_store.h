#pragma once

#include <memory>
#include <string>

#include "domain/photo.h"

namespace klotterkoll {

/// The bytes of photos that belong to the database behind a URL: files in FILE-photos beside a SQLite database FILE, rows
/// in a PostgreSQL one. Nothing is made before the first photo is put. Throws Error{unavailable} for an unknown kind of URL.
std::unique_ptr<PhotoStore> open_photo_store(const std::string& url);

/// The folder beside a SQLite file.
std::string photo_folder_of(const std::string& sqlite_file);
std::unique_ptr<PhotoStore> open_photo_files(const std::string& folder);

std::unique_ptr<PhotoStore> open_photo_rows(const std::string& postgres_url);

/// What was copied from one photo store to another, of all that the rows of a database name. `missing`: named, but not
/// in the source.
struct CopiedPhotos {
  std::int64_t files = 0, bytes = 0, missing = 0;
};
class Connection;
CopiedPhotos copy_photos(Connection& named_by, PhotoStore& from, PhotoStore& to, Instant now);

}  // namespace klotterkoll
