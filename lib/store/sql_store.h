#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "domain/store.h"

namespace klotterkoll {

/// How a store is opened.
struct StoreOptions {
  std::string url;                ///< "sqlite:FILE"
  std::size_t commit_batch = 64;  ///< most writes that share one commit
  std::size_t readers = 2;        ///< connections that read at once
};

/// Opens the store behind a URL, which `migrate` has made.
/// Throws Error{unavailable} with one sentence: an unknown kind of URL, a file that cannot be opened, a schema that is
/// older ("run klotterkoll migrate") or newer than this binary.
std::unique_ptr<Store> open_store(const StoreOptions& options);

/// Brings the schema up to date, creating the database if there is none; returns the names of the migrations that ran.
/// `ids` gives the secret of the installation's references, `now` is noted with each migration.
std::vector<std::string> migrate(const std::string& url, IdSource& ids, Instant now);

/// Copies the database into a new file while it is in use. Throws Error{refused} when the file exists.
void backup(const std::string& url, const std::string& file);

}  // namespace klotterkoll
