#!/usr/bin/env python3
"""The rig link with real processes: a board on a pty and on TCP, in good and in bad moods.

rig_link.py BIN_FOLDER: prints what it saw, exits 1 when something is wrong.
"""
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parents[2]
RIG = "configs/rigs/gantry.yaml"
OK, DATAERR, UNAVAILABLE = 0, 65, 69
wrong = 0


def expect(holds, what, said=""):
    global wrong
    print("ok   " if holds else "WRONG", what)
    if not holds:
        wrong += 1
        print("      ", said.strip()[-600:])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Board:
    """smprig-rigsim without a head: the board alone, and the name its port has for a host."""

    def __init__(self, bins, folder, kind, *more):
        number = free_port()
        own = f"tcp:{number}" if kind == "tcp" else str(folder / "port")
        self.port = f"tcp:127.0.0.1:{number}" if kind == "tcp" else own
        self.process = subprocess.Popen([bins / "smprig-rigsim", "--rig", RIG, "--port", own, *more], cwd=ROOT)
        for _ in range(1200):
            time.sleep(0.05)
            if kind == "pty" and pathlib.Path(own).exists():
                return
            if kind == "tcp" and f":{number:04X} " in pathlib.Path("/proc/net/tcp").read_text():
                return
        raise SystemExit("the board did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def probe_needle(bins, folder):
    """A needle 0.2375 mm longer than the rig file says is found, and the file put right; one that is far too long
    or too short is told apart."""
    own, cal = folder / "rig.yaml", folder / "cal"
    shutil.copy(ROOT / RIG, own)
    cal.mkdir()

    def rig(board, *words, text=""):
        run = subprocess.run([bins / "smprig", "rig", *words, "--port", board.port, "--rig", own, "--rig-is-empty"],
                             capture_output=True, text=True, timeout=120, input=text)
        return run.returncode, run.stdout + run.stderr

    before = own.read_text()
    with Board(bins, folder, "pty", "--needle-longer", "0.2375") as board:
        code, said = rig(board, "probe", "needle")
        expect(code != OK and "not homed" in said, "no probe of the needle before homing", said)
        rig(board, "home")
        code, said = rig(board, "probe", "needle", "--calibration", cal, text="n\n")
        expect(code == OK and "nothing was written" in said and own.read_text() == before and not list(cal.iterdir()),
               "the needle's length is not written without a yes", said)
        code, said = rig(board, "probe", "needle", "--calibration", cal, "--simulated", text="y\n")
        length = float(next(line for line in own.read_text().splitlines() if line.startswith("needle_length")).split()[1])
        expect(code == OK and abs(length - 60.2375) < 0.003, "the needle's length is written after a yes", said)
        kept = [f for f in folder.iterdir() if f.name.startswith("rig.yaml.")]
        expect(len(kept) == 1 and kept[0].read_text() == before, "the old rig file is kept", str(kept))
        expect("step: needle" in (cal / "needle.yaml").read_text() and "rig_sha256" in (cal / "needle.yaml").read_text(),
               "its record names the rig file", said)
        run = subprocess.run([bins / "smprig", "calibrate", "check", cal, "--rig", own, "--simulated", "--json"],
                             capture_output=True, text=True)
        verdict = {f["step"]: f["verdict"] for f in json.loads(run.stdout)["findings"]}
        expect(verdict["needle"] == "good", "the record is good for this rig file", run.stdout)
        run = subprocess.run([bins / "smprig", "calibrate", "check", cal, "--rig", ROOT / RIG, "--simulated"],
                             capture_output=True, text=True)
        expect("rig file has changed" in run.stdout, "and says so for another", run.stdout)
    shutil.copy(ROOT / RIG, own)
    for longer, words in [("2", "on its way to the plate"), ("-0.9", "touched nothing")]:
        with Board(bins, folder, "pty", "--needle-longer", longer) as board:
            rig(board, "home")
            code, said = rig(board, "probe", "needle", "--write")
            expect(code == UNAVAILABLE and words in said and own.read_text() == before,
                   f"a needle {longer} mm too long: {words}", said)


def main():
    bins = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="smprig-link-"))

    def rig(board, task, *more, text=None):
        run = subprocess.run([bins / "smprig", "rig", task, "--port", board.port, "--rig", ROOT / RIG, *more],
                             cwd=folder, capture_output=True, text=True, timeout=120, input=text)
        return run.returncode, run.stdout + run.stderr

    for kind in ["pty", "tcp"]:
        log = folder / f"{kind}.wire"
        with Board(bins, folder, kind) as board:
            code, said = rig(board, "doctor", "--json")
            found = json.loads(said)
            expect(code == OK and found["is_rig"] and found["axes"] == "XYZABC", f"{kind}: the doctor knows the rig", said)
            code, said = rig(board, "home")
            expect(code == UNAVAILABLE and "--rig-is-empty" in said, f"{kind}: no homing without a word", said)
            code, said = rig(board, "park", "--rig-is-empty")
            expect(code == UNAVAILABLE and "not homed" in said, f"{kind}: no park before homing", said)
            code, said = rig(board, "home", "--rig-is-empty", "--wire-log", log)
            expect(code == OK and "homed" in said, f"{kind}: homed", said)
            code, said = rig(board, "jog", "--rig-is-empty", text="XXq")
            expect(code == OK, f"{kind}: jogged", said)
            code, said = rig(board, "park", "--rig-is-empty")
            expect(code == OK and "parked" in said, f"{kind}: parked", said)
            code, said = rig(board, "probe", "--rig-is-empty")
            expect(code == UNAVAILABLE and "touched nothing" in said, f"{kind}: a probe into nothing says so", said)
            run = subprocess.run([bins / "smprig", "rig", "replay", log, "--rig", ROOT / RIG], capture_output=True, text=True)
            expect(run.returncode == OK and "the same again" in run.stdout, f"{kind}: the wire log replays", run.stdout + run.stderr)
            holder = subprocess.Popen([bins / "smprig-guard", "service", "jog", "--port", board.port, "--rig", ROOT / RIG,
                                       "--rig-is-empty"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            holder.stdout.read(1)  # it speaks once it has the port
            code, said = rig(board, "doctor")
            expect(code != OK and (kind == "tcp" or "another program has it open" in said), f"{kind}: a port in use is not shared", said)
            holder.communicate(b"q", timeout=60)

    probe_needle(bins, folder)

    with Board(bins, folder, "pty") as board:
        run = subprocess.run([bins / "smprig", "rig", "conformance", ROOT / "tests/golden/dialect", "--port", board.port,
                              "--moves", "--rig-is-empty"], cwd=folder, capture_output=True, text=True, timeout=120)
        expect(run.returncode == OK and " 0 failed" in run.stdout, "the transcripts pass on a port", run.stdout + run.stderr)

    memory = folder / "board.txt"
    memory.write_text("$100=250\n$22=0\n$20=0\n$10=3\n$132=30\n$44=7\n")
    with Board(bins, folder, "pty", "--memory", str(memory)) as board:
        code, said = rig(board, "setup")
        expect(code != OK and "WRONG" in said, "setup shows what differs", said)
        code, said = rig(board, "setup", "--write", "--old", "old.txt", text="n\n")
        expect("nothing was written" in said, "setup asks before it writes", said)
        code, said = rig(board, "setup", "--write", "--old", "old.txt", text="y\n")
        expect(code == OK and "read back" in said, "setup writes and reads back", said)
        expect("$100=250\n" in (folder / "old.txt").read_text(), "the old settings are kept", said)
    expect("$100=80.000\n" in memory.read_text(), "the board remembers them", memory.read_text())

    for mood, code_wanted, words in [("silent", UNAVAILABLE, "no answer from the board"),
                                     ("wrong-baud", UNAVAILABLE, "unreadable"),
                                     ("ok-doubled", UNAVAILABLE, "listed no settings"),
                                     ("split", OK, "the board is the rig's"),
                                     ("joined", OK, "the board is the rig's"),
                                     ("resets-on-open", OK, "the board is the rig's")]:
        for kind in ["pty", "tcp"]:
            with Board(bins, folder, kind, "--mood", mood) as board:
                code, said = rig(board, "doctor")
                expect(code == code_wanted and words in said, f"{kind}: {mood}", said)
    with Board(bins, folder, "pty") as board:
        rig(board, "home", "--rig-is-empty")
        jog = subprocess.Popen([bins / "smprig", "rig", "jog", "--port", board.port, "--rig", ROOT / RIG, "--rig-is-empty"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        jog.stdout.read(1)
        board.process.kill()  # a pty goes with the process that holds it, as a USB port with its cable
        said = jog.communicate(timeout=60)[0].decode()
        expect(jog.returncode != OK and "gone" in said, "unplugged in the middle of it: the port has gone", said)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
