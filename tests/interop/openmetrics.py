"""Reads a server's metrics with the parser of Prometheus' own client, and compares them with the page about them."""

import sys
import time
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

base, page = sys.argv[1:]
documented = {}
for line in open(page, encoding="utf-8"):
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) > 5 and cells[1].startswith("`"):
        labels = {label.strip(" `") for label in cells[4].split(",") if label.strip()}
        documented[cells[1].strip("`")] = (cells[2], labels)



def metrics(accept, media_type):
    request = urllib.request.Request(base + "/metrics", headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"].startswith(media_type), answer.headers
        return answer.read().decode()


OPENMETRICS = "application/openmetrics-text"
for _ in range(40):
    families = list(text_string_to_metric_families(metrics(OPENMETRICS + ";version=1.0.0,*/*;q=0.1", OPENMETRICS)))
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

# Whoever does not ask for it gets the older format, with the same samples.
plain = list(plain_families(metrics(None, "text/plain; version=0.0.4")))
assert {family.type for family in plain} <= {"counter", "gauge", "histogram"}, {family.type for family in plain}
assert all(family.documentation for family in plain)
known = {sample.name for family in families for sample in family.samples}
assert known <= {sample.name for family in plain for sample in family.samples}
