#!/usr/bin/env python3
"""The API's calls against the real programs: jog, park, probe, doctor, previews, reach, records, pace, and
what becomes of doubtful dots.

api_calls.py BIN_FOLDER: prints what it saw, exits 1 at the first thing wrong.
"""
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
SCAN, RIG, SCENARIO = "configs/scans/colin27.ply", "configs/rigs/gantry.yaml", "configs/scenarios/demo.yaml"
CAMERAS, RING, DESIGN = "configs/cameras/stereo.yaml", "configs/rings/crown12.yaml", "configs/designs/patch.yaml"
EMPTY = {"is_rig_empty": True}


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
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rb")
        self.number = 0

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
    """Simulator, guard and daemon with a screened case in a folder."""

    def __init__(self, bin_folder, folder, design=DESIGN):
        self.bin, self.folder, self.design, self.programs = bin_folder, folder, design, {}

    def at(self, name):
        return str(self.folder / name)

    def smprig(self, *args):
        subprocess.run([self.bin / "smprig", *args], cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def make_case(self):
        who = ["--name", "Simulated Client", "--born", "2000-01-01"]
        self.smprig("calibrate", "simulated", "--cameras", CAMERAS, "--ring", RING, "--scan", SCAN, "-o",
                    self.at("calibration"))
        self.smprig("plan", "--scan", SCAN, "--design", self.design, "-o", self.at("plan.ply"))
        self.smprig("order", "--plan", self.at("plan.ply"), "--rig", RIG, "--pose", SCENARIO, "-o",
                    self.at("ordered.ply"))
        self.smprig("case", "new", self.at("case.db"), *who, "--scan", SCAN, "--plan", self.at("ordered.ply"),
                    "--consent", "README.md", "--witness", "test")
        self.smprig("case", "screen", self.at("case.db"), "--by", "test", "--others", "no")
        self.smprig("case", "session", self.at("case.db"), *who, "--by", "test", "--cartridge", self.folder.name,
                    "--needle-lot", "N-17", "--pigment", "all=P-4")

    def start(self, name, program, *args):
        log = open(self.at(f"{name}.log"), "ab")
        self.programs[name] = subprocess.Popen([self.bin / program, *args], cwd=ROOT, stdout=log, stderr=log)

    def appears(self, name):
        until(f"{name} appears", lambda: os.path.exists(self.at(name)), 60)

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


if __name__ == "__main__":
    folder = pathlib.Path(tempfile.mkdtemp(prefix="smprig-api-"))
    rig = Rig(pathlib.Path(sys.argv[1]).resolve(), folder)
    try:
        rig.open()
        api = Api(rig.at("api"))
        technician(api)
    except SystemExit:
        for name in rig.programs:
            print(f"--- {name}\n" + open(rig.at(f"{name}.log")).read()[-2000:])
        raise
    finally:
        rig.close()
        shutil.rmtree(folder, ignore_errors=True)
