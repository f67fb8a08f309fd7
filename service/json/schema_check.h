#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace klotterkoll {

// What a client sends is held against schemas/api before any workflow sees it: first the syntax, then the
// shape. Safe from several threads at once.

/// How many values a body may hold beyond those that its schema has room for, so that whoever sends a few too many is
/// told which.
inline constexpr std::size_t kSpareValues = 2000;

/// Reads JSON more strictly than the format asks for. UTF-8 without a byte order mark, at most 32 levels deep and
/// `most_values` values (objects, lists and what is in them) in all, no member twice in an object, whole numbers within 64 bits and others within a double; in texts and names no
/// control characters but tab and line feed, and CR LF becomes LF. Deep input costs no stack.
///
/// Throws  Error{malformed} at the first fault: with line and column when the syntax is broken, with the
///         pointer of the value otherwise.
nlohmann::json parse_json(std::string_view body, std::size_t most_values = kSpareValues);

/// Holds `body` against the request schema `schema_name` ("report"). A member whose text is empty counts as
/// absent. `pattern` and `format` are not looked at: the domain's parsers do that, with better sentences. Nor
/// are the rows of a batch, which are checked one by one so that one bad row does not cost the others.
///
/// Throws  Error{malformed} with every fault, up to 50: a JSON Pointer (RFC 6901) to the value, or to where it
///         should be, and a sentence that says what would be right. std::out_of_range when there is no such
///         schema.
void check_schema(std::string_view schema_name, const nlohmann::json& body);

/// The most values that a body which `check_schema` passes can hold, and `kSpareValues` more; the rows of a batch count.
std::size_t most_values(std::string_view schema_name);

/// Takes out members whose text is empty, at every level, so that absent has one form. Elements of lists stay.
void drop_empty_members(nlohmann::json& body);

/// All of the above in order: what a route calls. Throws as they do.
nlohmann::json read_json(std::string_view schema_name, std::string_view body);

}  // namespace klotterkoll
