#include "domain/webhook.h"

#include <algorithm>

#include "base/error.h"
#include "domain/follower.h"

namespace klotterkoll {

std::string webhook_type(EventType type) {
  std::string name{to_code(type)};
  if (const auto at = name.find('_'); at != name.npos) name[at] = '.';
  return name;
}

void validate_types(const std::vector<std::string>& types) {
  static const auto known = [] {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < names_of(EventType{}).size(); ++i) all.push_back(webhook_type(static_cast<EventType>(i)));
    return all;
  }();
  std::vector<Fault> faults;
  for (auto at = types.begin(); at != types.end(); ++at) {
    const std::string pointer = "/types/" + std::to_string(at - types.begin());
    if (std::ranges::find(known, *at) == known.end())
      faults.push_back({pointer, "\"" + *at + "\" is no type; the types are those of events with a dot for the first underscore, such as case.due_soon."});
    else if (std::find(types.begin(), at, *at) != at)
      faults.push_back({pointer, "\"" + *at + "\" is named twice."});
  }
  if (!faults.empty()) throw Error{ErrorCode::refused, std::move(faults)};
}

std::vector<std::string> secrets_of(const Webhook& webhook, Instant now) {
  std::vector<std::string> secrets{webhook.secret};
  if (webhook.former_until && now < *webhook.former_until) secrets.push_back(webhook.former_secret);
  return secrets;
}

void change_secret(Webhook& webhook, std::string secret, Instant now) {
  webhook.former_secret = std::move(webhook.secret);
  webhook.former_until = now + kFormerSecretSigns;
  webhook.secret = std::move(secret);
}

void disable(Webhook& webhook, const std::string& reason, Instant now) {
  if (webhook.disabled_at) return;
  webhook.disabled_at = now;
  webhook.disabled_reason = reason;
}

void enable(Webhook& webhook) {
  webhook.disabled_at.reset();
  webhook.disabled_reason.clear();
}

Actor subscriber_of(const Webhook& webhook) {
  return webhook.owner_id.empty() ? Actor{Role::municipality, 0, ""} : Actor{Role::owner, 0, webhook.owner_id};
}

bool wants(const Webhook& webhook, const Event& event) {
  if (webhook.disabled_at || event.data.imported || event.recorded_at < webhook.created_at) return false;
  if (!webhook.types.empty() && std::ranges::find(webhook.types, webhook_type(event.type)) == webhook.types.end()) return false;
  return follows(subscriber_of(webhook), event);
}

}  // namespace klotterkoll
