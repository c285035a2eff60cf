#!/usr/bin/env python3
"""A rig's own cameras by name: what is refused before anything starts, and the daemon on a GenICam camera (Aravis'
fake one) that sees no head.

cameras.py BIN_FOLDER: prints what it saw, exits 1 at the first thing wrong.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from api_calls import CAMERAS, RIG, RING, ROOT, SCAN, Api, Rig, expect, until

USAGE, CONFIG = 64, 78
VERTICES = "4000"  # a coarse head: nothing is struck
FAKE = "genicam:Fake_1,rate=50,exposure_us=2000"


class OneCamera(Rig):
    """The left camera of the demo's pair alone, not calibrated; no simulated one."""

    def make_case(self):
        text = (ROOT / CAMERAS).read_text()
        second = [found.start() for found in re.finditer(r"^  - image_width", text, re.M)][1]
        (self.folder / "one.yaml").write_text(text[:second])
        self.smprig("scan", "decimate", SCAN, "-o", self.at("scan.ply"), "--vertices", VERTICES)
        self.smprig("plan", "--scan", self.at("scan.ply"), "--design", self.design, "-o", self.at("plan.ply"))
        self.smprig("case", "new", self.at("case.db"), "--name", "A", "--born", "1980-02-01", "--scan",
                    self.at("scan.ply"), "--plan", self.at("plan.ply"))

    def start_board(self):
        self.start("rigsim", "smprig-rigsim", "--rig", RIG, "--port", self.at("port"))
        self.appears("port")
        self.start("guard", "smprig-guard", "--port", self.at("port"), "--socket", self.at("guard"))
        self.appears("guard")

    def words(self, frames, cameras="one.yaml"):
        return ["--rig", RIG, "--cameras", self.at(cameras), "--ring", RING, "--frames", frames, "--cases",
                str(self.folder), "--guard", self.at("guard"), "--api", self.at("api")]

    def daemon(self, *words):
        """It ends by itself: its exit code and what it said."""
        done = subprocess.run([self.bin / "smprigd", *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr + done.stdout


def refused(rig):
    for frames, words in (
            ("v4l2:/dev/no-such-camera", "wrong  frames: /dev/no-such-camera: No such file or directory (--frames)"),
            ("v4l2:/dev/null+/dev/zero", "2 camera(s), expected as many as are calibrated"),
            ("v4l2:/dev/null,rate=fast", "rate=fast, expected a number above 0"),
            ("usb:0", "'usb:0': expected shm:SOCKET, sequence:FOLDER, v4l2:DEVICE[+DEVICE] or genicam:NAME[+NAME]")):
        code, said = rig.daemon("--check-config", *rig.words(frames))
        expect(code == CONFIG and words in said, f"--check-config: {frames}: {words}" if words in said else said)
    code, said = rig.daemon("--check-config", *rig.words(FAKE))
    expect(code == 0 and f"ok     frames: {FAKE}" in said, f"--check-config: {FAKE} may be opened")
    code, said = rig.daemon(*rig.words("usb:0"))
    expect(code == USAGE and "'usb:0': expected" in said, "a name of no kind ends the daemon before it starts")


def seen(rig):
    rig.start("daemon", "smprigd", *rig.words(FAKE), "--scan", rig.at("scan.ply"), "--plan", rig.at("plan.ply"), "--case",
              rig.at("case.db"))
    rig.appears("api")
    api = Api(rig.at("api"))
    until("frames without a head", lambda: api.state()["head"]["reason"] == "too few tags", 20)
    head = api.state()["head"]
    expect(head["state"] == "lost", f"the fake camera sees no head: {head}")


def main():
    with tempfile.TemporaryDirectory(prefix="smprig-cameras-") as folder:
        rig = OneCamera(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))
        try:
            rig.make_case()
            refused(rig)
            rig.start_board()
            seen(rig)
        finally:
            rig.close()


if __name__ == "__main__":
    main()
