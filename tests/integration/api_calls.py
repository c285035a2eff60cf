#!/usr/bin/env python3
"""The API's calls against the real programs: screening, session and lots, jog, park, probe, doctor, previews,
reach, records, pace, and what becomes of doubtful dots.

api_calls.py BIN_FOLDER: prints what it saw, exits 1 at the first thing wrong.
"""
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
SCAN, RIG, SCENARIO = "configs/scans/colin27.ply", "configs/rigs/gantry.yaml", "configs/scenarios/demo.yaml"
CAMERAS, RING, DESIGN = "configs/cameras/stereo.yaml", "configs/rings/crown12.yaml", "configs/designs/patch.yaml"
EMPTY = {"is_rig_empty": True}
CLIENT = {"name": "Simulated Client", "born": "2000-01-01"}


def expect(holds, what):
    print("ok   " if holds else "WRONG", what, flush=True)
    if not holds:
        raise SystemExit(f"FAILED: {what}")


def until(what, holds, limit_s=60):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.02)
    raise SystemExit(f"FAILED: not within {limit_s} s: {what}")


class Api:
    """A connection to the daemon's socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        until("the API answers", lambda: self.connects(path))
        self.lines = self.socket.makefile("rb")
        self.number = 0

    def connects(self, path):
        try:
            self.socket.connect(str(path))
        except ConnectionRefusedError:  # bound, and not listening yet
            return False
        return True

    def ask(self, method, **params):
        """The answer's result, or its refusal as {"refused": sentence}."""
        self.number += 1
        request = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(self.lines.readline())
        return answer["result"] if "result" in answer else {"refused": answer["error"]["message"]}

    def state(self):
        return self.ask("state")

    def reaches(self, phase, limit_s=60):
        until(f"phase {phase}", lambda: self.state()["phase"] == phase, limit_s)

    def job(self, begun):
        """Wait for a job and return its answer."""
        expect("job" in begun, f"a job begins: {begun}")
        until("the job's end", lambda: self.ask("job", number=begun["job"])["state"] != "running", 120)
        return self.ask("job", number=begun["job"])


class Rig:
    """Simulator, guard and daemon with a new case in a folder."""

    def __init__(self, bin_folder, folder, design=DESIGN):
        self.bin, self.folder, self.design, self.programs = bin_folder, folder, design, {}

    def at(self, name):
        return str(self.folder / name)

    def smprig(self, *args):
        subprocess.run([self.bin / "smprig", *args], cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def make_case(self):
        self.smprig("calibrate", "simulated", "--cameras", CAMERAS, "--ring", RING, "--scan", SCAN, "-o",
                    self.at("calibration"))
        self.smprig("plan", "--scan", SCAN, "--design", self.design, "-o", self.at("plan.ply"))
        self.smprig("order", "--plan", self.at("plan.ply"), "--rig", RIG, "--pose", SCENARIO, "-o",
                    self.at("ordered.ply"))
        self.smprig("case", "new", self.at("case.db"), "--name", CLIENT["name"], "--born", CLIENT["born"],
                    "--scan", SCAN, "--plan", self.at("ordered.ply"),
                    "--consent", "README.md", "--witness", "test")

    def start(self, name, program, *args):
        log = open(self.at(f"{name}.log"), "ab")
        self.programs[name] = subprocess.Popen([self.bin / program, *args], cwd=ROOT, stdout=log, stderr=log)

    def appears(self, name):
        until(f"{name} appears", lambda: os.path.exists(self.at(name)), 240)

    def start_daemon(self):
        self.start("daemon", "smprigd", "--rig", RIG, "--scan", SCAN, "--plan", self.at("ordered.ply"), "--cameras",
                   self.at("calibration/cameras.yaml"), "--ring", self.at("calibration/ring.yaml"), "--calibration",
                   self.at("calibration"), "--frames", "shm:" + self.at("frames"), "--guard", self.at("guard"),
                   "--api", self.at("api"), "--case", self.at("case.db"), "--design", self.design)
        self.appears("api")

    def open(self):
        self.make_case()
        self.start("rigsim", "smprig-rigsim", "--rig", RIG, "--scan", SCAN, "--scenario", SCENARIO, "--cameras",
                   CAMERAS, "--ring", RING, "--frames", self.at("frames"), "--port", self.at("port"), "--truth",
                   self.at("truth.csv"))
        self.appears("frames")
        self.start("guard", "smprig-guard", "--port", self.at("port"), "--socket", self.at("guard"), "--wire-log",
                   self.at("wire.log"))
        self.appears("guard")
        self.start_daemon()

    def close(self):
        for name in ("daemon", "guard", "rigsim"):
            if name in self.programs and self.programs[name].poll() is None:
                self.programs[name].send_signal(signal.SIGTERM)
                try:
                    self.programs[name].wait(5)
                except subprocess.TimeoutExpired:
                    self.programs[name].kill()


def before_the_session(rig, api):
    """What an operator enters: answers, identifiers, lots; what is wrong is refused with a sentence."""
    api.reaches("locked")
    screening = api.ask("screening")
    expect(screening["reason"] == "not-screened" and screening["session_until_unix_s"] == 0, screening["sentence"])
    expect(screening["shades"] and not screening["is_identified"], f"lots are needed for {screening['shades']}")
    expect("not screened" in api.ask("start")["refused"], "nothing starts before it")
    answers = {row["question"]: "no" for row in screening["answers"]}
    lots = {"cartridge": rig.folder.name, "needle_lot": "N-17", "pigments": {shade: "P-4" for shade in screening["shades"]}}
    chained = lambda: sum(row["kind"] == "record" for row in api.ask("journal"))
    before = chained()
    few = {name: "no" for name in list(answers)[1:]}
    for method, params, says in (
            ("answer_screening", {"answers": few}, "no answer on diabetes"),
            ("answer_screening", {"answers": answers | {"diabetes": "maybe"}}, "no, yes or physician"),
            ("answer_screening", {"answers": few | {"mood": "no"}}, "no question 'mood'"),
            ("answer_screening", {"answers": few | {"diabetes": 1}}, "object of 1 to 13 texts"),
            ("answer_screening", {"answers": answers, "by": "x" * 64}, "1 to 63 bytes"),
            ("answer_screening", {"answers": answers, "by": "  "}, "nobody has signed"),
            ("confirm_client", CLIENT | {"born": "2000-01-02"}, "not the case's client"),
            ("open_session", {**CLIENT, **lots, "name": "Another Client"}, "not the case's client"),
            ("open_session", {**CLIENT, **lots, "pigments": {}}, "object of 1 to 16 texts"),
            ("open_session", {**CLIENT, **lots, "pigments": {"base": " "}}, "pigment 'base' has no lot"),
            ("open_session", {**CLIENT, **lots, "cartridge": " "}, "cartridge's id")):
        said = api.ask(method, **params)
        expect(says in said.get("refused", ""), f"{method}: {said.get('refused', said)}")
    after = api.ask("answer_screening", answers=answers | {"epilepsy": "physician"}, by="Dr. Test")
    expect(after["reason"] == "no-session" and after["signed_by"] == "Dr. Test", "the screening is signed off")
    expect(api.ask("confirm_client", **CLIENT) is True, "the client is who the case is of")
    after = api.ask("open_session", **CLIENT, **lots)
    expect(after["is_cleared"] and after["session_until_unix_s"] > time.time() + 11 * 3600, "the case is cleared")
    expect(api.state()["screening"]["is_cleared"], "and the state says so at once")
    expect("used in this case already" in api.ask("open_session", **CLIENT, **lots)["refused"], "a cartridge once")
    opened = api.ask("records")["sessions"][0]
    expect(opened["operated_by"].startswith("local user") and opened["is_identified"] == 1, "and the record says who")
    expect(chained() == before + 2, "each under the journal's chain")
    told = " ".join(row["text"] for row in api.ask("journal")) + json.dumps(api.ask("events"))
    expect("open_session" in told and not any(word in told for word in ("Simulated", "2000-01", "N-17", "diabetes=")),
           "audited, without a word of the client")


def axis_x(api):
    return api.state()["tool"]["axes"][0]


def hold_jog(api, seconds, direction=1, **changes):
    """Jog as a page does: begin, then renew ten times a second."""
    first = api.ask("jog", axis="X", direction=direction, speed=10, **{**EMPTY, **changes})
    end = time.monotonic() + seconds
    while time.monotonic() < end and first is True:
        time.sleep(0.1)
        api.ask("jog", axis="X", direction=direction, speed=10, renews=True, **EMPTY)
    return first


def is_at_rest(api):
    before = axis_x(api)
    time.sleep(0.3)
    return abs(axis_x(api) - before) < 0.001


def technician(api):
    api.reaches("locked")
    expect("home it first" in api.ask("park", **EMPTY)["refused"], "nothing moves before homing")
    api.ask("home")
    api.reaches("ready")
    expect("look first" in api.ask("jog", axis="X", direction=1, speed=5, is_rig_empty=False)["refused"],
           "no jog without the technician's word")
    expect("no axis" in api.ask("jog", axis="Q", direction=1, speed=5, **EMPTY)["refused"], "no such axis")
    expect("has ended" in api.ask("jog", axis="X", direction=1, speed=5, renews=True, **EMPTY)["refused"],
           "a renewal alone begins nothing")
    api.ask("park", **EMPTY)
    until("parked", lambda: api.state()["service"]["last_task"] == "park")
    expect(not api.state()["service"]["has_failed"], api.state()["service"]["text"])
    before = axis_x(api)
    expect(hold_jog(api, 1.0, -1) is True, "a jog begins")
    expect("jog is under way" in api.ask("arm")["refused"], "no arming while it runs")
    until("the jog ends by itself", lambda: api.state()["service"]["task"] == "", 2)
    moved = before - axis_x(api)
    expect(6 < moved < 15, f"a second of holding at 10 mm/s moves {moved:.2f} mm")
    expect(is_at_rest(api), "and it rests")
    held = axis_x(api)
    api.ask("jog", axis="X", direction=1, speed=10, **EMPTY)
    time.sleep(0.15)
    api.ask("service_stop")
    until("stopped", lambda: api.state()["service"]["task"] == "", 2)
    expect(abs(axis_x(api) - held) < 3.5 and is_at_rest(api), "service_stop ends a jog at once")
    api.ask("probe", depth_mm=1.0, **EMPTY)
    until("the probe's end", lambda: api.state()["service"]["task"] == "", 20)
    print("     probe:", api.state()["service"]["text"], api.state()["service"]["contacts_mm"])


def what_is_known(api):
    doctor = api.ask("doctor")
    rows = doctor["settings"]
    expect(doctor["wrong"] == 0 and len(rows) > 20 and all(row["meaning"] for row in rows),
           f"the doctor tells {len(rows)} settings of: {doctor['board']}")
    calibration = api.ask("calibration")
    expect(calibration["is_calibrated"] and calibration["is_registered"], "calibrated and registered")
    expect(all(f["valid_until_unix_s"] > time.time() for f in calibration["findings"]), "and valid for a while")
    screening = api.ask("screening")
    expect(screening["is_cleared"] and len(screening["answers"]) == 13, "the screening lets it be armed")
    expect(api.ask("records")["pigments"][0]["lot"] == "P-4", "the record has the pigment's lot")
    journal = api.ask("journal")
    numbers = [row["number"] for row in journal]
    expect(numbers == sorted(numbers, reverse=True) and any("park" in row["text"] for row in journal),
           "the journal's tail has what the technician asked")
    older = api.ask("journal", before=numbers[1])
    expect(older[0]["number"] < numbers[1], "and older rows on asking")


def pictures(api, folder):
    seen = {}
    for name, changes in (("as-it-is", {}), ("half", {"density_percent": 50, "from": "top"}), ("top", {"from": "top"})):
        time.sleep(0.6)
        job = api.job(api.ask("preview", **changes))
        expect(job["state"] == "done", f"a preview {name} in {job['seconds']:.1f} s {job['text']}")
        seen[name] = base64.b64decode(job["png"])
        (folder / f"preview-{name}.png").write_bytes(seen[name])
        expect(seen[name].startswith(b"\x89PNG"), "it is a picture")
    expect(seen["half"] != seen["top"], "half the density looks otherwise")
    expect("two previews a second" in [api.ask("preview"), api.ask("preview")][1]["refused"], "sliders are held back")
    time.sleep(0.6)
    job = api.job(api.ask("preview", hairline_mm=5))
    expect(job["state"] == "failed" and "no hairline" in job["text"], f"what cannot be is said: {job['text']}")
    report = api.job(api.ask("reach"))["report"]
    expect(report["dots"] == report["reached"] > 100, f"reach: {report['reached']} of {report['dots']}")


def take_views(api, count):
    for view in range(count):
        until("a view can be taken", lambda: not api.state()["calibrating"]["is_taking"])
        api.ask("calibrate_take")
    until("all are judged", lambda: not (api.state()["calibrating"]["is_taking"] or
                                         api.state()["calibrating"]["is_judging"]), 60)
    return api.state()["calibrating"]


def calibrations(rig, api):
    expect("smprig calibrate depth --touches" in api.ask("calibrate_start", step="depth")["refused"],
           "what the API cannot do is said with the command that can")
    expect("no calibration" in api.ask("calibrate_take")["refused"], "no view without a calibration")
    api.ask("calibrate_start", step="needle")
    expect("under way" in api.ask("calibrate_start", step="ring")["refused"], "one at a time")
    state = take_views(api, 6)
    expect(state["views"] == 6 and not state["is_good"] and state["text"],
           f"six times the same place is no calibration: {state['text']}")
    expect("not good enough" in api.ask("calibrate_accept")["refused"], "and is not accepted")
    api.ask("calibrate_cancel")
    expect(api.state()["calibrating"] is None, "cancelled")
    api.ask("calibrate_start", step="ring")
    state = take_views(api, 10)
    expect(state["views"] == 10 and not state["is_good"], f"ten views of a still head: {state['text']}")
    api.ask("calibrate_cancel")
    api.ask("calibrate_start", step="board")
    until("the board is made", lambda: api.state()["calibrating"]["is_good"], 30)
    api.ask("calibrate_accept")
    expect(os.path.exists(rig.at("calibration/board.yaml")) and os.path.exists(rig.at("calibration/board.pdf")),
           "a board to print is in the calibrations' folder")


def rate(api, seconds):
    first = api.state()["dots_done_now"]
    time.sleep(seconds)
    return (api.state()["dots_done_now"] - first) / seconds


def session(rig, api):
    api.ask("start")
    until("dots are struck", lambda: api.state()["dots_done_now"] > 5)
    expect("hold it first" in api.ask("preview")["refused"], "no preview while the needle works")
    expect("it is running" in api.ask("jog", axis="X", direction=1, speed=5, **EMPTY)["refused"], "and no jog")
    expect("abort it first" in api.ask("open_session", **CLIENT, cartridge="next", needle_lot="N", pigments={"a": "b"})
           ["refused"], "and no other session")
    whole = rate(api, 3)
    api.ask("override", percent=25)
    time.sleep(0.5)
    slow = rate(api, 4)
    expect(0.15 * whole < slow < 0.32 * whole, f"at 25 % {slow:.1f} instead of {whole:.1f} dots/s")
    expect("integer, 10 to 100" in api.ask("override", percent=150)["refused"], "never above the plan")
    api.ask("override", percent=100)
    rate(api, 1)  # at the whole pace a strike is always intended
    os.kill(rig.programs["daemon"].pid, signal.SIGKILL)
    rig.programs["daemon"].wait()
    os.unlink(rig.at("api"))
    time.sleep(1)
    rig.start_daemon()
    return Api(rig.at("api"))


def goes_on(api):
    """A machine that is too busy stops the session, as it must: begin again."""
    phase = api.state()["phase"]
    if phase == "fault":
        api.ask("acknowledge", needle_out=True)
    elif phase in ("locked", "ready", "held"):
        api.ask("start")
    return True


def doubtful_dots(api):
    until("a state", lambda: "dots" in api.state())
    fates = api.ask("fates")
    index = fates.index("x")
    dot = api.ask("dots", first=index)["dots"][0][0]
    expect("not doubtful" in api.ask("decide_doubtful", dots=[api.ask("dots", first=fates.index("p"))["dots"][0][0]],
                                     decision="struck", why="x")["refused"], "only doubtful dots are decided")
    expect("must be struck" in api.ask("decide_doubtful", dots=[dot], decision="maybe", why="x")["refused"],
           "a decision is one of three")
    until("a resting phase", lambda: api.state()["phase"] in ("fault", "locked", "ready"))
    if api.state()["phase"] == "fault":
        expect("abort first" in api.ask("decide_doubtful", dots=[dot], decision="pending", why="x")["refused"],
               "not pending while a fault stands")
        api.ask("acknowledge", needle_out=True)
        api.reaches("locked")
    expect(api.ask("decide_doubtful", dots=[dot], decision="pending", why="the skin is clean there") == 1,
           "an operator decides that it may be struck")
    until("the case is bound anew", lambda: api.state().get("dots", {}).get("doubtful") == fates.count("x") - 1)
    rows = [row for row in api.ask("journal") if row["kind"] == "reopened"]
    expect(rows[0]["dot"] == dot and "decided: pending: the skin is clean" in rows[0]["text"],
           f"the journal says who: {rows[0]['text']}")
    api.reaches("locked")
    api.ask("start")
    until("it is struck", lambda: goes_on(api) and api.ask("fates")[index] == "d", 90)
    expect(True, "and it is struck")
    api.ask("hold")


def the_report(rig):
    """After the daemon has gone: lots, alarms and who saw them, what was in force; verified."""
    rig.smprig("report", "--scan", SCAN, "--plan", rig.at("ordered.ply"), "--case", rig.at("case.db"), "--truth",
               rig.at("truth.csv"), "--json", rig.at("report.json"), "--pdf", rig.at("report.pdf"))
    report = json.loads(open(rig.at("report.json")).read())
    session = report["record"]["sessions"][0]
    expect(session["needle_lot"] == "N-17" and report["record"]["pigments"][0]["lot"] == "P-4", "the lots are told")
    seen = [alarm for alarm in report["alarms"] if alarm["acknowledged_by"] == "local user 0"]
    expect(seen and seen[0]["raised"] < seen[0]["acknowledged"], f"an alarm and who saw it: {seen[0]['text']}")
    expect(sum("SHA-256" in line for line in report["in_force"]) >= 6, "the files in force by their hashes")
    expect(any(line.startswith("calibration needle") for line in report["in_force"]), "and their residuals")
    counts = report["histograms"]["placement_error"]["counts"]
    expect(sum(counts) == report["punctures"] - report["dots_doubled"] - report["strays"], "every error is counted")
    verify = [rig.bin / "smprig", "report", "verify", "--case", rig.at("case.db")]
    expect(subprocess.run(verify, stdout=subprocess.DEVNULL).returncode == 0, "the chain holds")
    forged = sqlite3.connect(rig.at("case.db"))
    forged.execute("update pigments set lot = 'P-5'")
    forged.commit()
    forged.close()
    expect(subprocess.run(verify, stderr=subprocess.DEVNULL).returncode != 0, "another lot in the record is found")


if __name__ == "__main__":
    folder = pathlib.Path(tempfile.mkdtemp(prefix="smprig-api-"))
    rig = Rig(pathlib.Path(sys.argv[1]).resolve(), folder)
    try:
        rig.open()
        api = Api(rig.at("api"))
        before_the_session(rig, api)
        technician(api)
        what_is_known(api)
        pictures(api, pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else folder)
        calibrations(rig, api)
        api = session(rig, api)
        doubtful_dots(api)
        rig.close()
        the_report(rig)
        if len(sys.argv) > 2:
            shutil.copy(rig.at("report.pdf"), sys.argv[2])
    except SystemExit:
        for name in rig.programs:
            print(f"--- {name}\n" + open(rig.at(f"{name}.log")).read()[-2000:])
        raise
    finally:
        rig.close()
        shutil.rmtree(folder, ignore_errors=True)
