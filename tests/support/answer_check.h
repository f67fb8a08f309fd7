#pragma once

#include <string_view>

namespace klotterkoll {

/// Does the contract tell of the path: the API, the probes, and the pages to which links in mails lead? The other pages are for
/// people alone, and have tests of their own (tests/pages).
bool is_in_contract(std::string_view path);

/// Holds an answer of the service against the contract: the operation is there, it lists the status, the
/// content type is the listed one, and a JSON body (each line of an NDJSON one) fits the schema. Routes
/// outside the contract may only answer 404, methods outside it only 405, each with a problem document.
/// Answers to OPTIONS are not looked at.
///
/// `path`   as it was asked for, "/api/v1/municipalities/1267/cases?page=2".
/// Throws   std::runtime_error that names the operation and says what does not fit.
void check_answer(std::string_view method, std::string_view path, int status, std::string_view content_type,
                  std::string_view body);

}  // namespace klotterkoll
