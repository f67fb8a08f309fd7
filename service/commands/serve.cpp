#include <algorithm>
#include <charconv>
#include <map>

#include "base/error.h"
#include "commands/commands.h"
#include "notify/tile_fetcher.h"
#include "server.h"

namespace klotterkoll {
namespace {

struct Wanted {
  std::string listen = "127.0.0.1:8080", public_url, proxy_header = "X-Forwarded-For", rate_limit = "600", sweep_every = "30s";
  ServeOptions options;
};

std::optional<int> whole(std::string_view text) {
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

/// "127.0.0.1:8080", "[::1]:8080", "localhost:0".
void read_listen(const std::string& text, ServeOptions& options) {
  const auto colon = text.rfind(':');
  const int port = colon == std::string::npos ? -1 : whole(std::string_view{text}.substr(colon + 1)).value_or(-1);
  std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (port < 0 || port > 65535 || host.empty() || (!bracketed && host.find(':') != std::string::npos))
    refuse_option("--listen", text, "an address and a port, such as 127.0.0.1:8080 or [::1]:8080");
  options.host = host;
  options.port = port;
}

/// "30s", "5m", "1h".
std::chrono::seconds read_duration(const std::string& option, const std::string& text) {
  static const std::map<char, int> units{{'s', 1}, {'m', 60}, {'h', 3600}};
  const auto unit = text.empty() ? units.end() : units.find(text.back());
  const int number = unit == units.end() ? -1 : whole(std::string_view{text}.substr(0, text.size() - 1)).value_or(-1);
  if (number < 0 || number > 86'400) refuse_option(option, text, "a time such as 30s, 5m or 1h");
  return std::chrono::seconds{std::int64_t{number} * unit->second};
}

std::string read_public_url(const std::string& given) {
  if (given.empty()) return "";
  std::string url = given;
  while (url.ends_with('/')) url.pop_back();
  const auto scheme = url.find("://");
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (!http || url.size() <= scheme + 3 || url.find_first_of(" ?#\"'<>") != std::string::npos)
    refuse_option("--public-url", given, "an address such as https://klotter.hoor.se, without ? and #");
  return url;
}

ServeOptions read(const Context& context, const Wanted& wanted) {
  ServeOptions options = wanted.options;
  options.database = context.database;
  read_listen(wanted.listen, options);
  options.public_url = read_public_url(wanted.public_url);
  if (!options.tiles.empty()) require_tile_url(options.tiles);
  options.proxy_headers = wanted.proxy_header == "Forwarded" ? ProxyHeaders::forwarded : ProxyHeaders::x_forwarded;
  options.sweep_every = read_duration("--sweep-every", wanted.sweep_every);
  if (wanted.rate_limit == "off") {
    options.rate_limit.reset();
  } else {
    options.rate_limit = whole(wanted.rate_limit);
    if (!options.rate_limit || *options.rate_limit < 1)
      refuse_option("--rate-limit", wanted.rate_limit, "requests a minute, such as 600, or off");
  }
  return options;
}

}  // namespace

void register_serve_command(CLI::App& app, Context& context) {
  CLI::App* command = add_command(app, context, "serve", "Serve the API and sweep deadlines until stopped");
  const auto wanted = std::make_shared<Wanted>();
  with_environment(command->add_option("--listen", wanted->listen, "Address and port; nginx faces the internet, not this")
                       ->capture_default_str()
                       ->type_name("ADDRESS:PORT"));
  with_environment(command->add_option("--public-url", wanted->public_url, "How the service is reached from outside; goes before what a proxy says")
                       ->type_name("URL")
                       ->default_str("what the proxy says, else http:// and --listen"));
  with_environment(command->add_option("--trusted-proxy", wanted->options.trusted_proxies,
                                       "A proxy whose --proxy-header is believed, such as 127.0.0.1/32; may be repeated")
                       ->allow_extra_args(false)
                       ->delimiter(',')
                       ->type_name("CIDR"));
  with_environment(command->add_option("--proxy-header", wanted->proxy_header,
                                       "What that proxy writes, never passing on the client's: X-Forwarded-For, with -Proto and -Host; or Forwarded")
                       ->check(CLI::IsMember({"X-Forwarded-For", "Forwarded"}))
                       ->capture_default_str());
  with_environment(command->add_option("--webhook-allow", wanted->options.webhook_allow,
                                       "A network of your own that webhooks may call although it is not public, such as 10.0.0.0/8; may be repeated")
                       ->allow_extra_args(false)
                       ->delimiter(',')
                       ->type_name("CIDR"));
  with_environment(command->add_option("--tiles", wanted->options.tiles,
                                       "Address of the base map's tiles, such as https://tiles.example.se/{z}/{x}/{y}.png; fetched by us, so that no browser asks there")
                       ->type_name("URL")
                       ->default_str("no base map"));
  with_environment(command->add_option("--tiles-attribution", wanted->options.tiles_attribution, "Who made the base map, as its licence wants it told on the map")
                       ->type_name("TEXT"));
  with_environment(command->add_option("--tiles-zoom", wanted->options.tiles_zoom, "The closest zoom of which the base map has tiles")
                       ->check(CLI::Range(5, kClosestTile))
                       ->capture_default_str());
  with_environment(command->add_option("--rate-limit", wanted->rate_limit, "Requests a minute of one key or address, or off")
                       ->capture_default_str()
                       ->type_name("NUMBER|off"));
  with_environment(command->add_option("--sweep-every", wanted->sweep_every, "How often deadlines are looked at; 0s: never")
                       ->capture_default_str()
                       ->type_name("TIME"));
  with_environment(command->add_option("--smtp", wanted->options.smtp,
                                       "The mail server that takes our mails: smtp://host:25, smtps://user:password@host; off: they wait")
                       ->capture_default_str()
                       ->type_name("URL|off"));
  with_environment(command->add_option("--mail-from", wanted->options.mail_from, "The address that mails come from, and bounces go to")
                       ->type_name("ADDRESS")
                       ->default_str("klotterkoll@ and the host of --public-url"));
  with_environment(command->add_option("--log-level", wanted->options.log_level, "What is logged; info: each request a line")
                       ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
                       ->capture_default_str());
  with_environment(command->add_option("--commit-batch", wanted->options.commit_batch, "Most writes that share one commit")
                       ->check(CLI::Range(1, 10'000))
                       ->capture_default_str());
  with_environment(command->add_option("--readers", wanted->options.readers, "Database connections that read at once")
                       ->check(CLI::Range(1, 256))
                       ->default_str("2 on SQLite, 6 on PostgreSQL"));
  with_environment(command->add_option("--writers", wanted->options.writers, "Database connections that write at once, on PostgreSQL")
                       ->check(CLI::Range(1, 16))
                       ->capture_default_str());
  command->add_flag("--demo", wanted->options.demo, "Let everybody walk in as each of the users; only for a database that holds nothing but a demonstration");
  command->add_flag("--hurried-delivery", wanted->options.hurried_delivery, "Try again after seconds instead of minutes")->group("");
  command->add_flag("--bench-noop", wanted->options.bench_noop, "Add the empty handlers that scripts/bench measures by")->group("");
  command->footer("The database must be there and up to date: klotterkoll migrate.\n"
                  "Example:\n  klotterkoll serve --database sqlite:/var/lib/klotterkoll/klotterkoll.db --public-url https://klotter.hoor.se\n"
                  "Or in a TOML file given with --config:\n  database = \"sqlite:/var/lib/klotterkoll/klotterkoll.db\"\n"
                  "  [serve]\n  public-url = \"https://klotter.hoor.se\"");
  command->callback([&context, wanted] { context.run = [&context, wanted] { return serve(read(context, *wanted)); }; });
}

}  // namespace klotterkoll
