#!/usr/bin/env python3
"""The dashboard and the alert rules name metrics that the console tells. monitoring.py: exits 1 naming others."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
told = (ROOT / "console/metrics.c").read_text()
names = set(re.findall(r'put\(out, "([a-z0-9_]+)"', told)) | set(re.findall(r"# TYPE smprig_([a-z0-9_]+)", told))
dashboard = (ROOT / "docs/monitoring/dashboard.json").read_text()
asked = set(re.findall(r"\bsmprig_([a-z0-9_]+)", dashboard + (ROOT / "docs/monitoring/alerts.yml").read_text()))
unknown = sorted(asked - names)
for name in unknown:
    print(f"docs/monitoring: smprig_{name} is told by nobody")
print(f"{len(json.loads(dashboard)['panels'])} panels, {len(asked)} metrics of {len(names)}")
sys.exit(1 if unknown or not asked else 0)
