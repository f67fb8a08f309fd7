#pragma once

#include <string>

#include "domain/mail_content.h"
#include "workflow/telling.h"

namespace klotterkoll {

/// How telling is done in service: the parts of the workflow, with the words of `writer` and the calls of webhook_json.
/// `store`, `writer` and `ids` must outlive it.
Teller make_teller(const Store& store, const MailWriter& writer, IdSource& ids, std::string public_url, std::string mail_domain);

}  // namespace klotterkoll
