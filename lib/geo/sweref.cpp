#include "geo/sweref.h"

#include <proj.h>

#include "base/error.h"

namespace klotterkoll {

struct Sweref::Projection {
  PJ_CONTEXT* context = proj_context_create();
  PJ* pipeline = nullptr;
  ~Projection() {
    proj_destroy(pipeline);
    proj_context_destroy(context);
  }
};

Sweref::Sweref() : projection_(std::make_unique<Projection>()) {
  // Its definition rather than its number: that would need PROJ's database.
  projection_->pipeline = proj_create(projection_->context,
                                      "+proj=pipeline +step +inv +proj=utm +zone=33 +ellps=GRS80 "
                                      "+step +proj=unitconvert +xy_in=rad +xy_out=deg");
  if (!projection_->pipeline) throw Error{ErrorCode::internal, "PROJ does not know SWEREF 99 TM"};
}

Sweref::~Sweref() = default;

void Sweref::to_wgs84(std::span<Position> positions) const {
  if (positions.empty()) return;
  proj_trans_generic(projection_->pipeline, PJ_FWD, &positions[0].x, sizeof(Position), positions.size(), &positions[0].y,
                     sizeof(Position), positions.size(), nullptr, 0, 0, nullptr, 0, 0);
}

}  // namespace klotterkoll
