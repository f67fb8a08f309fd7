#pragma once

#include <array>
#include <string_view>

#include "domain/report.h"
#include "store/connection.h"

namespace klotterkoll {

// What a report says, in the order of these columns: of reports and of waiting_reports, whose texts stand in the same row.

inline constexpr std::string_view kToldColumns =
    "source, intake, observed_at, reported_at, received_at, reporter, police_reference, external_id, lat, lon, address, designation, "
    "category, surface, object_type";
inline constexpr int kToldCount = 15;
inline constexpr std::string_view kTextColumns = "object_label, description, contact_name, contact_email, contact_phone, erased";
inline constexpr int kTextCount = 6;

/// Reads both lists from column `first` on; texts that are not there are empty.
inline Report read_told(const Row& row, int first) {
  Report report;
  int at = first;
  report.source = row.code<Source>(at++);
  report.intake = row.code<Intake>(at++);
  report.observed_at = row.instant_or_none(at++);
  report.reported_at = row.instant(at++);
  report.received_at = row.instant(at++);
  report.reporter = row.text(at++);
  report.police_reference = row.text(at++);
  report.external_id = row.text(at++);
  if (!row.is_null(at)) report.place.point = Point{row.real(at), row.real(at + 1)};
  at += 2;
  report.place.address = row.text(at++);
  report.place.designation = row.text(at++);
  report.category = row.code<Category>(at++);
  report.surface = row.code_or_none<Surface>(at++);
  report.object_type = row.code_or_none<ObjectType>(at++);
  if (row.is_null(at)) return report;
  report.object_label = row.text(at++);
  report.description = row.text(at++);
  for (std::string* part : {&report.contact.name, &report.contact.email, &report.contact.phone}) *part = row.text(at++);
  report.texts_erased = row.flag(at);
  return report;
}

/// Their values; texts are views into the report.
inline std::array<Value, kToldCount> told_values(const Report& report) {
  const auto& point = report.place.point;
  return {to_value(report.source), to_value(report.intake), to_value(report.observed_at), to_value(report.reported_at),
          to_value(report.received_at), to_value(report.reporter), to_value(report.police_reference), to_value(report.external_id),
          point ? to_value(point->lat) : Value{}, point ? to_value(point->lon) : Value{}, to_value(report.place.address),
          to_value(report.place.designation), to_value(report.category), to_value(report.surface), to_value(report.object_type)};
}
inline std::array<Value, kTextCount> text_values(const Report& report) {
  return {to_value(report.object_label), to_value(report.description), to_value(report.contact.name), to_value(report.contact.email),
          to_value(report.contact.phone), to_value(report.texts_erased)};
}

}  // namespace klotterkoll
