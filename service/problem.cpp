#include "problem.h"

#include <nlohmann/json.hpp>

namespace klotterkoll {

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Error";
  }
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed: return 400;
    case ErrorCode::unauthorized: return 401;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict: return 409;
    case ErrorCode::stale: return 412;
    case ErrorCode::precondition_required: return 428;
    case ErrorCode::refused: return 422;
    case ErrorCode::busy: return 429;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::internal: return 500;
  }
  return 500;
}

std::string problem_json(int status, std::string_view title, std::string_view detail, std::string_view request_id,
                         const std::vector<Fault>& faults) {
  nlohmann::ordered_json problem = {{"type", "about:blank"},
                                    {"title", title},
                                    {"status", status},
                                    {"detail", detail},
                                    {"instance", "urn:uuid:" + std::string(request_id)}};
  for (const Fault& fault : faults) {
    problem["errors"].push_back({{"pointer", fault.pointer}, {"message", fault.message}});
  }
  // What a client sent may be quoted in a sentence, so it need not be UTF-8.
  return problem.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace klotterkoll
