#pragma once

#include <vector>

#include "router.h"

namespace klotterkoll {

// The pages of the kommun's officers for casework, a list for each room.
std::vector<Route> kommun_front_routes();
std::vector<Route> kommun_triage_routes();
std::vector<Route> kommun_list_routes();
std::vector<Route> kommun_case_routes();
std::vector<Route> kommun_waiting_routes();
std::vector<Route> kommun_message_routes();

}  // namespace klotterkoll
