#pragma once

#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "store/connection.h"

namespace klotterkoll {

/// Applies the migrations that have not run yet, in order, in one transaction with the notes that they ran; returns their
/// names. What they cannot say in SQL is done in it too. At the first one the secret of the installation's references is made from `ids`.
/// Throws Error{unavailable} when the schema is newer than this binary.
std::vector<std::string> apply_migrations(Connection& connection, IdSource& ids, Instant now);

/// Throws Error{unavailable} with a sentence unless the schema is exactly the one that this binary knows.
void require_current_schema(Connection& connection);

/// The secret made at the first migration.
ReferenceCipher::Secret read_reference_secret(Connection& connection);

}  // namespace klotterkoll
