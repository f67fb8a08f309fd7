#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "domain/land.h"
#include "domain/store.h"
#include "store/connection.h"
#include "store/photo_store.h"

namespace klotterkoll {

/// How a store is opened.
struct StoreOptions {
  std::string url;                ///< "sqlite:FILE" or "postgresql://USER@HOST/DATABASE"
  std::size_t commit_batch = 64;  ///< most writes that share one commit
  std::size_t readers = 0;        ///< connections that read at once; 0: 2 on SQLite, 6 on PostgreSQL
  std::size_t writers = 1;        ///< connections that write at once; SQLite has one whatever is asked for
  std::shared_ptr<SpotIndexes> spots = {};  ///< what lies around a point; none: nothing does
};

/// Opens the store behind a URL, which `migrate` has made.
/// Throws Error{unavailable} with one sentence: an unknown kind of URL, a file that cannot be opened, a server that cannot
/// be reached or does not let us in, a schema that is older ("run klotterkoll migrate") or newer than this binary.
std::unique_ptr<Store> open_store(const StoreOptions& options);

/// A connection for maintenance to the database behind a URL, which must be there.
std::unique_ptr<Connection> connect(const std::string& url);

/// Brings the schema up to date, creating a SQLite database if there is none; returns the names of the migrations that ran.
/// `ids` gives the secret of the installation's references, `now` is noted with each migration.
std::vector<std::string> migrate(const std::string& url, IdSource& ids, Instant now);

/// Copies a SQLite database into a new file while it is in use, and its photos into the folder beside that. A photo that is
/// erased meanwhile is missing. Throws Error{refused} when the file or its folder exists, and for PostgreSQL, which has
/// tools of its own.
CopiedPhotos backup(const std::string& url, const std::string& file, Instant now);

}  // namespace klotterkoll
