#pragma once

#include <memory>
#include <string>
#include <vector>

#include "json/case_json.h"
#include "pages/kommun_parts.h"

namespace klotterkoll {

/// A case with everything that an officer sees of it.
struct KommunCase {
  std::shared_ptr<const Settings> settings;
  CaseRow row;
  Case whole;
  CaseExtras extras;
  std::vector<Report> reports;
  std::vector<EventTable::Noted> history;
};
/// Error{not_found} for a case of another municipality.
KommunCase load_kommun_case(Transaction& transaction, const Visit& visit, CaseId id);

/// What was typed into one of the forms of the page and could not be done.
struct SentForm {
  std::string slug;
  const Form* form = nullptr;
  const Form* of(const std::string& wanted) const { return wanted == slug ? form : nullptr; }
};

/// The forms for all that may be done with the case now, each {…} for the template part "kommun_form".
TemplateData case_forms(Transaction& transaction, const Visit& visit, const KommunCase& shown, const SentForm& sent, const std::vector<NearCase>& near);
/// The forms of the pauses: {hold, forms}.
TemplateData hold_parts(const Visit& visit, const KommunCase& shown, const SentForm& sent);
/// The history in words, oldest first: {when, who, text, note, internal}.
TemplateData history_part(Transaction& transaction, const Visit& visit, const KommunCase& shown);

/// Answers with the page of the case; with what could not be done, when something was sent.
void show_kommun_case(Visit& visit, const SentForm& sent);

}  // namespace klotterkoll
