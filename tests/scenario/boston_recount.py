"""Counts Boston's graffiti reports by the month they were due, by these rules and nothing of Klotterkoll's:

due is 23:59:59 local time of the third day after the day of opening; closed by then is on time, closed later is late, never
closed is overdue. A closing more than 30 days before the opening, and a row without opening or place, is no row.
"""
import csv
import json
import sys
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

zone = ZoneInfo("America/New_York")


def instant(text):
    if not text:
        return None
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone).timestamp()


months = {f"2015-{month:02}": {"on_time": 0, "late": 0, "overdue": 0} for month in range(1, 13)}
months["2016-01"] = {"on_time": 0, "late": 0, "overdue": 0}
seen, rejected = set(), 0
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")):
    opened, closed = instant(row["OPEN_DT"]), instant(row["CLOSED_DT"])
    has_place = row["Location"].strip() or (row["LATITUDE"] and row["LONGITUDE"])
    if opened is None or not has_place or (closed is not None and closed < opened - 30 * 86400):
        rejected += 1
        continue
    if row["CASE_ENQUIRY_ID"] in seen:
        continue
    seen.add(row["CASE_ENQUIRY_ID"])
    day = datetime.fromtimestamp(opened, zone).date() + timedelta(days=3)
    due = datetime.combine(day, time(23, 59, 59), zone).timestamp()
    outcome = "overdue" if closed is None else "on_time" if closed <= due else "late"
    months[f"{day:%Y-%m}"][outcome] += 1
print(json.dumps({"taken": len(seen), "rejected": rejected, "months": months}))
