#!/usr/bin/env python3
"""A case by the command line: from a plan of three sessions to the first one's dots, and erased again."""
import csv
import datetime
import hashlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
SCAN = "configs/scans/colin27.ply"
LAYERS = """
layers:
  - {name: first, share: 0.5, shades: [{shade: base, share: 1}]}
  - {name: second, share: 0.5, shades: [{shade: base, share: 1}]}
"""


def strike(case, dots, when):
    """Rows as a session leaves them, chained by their hashes (controller/journal/journal.c)."""
    db = sqlite3.connect(case / "case.db")
    number, chain = db.execute("select number, hash from events order by number desc limit 1").fetchone()
    at = when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for dot in dots:
        for kind in ("intent", "done"):
            number += 1
            chain = hashlib.sha256(f"{chain}|{number}|{at}|0|{kind}|{dot}|".encode()).hexdigest()
            db.execute("insert into events values(?,?,0,?,?,'',?)", (number, at, kind, dot, chain))
        db.execute("update dots set fate='done' where id=?", (dot,))
    db.commit()
    db.close()


def main():
    bins = pathlib.Path(sys.argv[1]).resolve()

    def smprig(*arguments, code=0, says=""):
        run = subprocess.run([bins / "smprig", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, timeout=120)
        if run.returncode != code or says not in run.stdout + run.stderr:
            sys.exit(f"WRONG smprig {arguments[:3]}: expected {code} and '{says}', got {run.returncode}: "
                     f"{run.stdout}{run.stderr}")
        print("ok   ", *arguments[:2])
        return run.stdout

    def verdict(case):
        return json.loads(smprig("case", "show", case, "--json"))

    with tempfile.TemporaryDirectory(prefix="smprig-case-") as folder:
        case = pathlib.Path(folder) / "cases" / "one"
        other = pathlib.Path(folder) / "cases" / "two"
        case.mkdir(parents=True)
        other.mkdir()
        plan, design = case / "plan.ply", case / "design.yaml"
        text = (ROOT / "configs/designs/patch.yaml").read_text()
        design.write_text(text if "layers:" in text else text + LAYERS)
        smprig("plan", "--scan", SCAN, "--design", design, "-o", plan)
        checked = json.loads(smprig("plan", "check", "--plan", plan, "--scan", SCAN, "--design", design, "--json"))
        assert checked["may_be_struck"] and len(checked["sessions"]) == 2, checked["sessions"]
        who = ["--name", "Simulated Client", "--born", "2000-01-01"]
        lots = ["--by", "test", "--needle-lot", "1", "--pigment", "base=1"]
        files = ["--scan", SCAN, "--plan", plan, "--consent", "README.md", "--witness", "test"]
        smprig("case", "new", case, *who, *files, says="not screened")
        smprig("case", "new", case, *who, *files, code=69, says="has its client already")
        smprig("case", "screen", case, "--by", "test", code=65, says="no answer on diabetes")
        smprig("case", "screen", case, "--by", "test", "--others", "no", "--answer", "keloids=yes")
        assert verdict(case)["reason"] == "contraindicated"
        smprig("case", "screen", case, "--by", "test", "--others", "no")
        assert verdict(case)["reason"] == "no-session"
        smprig("case", "session", case, "--name", "Another Client", "--born", "2000-01-01", "--cartridge", "A", *lots,
               code=69, says="this is not the case's client")
        smprig("case", "session", case, *who, "--cartridge", "A", *lots, says="may be armed")
        assert verdict(case)["may_be_armed"]
        smprig("case", "new", other, *who, *files)
        smprig("case", "session", other, *who, "--cartridge", "A", *lots, code=69, says="was used in")
        smprig("case", "next", case, "--plan", plan, says="session 1")
        dots = verdict(case)["dots"]
        sessions = [session["dots"] for session in checked["sessions"]]
        assert [dots["pending"], dots["skipped"]] == sessions, (dots, sessions)
        smprig("case", "touch-up", case, "--plan", plan, "-o", case / "again.ply", code=66, says="no dot has faded")
        now = datetime.datetime.now(datetime.timezone.utc)
        pending = [dot["id"] for dot in json.loads(smprig("case", "export", case))["dots"] if dot["fate"] == "pending"]
        strike(case, pending[:5], now - datetime.timedelta(days=8 * 365))
        assert verdict(case)["may_be_armed"]
        smprig("case", "touch-up", case, "--plan", plan, "-o", case / "again.ply", says="5 dots to strike again")
        smprig("plan", "check", "--plan", case / "again.ply", "--scan", SCAN, says="5 dots")
        (case / "ids.txt").write_text(f"{pending[0]}\n{pending[6]}\n")
        smprig("case", "touch-up", case, "--plan", plan, "--dots", case / "ids.txt", "-o", case / "listed.ply",
               code=69, says=f"dot {pending[6]} is not done")
        strike(case, pending[5:8], now - datetime.timedelta(days=2))
        smprig("case", "screen", case, "--by", "test", "--others", "no", says="too early: 2 days")
        assert verdict(case)["reason"] == "too-early"
        smprig("case", "export", case, "--csv", case / "csv")
        rows = list(csv.DictReader(open(case / "csv" / "sessions.csv", newline="")))
        assert rows[0]["cartridge"] == "A", rows
        exported = json.loads(smprig("case", "export", case))
        assert exported["client"][0]["name"] == "Simulated Client" and len(exported["dots"]) == sum(sessions)
        smprig("case", "erase", case, code=69, says="--yes")
        smprig("case", "erase", case, "--yes", says="Delete beside it")
        assert verdict(case)["reason"] == "erased"
        exported = json.loads(smprig("case", "export", case))
        assert exported["client"][0]["name"] is None and not exported["answers"] and exported["sessions"]
    print("a case from plan to erasure: all right")


if __name__ == "__main__":
    main()
