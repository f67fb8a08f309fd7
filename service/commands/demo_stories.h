#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/owner.h"

namespace klotterkoll {

/// What becomes of a report of the demonstration.
enum class DemoFate {
  stays_open, on_time, late,
  recorded_after_due,  ///< removed in time, entered after the deadline but within the hours that are allowed
  backdated,           ///< said to have been removed in time, but entered a week later
  confirmed,           ///< the same, with an officer naming the evidence
  not_graffiti, not_found, declined, rejected, reopened,
};

struct DemoPlace {
  std::string address, designation;
  double lat = 0, lon = 0;
};

/// One report of the demonstration, with all that will happen to it.
struct DemoStory {
  int days_ago = 0;  ///< 0: `hour` hours before now
  int hour = 0;
  DemoPlace place;
  Source source = Source::citizen;
  Category category = Category::tag;
  std::optional<Surface> surface;
  std::optional<ObjectType> object_type;
  std::string text;
  DemoFate fate = DemoFate::stays_open;
  std::string assign_to = {};    ///< by an officer, where no rule finds the owner
  std::string reassign_to = {};  ///< after a rejection
  std::string comment = {};
  std::string object_label = {};
};

/// Owners and reports of a Höör that is made up: the streets exist, nothing else did. In no order of time.
const std::vector<Owner>& demo_owners();
const std::vector<DemoStory>& demo_stories();

}  // namespace klotterkoll
