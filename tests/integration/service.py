#!/usr/bin/env python3
"""The programs as a service manager runs them: settings in files, READY and WATCHDOG, reload, restart.

service.py BIN_FOLDER: prints what it saw, exits 1 with the reason when it is wrong.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import processes  # noqa: E402
from processes import ROOT, expect, wait_until  # noqa: E402

WATCHDOG_S = 6  # a guard that loads a case does nothing else for a second or two
PHASES_AT_REST = ("locked", "fault")  # fault: after a crash under way, until somebody acknowledges it


class Manager:
    """Hears what sd_notify(3) messages say."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.words = []  # (when it was heard, what)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            text = self.socket.recv(4096).decode()
            self.words.append((time.monotonic(), text))

    def environment(self):
        return {**os.environ, "NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}

    def heard(self, word):
        return any(word in text for _, text in self.words)

    def forget(self):
        self.words = []

    def longest_silence_s(self):
        times = [when for when, text in self.words if "WATCHDOG=1" in text]
        return max(b - a for a, b in zip(times, times[1:]))


class Service(processes.Rig):
    def __init__(self, bin_folder, folder):
        self.managers = {name: Manager(folder / f"notify-{name}") for name in ("guard", "smprigd", "console")}
        (folder / "cases/anna").mkdir(parents=True)
        super().__init__(bin_folder, folder)
        self.disk = None
        shutil.copy(ROOT / "configs/scans/colin27.ply", folder / "cases/anna/scan.ply")
        shutil.copy(folder / "ordered.ply", folder / "cases/anna/plan.ply")
        (folder / "etc/conf.d").mkdir(parents=True)
        (folder / "etc/smprig.yaml").write_text(f"""\
rig: configs/rigs/gantry.yaml
cameras: {folder}/calibration/cameras.yaml
ring: {folder}/calibration/ring.yaml
calibration: {folder}/calibration
frames: shm:{folder}/frames
cases: {folder}/none
board_port: {folder}/port
switches: sim:{folder}/switches
guard_socket: {folder}/guard
api_socket: {folder}/api
console_port: 0
""")
        (folder / "etc/conf.d/10-cases.yaml").write_text(f"cases: {folder}/cases\n")

    def mount_disk(self):
        """The case file's folder: the one that `load` takes it from."""
        return self.out / "cases/anna"

    def start_program(self, name, program, *more):
        manager = self.managers[name]
        manager.forget()
        self.logs[f"{name}.log"] = open(self.out / f"{name}.log", "a")
        self.start(name, program, "--config", self.out / "etc/smprig.yaml", *more, env=manager.environment())
        wait_until(lambda: manager.heard("READY=1"), f"{program} says READY", 20)
        expect(self.processes[name].poll() is None, f"{program} says READY")

    def start_all(self):
        self.start_program("guard", "smprig-guard")
        self.start_program("smprigd", "smprigd")

    def state(self):
        with socket.socket(socket.AF_UNIX) as api:
            api.settimeout(5)
            api.connect(str(self.out / "api"))
            api.sendall(b'{"jsonrpc":"2.0","id":1,"method":"state"}\n')
            return json.loads(api.makefile().readline())["result"]

    def phase(self):
        return self.state()["phase"]

    def load(self):
        self.run("call", "load", "case=anna", "--api", self.out / "api")
        wait_until(self.waits, "the loaded case comes up locked, or at fault after a crash", 30)

    def waits(self):
        return self.phase() in PHASES_AT_REST

    def reload(self, words):
        before = self.log("smprigd.log")
        self.managers["smprigd"].forget()
        self.kill("smprigd", signal.SIGHUP)
        wait_until(lambda: words in self.log("smprigd.log")[len(before):], f"reload says: {words}", 5)
        wait_until(lambda: self.managers["smprigd"].heard("READY=1"), "it says READY again", 5)
        expect(self.managers["smprigd"].heard("RELOADING=1"), f"reload says: {words}")


def check_reload_when_idle(rig):
    drop_in = rig.out / "etc/conf.d/20-more.yaml"
    rig.reload("changed: nothing")
    drop_in.write_text(f"dots_per_load: 40\nlog_level: debug\napi_socket: {rig.out}/other\n")
    rig.reload("changed: dots_per_load, log_level; needs a restart: api_socket")
    drop_in.write_text("dots_per_lod: 40\n")
    rig.reload("unknown key 'dots_per_lod' in the settings file; did you mean dots_per_load?")
    drop_in.write_text("rig: /nonexistent\nframes: ''\n")
    rig.reload("frames is missing")
    drop_in.unlink()
    rig.reload("changed: dots_per_load, log_level")


def check_restart(rig, name, how):
    """Whatever ended, what comes up is locked, and nothing moves before somebody says so."""
    rig.kill(name, how)
    rig.processes[name].wait(10)
    rig.wait_for_quiet()
    before = len(rig.punctures())
    if name == "smprigd":
        rig.start_program("smprigd", "smprigd")
        expect(rig.phase() == "no case", "a restarted daemon has no case and asks for one")
    else:
        wait_until(lambda: rig.phase() == "failed", "the daemon knows that its guard has gone", 5)
        rig.start_program("guard", "smprig-guard")
    rig.load()
    time.sleep(1.5)
    phase, after = rig.phase(), len(rig.punctures())
    expect(phase in PHASES_AT_REST and after == before,
           f"after {name} was ended by {how.name} it comes up {phase}, {after - before} struck, and nothing moves")
    rig.go_on()
    expect(True, "acknowledged and started by an operator, it goes on")


def main():
    with tempfile.TemporaryDirectory(prefix="smprig-service-") as folder:
        rig = Service(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))
        try:
            rig.start_all()
            check_reload_when_idle(rig)
            rig.load()
            rig.go_on()
            rig.reload("settings not read: the session is running; abort it or let it end first")
            check_restart(rig, "smprigd", signal.SIGKILL)
            check_restart(rig, "guard", signal.SIGKILL)
            check_restart(rig, "smprigd", signal.SIGTERM)
            expect(rig.managers["smprigd"].longest_silence_s() < WATCHDOG_S, "the daemon's watchdog is never late")
            expect(rig.managers["guard"].longest_silence_s() < WATCHDOG_S, "the guard's watchdog is never late")
            rig.managers["smprigd"].forget()
            rig.kill("smprigd", signal.SIGTERM)
            expect(rig.processes["smprigd"].wait(10) == 0, "told to end, it ends with 0")
            wait_until(lambda: rig.managers["smprigd"].heard("STOPPING=1"), "it says that it stops", 2)
            rig.start_program("console", "smprig-console", "--one-time")
            time.sleep(WATCHDOG_S)
            expect(rig.managers["console"].longest_silence_s() < WATCHDOG_S, "the console's watchdog is never late")
            rig.judge()
        finally:
            rig.close()


if __name__ == "__main__":
    main()
