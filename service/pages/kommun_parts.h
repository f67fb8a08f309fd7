#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "domain/case.h"
#include "pages/case_parts.h"
#include "pages/visit.h"

namespace klotterkoll {

// What the pages of the kommun's officers share.

inline constexpr Roles kOfficers{Role::municipality};
/// Where an officer looks at a case.
inline const std::string kKommunCases = "/kommun/arenden/";
/// Most characters of a note; one more than a text field lets through is a fault (closing_form.h).
inline constexpr std::size_t kLongestNote = 2000;

struct Choice {
  std::string code, name;
};
std::vector<Choice> choices_of(const Words& words, std::string_view kind, std::span<const std::string_view> codes);
/// All owners, the suggested one first, then public bodies before companies and private persons, by name.
std::vector<Choice> owner_choices(const Settings& settings, const std::string& suggested = "");
std::string owner_name(const Settings& settings, const std::string& owner_id);

/// One form as data for the template part "kommun_form": a box that opens, with its fields. What was typed into this very form
/// before comes back, with what was wrong with it.
class FormPart {
 public:
  /// `slug` is the last part of the address that the form is sent to, and begins the ids of its fields. `sent` is what was typed
  /// into it, null when nothing was.
  FormPart(const Words& words, std::string slug, const std::string& heading, const std::string& button, const Form* sent);

  FormPart& intro(const std::string& text);
  FormPart& hidden(const std::string& name, const std::string& value);
  /// `id` where it is not the slug and the name: as faults of that field name it.
  FormPart& input(const char* type, const std::string& name, const std::string& label, const std::string& beginning = "", const std::string& id = "");
  FormPart& area(const std::string& name, const std::string& label, const std::string& beginning = "", const std::string& id = "");
  /// With `none` nothing may be chosen too, which is called that.
  FormPart& select(const std::string& name, const std::string& label, const std::vector<Choice>& options, const std::string& beginning = "",
                   const std::string& none = "", const std::string& id = "");
  FormPart& check(const std::string& name, const std::string& label);
  FormPart& files(const std::string& label);
  /// Of the last field.
  FormPart& hint(const std::string& text);
  FormPart& required();
  FormPart& at_most(const char* attribute, const std::string& value);
  /// A second button, which sends `name` as `value`.
  FormPart& also(const std::string& name, const std::string& value, const std::string& text);
  FormPart& open_always();
  TemplateData data(const std::string& action) const;

 private:
  struct Field {
    std::string kind, type, name, id, label, hint, value, minimum, maximum, none;
    bool is_required = false;
    std::vector<Choice> options;
  };
  Field& add(const char* kind, const std::string& name, const std::string& label, const std::string& beginning, const std::string& id);
  const Words& words_;
  std::string slug_, heading_, button_, intro_;
  const Form* sent_;
  bool open_always_ = false;
  std::vector<std::pair<std::string, std::string>> hidden_;
  std::vector<std::array<std::string, 3>> also_;
  std::vector<Field> fields_;
};

/// What is wrong with a form in words, with the last day of a pause where the sentence names it.
std::string sentence_of(const Form::Fault& fault, const Words& words);
/// A note as the API takes it; a fault at `field` when it is too long or holds what is no text.
std::string note_in(Form& form, const std::string& name, const std::string& field);

/// The frame of a page of the kommun's section, with its style.
PageFrame kommun_frame(const Visit& visit, std::string title, bool wide = false);
/// Adds what draws a map, when the bundle has it.
void draw_map(PageFrame& frame);
/// A place for a map with one point; nothing without a point.
std::optional<TemplateData> map_part(const Visit& visit, const CaseRow& row);

/// How the owner of a case was sought, a line for each step: {step, looked_at, result}.
TemplateData trace_part(const std::string& trace, const Words& words, const Settings& settings);
/// Whose it may be: whom the last owner named when it gave the case back, else what the register says today. `trace` of that.
struct SuggestedOwner {
  std::string owner_id, trace;
  bool by_owner = false;  ///< the one who gave it back named it
};
SuggestedOwner suggest_owner(Transaction& transaction, const Settings& settings, const CaseRow& row, const std::vector<EventTable::Noted>& history);

/// Cases within metres of this one, open or removed since two weeks before it came, without itself; nearest first, 10 at most.
struct NearCase {
  CaseRow row;
  double away_m = 0;
};
std::vector<NearCase> cases_near(Transaction& transaction, const Settings& settings, const CaseRow& row);
/// As data: a card with `away` ("12 m").
TemplateData near_part(Transaction& transaction, const Visit& visit, const Settings& settings, const std::vector<NearCase>& near);

/// A merge was refused because there is no case to merge into.
bool names_no_target(const Error& error);
/// A text that is a whole number and nothing else.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace klotterkoll
