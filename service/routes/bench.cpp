#include <nlohmann/json.hpp>

#include "router.h"

namespace klotterkoll {

std::vector<Route> bench_routes() {
  const std::string noop = "/api/v1/municipalities/{}/bench/noop";
  const auto answer_nothing = [](Call& call) {
    call.allow_query({});
    call.response.status = 204;
  };
  return {{"GET", noop, kPublic, answer_nothing},
          with_json({"POST", noop, kPublic, [answer_nothing](Call& call) {
                       call.body("report");
                       answer_nothing(call);
                     }})};
}

}  // namespace klotterkoll
