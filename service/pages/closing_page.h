#pragma once

#include "pages/closing_form.h"
#include "pages/template.h"
#include "workflow/closing_links.h"

#include "json/photo_json.h"

namespace klotterkoll {

/// All that the page of a closing link is made of, loaded at once.
struct ClosingPage {
  std::shared_ptr<const Settings> settings;
  OpenedLink opened;
  Language language = Language::sv;  ///< that the owner prefers
  std::string owner_name;
  std::vector<std::string> descriptions;  ///< of the reports that the owner may read
  std::vector<std::string> police_references;
  std::vector<ShownPhoto> photos;
  std::string external_reference;
  std::string removal_note;           ///< as it is recorded
  std::optional<Hold> requested_hold;  ///< which the municipality has not decided
};

/// Its page still shows the case.
bool shows_case(const OpenedLink& opened);
/// Fills in what the page is made of, beside `settings` and `opened`.
void load_closing_page(ClosingPage& page, Transaction& transaction);

/// The addresses that the page names, from the root of the host.
struct ClosingAddresses {
  std::string page;   ///< "/atgarda/1267/TOKEN"
  std::string query;  ///< "?lang=en" when it was asked for so
  std::string photos;  ///< where photos lie, with the slash before their ids
  std::string form_token = {};  ///< of an owner who has signed in; empty: the link itself is the secret
};

/// The page's content as HTML, for a link that is good or used.
std::string closing_page_html(const ClosingPage& page, const ClosingForm& form, const ClosingAddresses& addresses, const Words& words,
                              const ReferenceCipher& references, Instant now);

}  // namespace klotterkoll
