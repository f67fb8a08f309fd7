#pragma once

#include <string>
#include <vector>

#include "domain/notice.h"
#include "domain/store.h"

namespace klotterkoll {

/// Who is written to, in words that an officer may read: the owner's or the officer's name, the host of a webhook. Empty for
/// somebody who reported, and for what is not there any more.
std::string addressee(Transaction& transaction, const Settings& settings, const Destination& destination);

/// The cases that a message tells of, each once.
std::vector<CaseId> cases_of(Transaction& transaction, const Message& message);

}  // namespace klotterkoll
