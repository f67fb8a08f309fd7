#include "notify/bounce.h"

#include <algorithm>
#include <map>
#include <memory>

#include "base/text.h"
#include "notify/gmime_library.h"
#include "notify/quoted.h"

namespace klotterkoll {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
/// Parsers walk nested parts recursively; a report has a handful of them.
constexpr std::size_t kMaxContainers = 64;
constexpr int kMaxParts = 100;

using Fields = std::map<std::string, std::string>;

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + word.size())) ++found;
  return found;
}

/// Groups of "Name: value", each ended by an empty line; a line that begins with white space goes on with the one before.
std::vector<Fields> groups_of(const std::string& content) {
  std::vector<Fields> groups(1);
  std::string* value = nullptr;
  const std::string text = normalise_newlines(content);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view{text}.substr(begin, end - begin);
    begin = end + 1;
    if (trimmed(line).empty()) {
      if (!groups.back().empty()) groups.emplace_back();
      value = nullptr;
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (value != nullptr) *value += " " + trimmed(line);
    } else if (const auto colon = line.find(':'); colon != line.npos) {
      value = &groups.back().try_emplace(lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1))).first->second;
    }
  }
  if (groups.back().empty()) groups.pop_back();
  return groups;
}

std::string field(const Fields& fields, const char* name) {
  const auto at = fields.find(name);
  return at == fields.end() ? "" : at->second;
}

/// "rfc822; nobody@hfab.se" without what kind it is.
std::string after_type(const std::string& value) {
  const auto semicolon = value.find(';');
  return trimmed(semicolon == value.npos ? value : value.substr(semicolon + 1));
}

/// What stands between the first < and >.
std::string identification(const std::string& value) {
  const auto begin = value.find('<'), end = value.find('>', begin == value.npos ? 0 : begin);
  return begin == value.npos || end == value.npos ? "" : value.substr(begin + 1, end - begin - 1);
}

/// "5.1.1", or nothing: "5.1.1 (unknown)" has more.
std::string status_of(const std::string& value) {
  const std::string status = value.substr(0, value.find_first_not_of("0123456789."));
  const bool whole = count(status, ".") == 2 && status.size() <= 9 && (status[0] == '2' || status[0] == '4' || status[0] == '5') && status[1] == '.';
  return whole ? status : "";
}

/// The decoded bytes of a leaf.
std::string content_of(GMimeObject* part) {
  if (!GMIME_IS_PART(part)) return "";
  GMimeDataWrapper* content = g_mime_part_get_content(GMIME_PART(part));
  if (content == nullptr) return "";
  const Gmime<GMimeStream> stream{g_mime_stream_mem_new()};
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

bool is_type(GMimeObject* part, const char* type, const char* subtype) {
  GMimeContentType* found = g_mime_object_get_content_type(part);
  return found != nullptr && g_mime_content_type_is_type(found, type, subtype);
}

/// "<drift@xn--hr-fkaa.se>" without the brackets, and, where the domain is written in another way for mail, with "höör.se" too.
void add_addresses(std::vector<std::string>& addresses, std::string written) {
  if (written.starts_with('<') && written.ends_with('>')) written = written.substr(1, written.size() - 2);
  const auto at = written.rfind('@');
  if (at == written.npos || written.size() > 254 || !is_clean_text(written)) return;
  addresses.push_back(written);
  const std::unique_ptr<char, decltype(&g_free)> domain{g_hostname_to_unicode(written.c_str() + at + 1), &g_free};
  if (domain && written.substr(at + 1) != domain.get()) addresses.push_back(written.substr(0, at + 1) + domain.get());
}

/// The first recipient that failed, else the first. The first group tells of the whole mail.
std::optional<DeliveryReport> recipient_in(const std::string& content) {
  std::optional<DeliveryReport> found;
  for (const Fields& group : groups_of(content)) {
    const auto action = code_from<DeliveryReport::Action>(lower(field(group, "action")));
    const std::string recipient = after_type(field(group, group.contains("final-recipient") ? "final-recipient" : "original-recipient"));
    if (!action || recipient.empty() || (found && (found->action == DeliveryReport::Action::failed || *action != DeliveryReport::Action::failed)))
      continue;
    found = DeliveryReport{.action = *action,
                           .message_id = "",
                           .recipient = quoted(recipient),
                           .addresses = {},
                           .status = status_of(field(group, "status")),
                           .diagnostic = quoted(after_type(field(group, "diagnostic-code")))};
    for (const char* name : {"final-recipient", "original-recipient"}) add_addresses(found->addresses, after_type(field(group, name)));
  }
  return found;
}

/// The Message-ID of the mail that was sent back, whole or its head.
std::string message_id_in(GMimeObject* part) {
  if (GMIME_IS_MESSAGE_PART(part)) {
    GMimeMessage* message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    const char* id = message != nullptr ? g_mime_message_get_message_id(message) : nullptr;
    return id != nullptr ? id : "";
  }
  if (is_type(part, "text", "rfc822-headers") || is_type(part, "message", "global-headers") || is_type(part, "message", "rfc822") ||
      is_type(part, "message", "global"))
    if (const auto groups = groups_of(content_of(part)); !groups.empty()) return identification(field(groups.front(), "message-id"));
  return "";
}

std::string header_of(GMimeMessage* message, const char* name) {
  const char* value = g_mime_object_get_header(GMIME_OBJECT(message), name);
  return value != nullptr ? value : "";
}

}  // namespace

std::optional<DeliveryReport> read_delivery_report(std::string_view mail) {
  if (mail.size() > kMaxBytes) return std::nullopt;
  const std::string searched = lower(mail);
  if (count(searched, "multipart/") + count(searched, "message/") > kMaxContainers) return std::nullopt;
  start_gmime();
  const Gmime<GMimeStream> stream{g_mime_stream_mem_new_with_buffer(mail.data(), mail.size())};
  const Gmime<GMimeParser> parser{g_mime_parser_new_with_stream(stream.get())};
  const Gmime<GMimeMessage> message{g_mime_parser_construct_message(parser.get(), nullptr)};
  if (!message) return std::nullopt;
  GMimeObject* root = g_mime_message_get_mime_part(message.get());
  if (root == nullptr || !GMIME_IS_MULTIPART(root) || !is_type(root, "multipart", "report")) return std::nullopt;

  std::optional<DeliveryReport> report;
  std::string message_id;
  const int parts = std::min(g_mime_multipart_get_count(GMIME_MULTIPART(root)), kMaxParts);
  for (int i = 0; i < parts; ++i) {
    GMimeObject* part = g_mime_multipart_get_part(GMIME_MULTIPART(root), i);
    if (!report && (is_type(part, "message", "delivery-status") || is_type(part, "message", "global-delivery-status")))
      report = recipient_in(content_of(part));
    if (message_id.empty()) message_id = message_id_in(part);
  }
  if (!report) return std::nullopt;
  // Some servers send nothing back, but answer to the mail as a reader would.
  if (message_id.empty()) message_id = identification(header_of(message.get(), "In-Reply-To"));
  if (message_id.size() <= 250 && is_clean_text(message_id)) report->message_id = message_id;
  return report;
}

}  // namespace klotterkoll
