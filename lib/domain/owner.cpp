#include "domain/owner.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "domain/mail_address.h"
#include "domain/mail_times.h"

namespace klotterkoll {
namespace {

bool is_code(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void throw_if_any(std::vector<Fault> faults) {
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

void check_text(const std::string& text, const std::string& pointer, std::vector<Fault>& faults) {
  if (!is_clean_text(text)) faults.push_back({pointer, kUncleanText});
}

void check_texts(const std::vector<std::string>& texts, const std::string& pointer, std::vector<Fault>& faults) {
  for (std::size_t i = 0; i < texts.size(); ++i) check_text(texts[i], pointer + std::to_string(i), faults);
}

void check_mail_address(const std::string& address, const std::string& pointer, std::vector<Fault>& faults) {
  check_text(address, pointer, faults);
  if (is_clean_text(address) && !address.empty() && !is_mail_address(address))
    faults.push_back({pointer, "\"" + address + "\" is no mail address; write one such as drift@hfab.se."});
}

bool is_host_name(std::string_view host) {
  return host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

const Policy& policy_on(const Policies& policies, LocalDate day) {
  const Policy* in_force = &policies.front();
  for (const Policy& policy : policies)
    if (policy.effective_from <= day) in_force = &policy;
  return *in_force;
}

const Policy& policy_of_version(const Policies& policies, int version) {
  const auto at = std::ranges::find(policies, version, &Policy::version);
  if (at == policies.end()) throw Error{ErrorCode::internal, "policy version " + std::to_string(version) + " is not there"};
  return *at;
}

void validate(const Municipality& municipality) {
  std::vector<Fault> faults;
  if (!is_code(municipality.code, 32))
    faults.push_back({"/code", "A code is 1 to 32 of a-z, 0-9 and \"-\"; Swedish municipalities use their SCB code, such as 1267."});
  if (municipality.name.empty()) faults.push_back({"/name", "A municipality has a name, such as Höör."});
  check_text(municipality.name, "/name", faults);
  if (!is_host_name(municipality.host))
    faults.push_back({"/host", "A host is a name in lower case such as klotter.hoor.se, without https:// and path."});
  if (const auto& area = municipality.area;
      area && !(area->south < area->north && area->west < area->east && area->south >= -90 && area->north <= 90 &&
                area->west >= -180 && area->east <= 180))
    faults.push_back({"/area", "An area has south below north and west below east, in degrees."});
  try {
    TimeZone{municipality.time_zone};
  } catch (const Error& error) {
    faults.push_back({"/time_zone", error.what()});
  }
  throw_if_any(std::move(faults));
}

Policy first_policy(const Municipality& municipality, CountingMode mode, std::optional<int> amount) {
  validate(municipality);
  Policy policy;
  policy.limit = limit_in(mode, amount);
  policy.time_zone = municipality.time_zone;
  policy.calendar = municipality.calendar;
  validate(policy);
  return policy;
}

void validate(const Owner& owner) {
  std::vector<Fault> faults;
  if (!is_code(owner.owner_id, 64))
    faults.push_back({"/owner_id", "An owner's id is 1 to 64 of a-z, 0-9 and \"-\", such as hfab."});
  if (owner.name.empty()) faults.push_back({"/name", "An owner has a name, such as Höörs Fastighets AB."});
  check_text(owner.name, "/name", faults);
  check_mail_address(owner.email, "/email", faults);
  check_mail_address(owner.second_email, "/second_email", faults);
  check(owner.mail, "/mail", faults);
  check_text(owner.phone, "/phone", faults);
  check_texts(owner.address_prefixes, "/address_prefixes/", faults);
  check_texts(owner.designations, "/designations/", faults);
  throw_if_any(std::move(faults));
}

}  // namespace klotterkoll
