"""Reads a server's metrics with the parser of Prometheus' own client, and compares them with the page about them."""

import sys
import time
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

base, page = sys.argv[1:]
documented = {}
for line in open(page, encoding="utf-8"):
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) > 5 and cells[1].startswith("`"):
        labels = {label.strip(" `") for label in cells[4].split(",") if label.strip()}
        documented[cells[1].strip("`")] = (cells[2], labels)

for _ in range(40):
    with urllib.request.urlopen(base + "/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text"), answer.headers
        families = list(text_string_to_metric_families(answer.read().decode()))
    # What takes queries is there after the first look in the background.
    if any(family.name == "florin_sessions_active" for family in families):
        break
    time.sleep(0.25)
else:
    sys.exit("what takes queries never came")

for family in families:
    name = {"counter": "_total", "info": "_info"}.get(family.type, "")
    kind, labels = documented[family.name + name]
    assert kind == family.type, (family.name, kind, family.type)
    for sample in family.samples:
        assert set(sample.labels) - {"le"} <= labels, (sample, labels)
assert len(families) > 30, len(families)
