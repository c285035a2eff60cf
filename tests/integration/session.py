#!/usr/bin/env python3
"""Whole sessions with the real programs on a pty: the figures, and what a killed daemon leaves.

session.py CASE BIN_FOLDER: runs one case, prints what it saw, exits 1 with the reason when it is wrong.
"""
import csv
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

START_S = 13  # a session strikes by then, and is not over

ROOT = pathlib.Path(__file__).parents[2]


def fail(reason):
    print("FAILED:", reason)
    sys.exit(1)


def expect(holds, what):
    print(("ok   " if holds else "WRONG"), what)
    if not holds:
        fail(what)


def demo(bin_folder, out, *more):
    command = [bin_folder / "smprig", "demo", "--design", "configs/designs/patch.yaml", "-o", out, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def children(pid):
    listed = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True)
    return {name: int(pid) for pid, name in (line.split() for line in listed.stdout.splitlines())}


def peak_memory_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


def punctures(out):
    with open(out / "truth.csv") as stream:
        return list(csv.DictReader(stream))


def fates(out):
    case = sqlite3.connect(f"file:{out}/case.db?mode=ro", uri=True)
    found = dict(case.execute("select fate, count(*) from dots group by fate"))
    case.close()
    return found


def wait_for_punctures(process, out, count):
    for _ in range(1200):
        if process.poll() is not None:
            fail("the demo ended early:\n" + process.stdout.read())
        if (out / "truth.csv").exists() and len(punctures(out)) >= count:
            return
        time.sleep(0.05)
    fail(f"no {count} punctures within a minute")


def case_figures(bin_folder, out):
    """Every dot once, on its place, at its depth; the daemon stays small."""
    process = demo(bin_folder, out)
    wait_for_punctures(process, out, 20)
    memory = peak_memory_mb(children(process.pid)["smprigd"])
    text, _ = process.communicate(timeout=240)
    print(text)
    expect(process.returncode == 0, "the demo ends by itself with 0")
    report = json.loads((out / "report.json").read_text())
    expect(report["dots_struck"] == report["dots_planned"] > 100, "every planned dot is struck")
    expect(report["dots_doubtful"] == report["dots_doubled"] == report["strays"] == 0, "none doubled or doubtful")
    expect(report["punctures"] == report["dots_planned"], "as many true punctures as dots")
    expect(report["placement_error_p95_um"] <= 150, f"placement p95 {report['placement_error_p95_um']:.0f} um <= 150")
    expect(report["placement_error_uncorrected_p95_um"] > 1000, "uncorrected p95 above 1 mm")
    expect(report["depth_error_p95_um"] <= 50, f"depth p95 {report['depth_error_p95_um']:.0f} um <= 50")
    expect(report["dots_per_s"] >= 6, f"{report['dots_per_s']:.1f} dots/s >= 6")
    expect(report["in_skin_max_ms"] <= 40, "at most 40 ms in the skin")
    expect(memory < 300, f"daemon's memory {memory:.0f} MB < 300")
    expect((out / "report.png").stat().st_size > 10000, "the picture is there")
    expect((out / "report.pdf").read_bytes().startswith(b"%PDF-"), "the report to sign is there")
    verify = [bin_folder / "smprig", "report", "verify", "--case"]
    expect(subprocess.run([*verify, out / "case.db"], cwd=ROOT).returncode == 0, "the journal's chain holds")
    forged = sqlite3.connect(out / "case.db")
    forged.execute("update events set text = 'forged' where number = 3")
    forged.commit()
    forged.close()
    expect(subprocess.run([*verify, out / "case.db"], cwd=ROOT).returncode != 0, "a forged event is found")


def case_killed_daemon(bin_folder, out):
    """kill -9 of the daemon: the guard says why, the needle is out, and nothing is struck twice after."""
    first = demo(bin_folder, out)
    wait_for_punctures(first, out, 30)
    os.kill(children(first.pid)["smprigd"], signal.SIGKILL)
    text, _ = first.communicate(timeout=60)
    expect(first.returncode != 0, "the demo says that its daemon has gone")
    guard_log = (out / "guard.log").read_text()
    expect("smprigd died, hung, or closed" in guard_log, "the guard says why it stopped")
    before = punctures(out)
    expect(max(float(row["in_skin_ms"]) for row in before) <= 40, "the last strike ended by itself")
    second = demo(bin_folder, out, "--resume")
    text, _ = second.communicate(timeout=240)
    print(text)
    expect(second.returncode == 0, "the session goes on and ends")
    after = punctures(out)
    places = [tuple(float(row[k]) for k in "xyz") for row in before + after]
    nearest = min(sum((a - b) ** 2 for a, b in zip(p, q)) ** 0.5
                  for i, p in enumerate(places) for q in places[:i])
    expect(nearest > 0.5, f"no place struck twice (nearest two {nearest:.2f} mm apart)")
    found = fates(out)
    print("fates:", found)
    done, doubtful = found.get("done", 0), found.get("doubtful", 0)
    expect(doubtful <= 2, "at most the dots in flight are doubtful")
    expect(done <= len(places) <= done + doubtful, "what is done was struck, what is struck is done or doubtful")
    expect(found.get("pending", 0) == 0, "none is left")


def case_tcp(bin_folder, out):
    """The board on the network instead of a pty: every dot once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    process = demo(bin_folder, out, "--tcp", str(number))
    text, _ = process.communicate(timeout=300)
    print(text)
    expect(process.returncode == 0, "the demo ends by itself with 0")
    report = json.loads((out / "report.json").read_text())
    expect(report["dots_struck"] == report["dots_planned"] > 100, "every planned dot is struck")
    expect(report["dots_doubtful"] == report["dots_doubled"] == report["strays"] == 0, "none doubled or doubtful")


def changed_report(bin_folder, out):
    """One digit of one report is changed. Beyond 0.1 mm the rig seems not to be where it was sent, and the session
    stops for that; a smaller change cannot be told from the truth and does no harm."""
    process = demo(bin_folder, out, "--mood", f"corrupt-out@{START_S}")
    text, _ = process.communicate(timeout=300)
    log = (out / "guard.log").read_text()
    everything = punctures(out)
    print("corrupt-out ->", process.returncode, [line for line in log.splitlines() if "fault" in line][:1])
    expect(all(float(row["in_skin_ms"]) <= 40 for row in everything), "corrupt-out: no strike stayed in the skin")
    if process.returncode == 0:
        report = json.loads((out / "report.json").read_text())
        expect(report["dots_struck"] == report["dots_planned"] and report["dots_doubled"] == 0,
               "corrupt-out: too small to be seen, and every dot was struck once")
    else:
        # A machine too busy for a session in real time stops it as well, and says so.
        expect("not where it was sent" in log or "died, hung" in log,
               "corrupt-out: the session stops, for the place it was told")


def case_moods(bin_folder, out):
    """A board that restarts, an answer lost or doubled, a cable out: each session stops with a named
    reason, the needle out; the last one is taken up again, and nothing is struck twice."""
    changed_report(bin_folder, out / "corrupt-out")
    for mood in ["banner", "ok-lost", "ok-doubled", "unplugged"]:
        folder = out / mood
        process = demo(bin_folder, folder, "--mood", f"{mood}@{START_S}")
        process.communicate(timeout=300)
        everything = punctures(folder)
        reason = [line for line in (folder / "guard.log").read_text().splitlines() if "fault" in line or "held" in line]
        print(mood, "->", process.returncode, reason[:1])
        expect(process.returncode != 0, f"{mood}: the session stops")
        expect(reason, f"{mood}: the guard says why")
        expect(all(float(row["in_skin_ms"]) <= 40 for row in everything), f"{mood}: no strike stayed in the skin")
    process = demo(bin_folder, folder, "--resume")
    text, _ = process.communicate(timeout=300)
    print(text)
    expect(process.returncode == 0, "the last session ends")
    everything += punctures(folder)
    places = [tuple(float(row[k]) for k in "xyz") for row in everything]
    nearest = min(sum((a - b) ** 2 for a, b in zip(p, q)) ** 0.5 for i, p in enumerate(places) for q in places[:i])
    expect(nearest > 0.5, f"no place struck twice (nearest two {nearest:.2f} mm apart)")
    expect(fates(folder).get("pending", 0) == 0, "none is left")


def main():
    case, bin_folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="smprig-test-") as folder:
        {"figures": case_figures, "killed_daemon": case_killed_daemon, "tcp": case_tcp, "moods": case_moods}[case](bin_folder, pathlib.Path(folder))


if __name__ == "__main__":
    main()
