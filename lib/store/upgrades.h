#pragma once

#include "store/connection.h"

namespace klotterkoll {

/// What migrations cannot say in SQL, for a database that held data at schema `from`: to be called once, in the transaction
/// of the migrations and after the last of them, since it reads the tables as they are now.
void complete_upgrade(Connection& connection, int from);

}  // namespace klotterkoll
