#include <nlohmann/json.hpp>

#include "router.h"
#include "schemas.h"

namespace klotterkoll {
namespace {

/// Texts that stand in the binary: they change with it, so their digest is their tag.
Route fixed(const std::string& path, std::string_view text, const char* content_type) {
  const std::string etag = '"' + digest(text).substr(0, 32) + '"';
  return {"GET", "/api/v1/" + path, kAnyone, [text, content_type, etag](Call& call) {
            call.allow_query({});
            call.response.set_header("Cache-Control", "public, max-age=300");
            // The page has one stylesheet, ours; everything else stays forbidden.
            call.response.set_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'");
            if (!call.tagged(etag)) call.response.set_content(text.data(), text.size(), content_type);
          }};
}

void get_api_info(Call& call) {
  call.allow_query({});
  static const auto contract = nlohmann::json::parse(openapi_json());
  call.answer({{"apiName", contract["info"]["title"]},
               {"apiVersion", contract["info"]["version"]},
               {"apiReleased", "2026-11-22"},
               {"apiDocumentation", call.api_url() + "/docs"},
               {"apiStatus", "beta"}});
}

}  // namespace

std::vector<Route> contract_routes() {
  return {{"GET", "/api/v1/api-info", kAnyone, get_api_info},
          fixed("openapi.json", openapi_json(), "application/json; charset=utf-8"),
          fixed("openapi.yaml", openapi_yaml(), "application/yaml; charset=utf-8"),
          fixed("docs", docs_html(), "text/html; charset=utf-8"),
          fixed("docs.css", docs_css(), "text/css; charset=utf-8")};
}

}  // namespace klotterkoll
