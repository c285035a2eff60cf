#!/usr/bin/env python3
"""The real programs hung, killed, cut off and short of disk; afterwards case file and truth must agree.

processes.py CASE BIN_FOLDER [SEED]: runs one case, some (a,b) or `all` one after the other on one case file, each blow at
a random moment of a strike and its travel, prints what it saw, exits 1 with the reason when it is wrong.
The rig that isn't there goes on through all of it, as a real one would, and writes every true puncture. On a machine that
is too busy for the session it may stop by itself too: then the operator does what the programs say, here as in a clinic.
"""
import csv
import fcntl
import json
import os
import pathlib
import pty
import random
import resource
import shutil
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time
import tty

ROOT = pathlib.Path(__file__).parents[2]
SENSOR_ESTOP, SENSOR_DEADMAN, SENSOR_ALL = 3, 1 << 3, (1 << 6) - 1  # safety/sensors.h
RETRACTED_MM = 0.05
NOTICED_MS = 100
LOOKS_MOST = 3  # a machine that did not let us look in time may be asked again
CYCLE_S = 0.2  # a travel and its strike
IN_FLIGHT = 2  # dots that one stop may leave doubtful: the strike that runs, the one that is asked for
PACE_PERCENT = 50  # the plan's dots are to last for all cases
DOTS_PER_LOAD = 1000  # counted, and never reached
NEAREST_MM = 0.5  # two punctures nearer than that are one place struck twice
SLOW_SYNC = """
#define _GNU_SOURCE
#include <unistd.h>
#include <sys/syscall.h>
int fsync(int fd) { usleep(SLOW_US); return (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { usleep(SLOW_US); return (int)syscall(SYS_fdatasync, fd); }
"""


def fail(reason):
    print("FAILED:", reason)
    sys.exit(1)


def expect(holds, what):
    print(("ok   " if holds else "WRONG"), what, flush=True)
    if not holds:
        fail(what)


def wait_until(condition, what, limit_s=60, tell=lambda: ""):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    fail(f"{what}: not within {limit_s} s {tell()}")


def look_closely(is_close):
    """Whether this test's own looking comes before everything else, where that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR if is_close else os.SCHED_OTHER, os.sched_param(50 if is_close else 0))
    except OSError:
        pass


class Cable:
    """A pty of our own before the board's, so that it can be pulled and plugged in again. A process of its own: what
    this test does beside it must not hold up its bytes."""

    def __init__(self, board, link):
        self.ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.ours.close()
            look_closely(True)
            try:
                self.carry(board, link, theirs)
            finally:
                os._exit(0)
        theirs.close()
        self.plug()

    def plug(self):
        self.say(b"+")

    def pull(self):
        self.say(b"-")

    def free(self):
        """A killed program's exclusion ends with it, as it does on a port that nobody else holds."""
        self.say(b"f")

    def say(self, word):
        self.ours.sendall(word)
        if self.ours.recv(1) != word:
            fail("the cable has ended")

    def carry(self, board, link, orders):
        board = os.open(board, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(board)
        host = slave = None
        while True:
            ready = select.select([board, orders] + ([host] if host is not None else []), [], [])[0]
            if orders in ready:
                word = orders.recv(1)
                if word == b"+":
                    host, slave = pty.openpty()
                    tty.setraw(slave)
                    link.unlink(missing_ok=True)
                    link.symlink_to(os.ttyname(slave))
                elif word == b"-":
                    link.unlink()
                    os.close(host)
                    os.close(slave)
                    host = None
                elif word == b"f":
                    fcntl.ioctl(slave, termios.TIOCNXCL)
                else:
                    return  # the test has ended
                orders.sendall(word)
                continue
            for source, target in ((board, host), (host, board)):
                if source is None or source not in ready:
                    continue
                try:
                    data = os.read(source, 4096)
                    if target is not None:
                        os.write(target, data)
                except OSError:
                    pass  # pulled in this very moment: the bytes are lost, as on a real cable


class Rig:
    def __init__(self, bin_folder, folder, seed=0):
        self.bin, self.out = bin_folder, folder
        self.environment, self.limit_bytes = None, None
        self.random, self.stops = random.Random(seed), 0
        self.disk = self.mount_disk()
        self.case = (self.disk or folder) / "case.db"
        self.processes, self.logs = {}, {}
        for name in ("guard.log", "smprigd.log", "rigsim.log"):
            self.logs[name] = open(folder / name, "w")
        self.make_files()
        self.make_case()
        self.start_rigsim()

    def mount_disk(self):
        """A small disk of the case file's own; None where nothing may be mounted."""
        disk = self.out / "disk"
        disk.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], stderr=subprocess.DEVNULL)
        return disk if mount.returncode == 0 else None

    def fill_disk(self):
        if not self.disk:
            return
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            for size in (65536, 4096, 512):
                try:
                    while filler.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass

    def make_room(self):
        self.limit_bytes = None
        if self.disk:
            (self.disk / "filler").unlink()

    def run(self, *arguments):
        done = subprocess.run([self.bin / "smprig", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            fail(f"smprig {arguments[0]}: {done.stderr}")

    def make_case(self):
        """A screened client with a session opened: what a case needs to be armed."""
        who = ["--name", "Simulated Client", "--born", "2000-01-01"]
        self.run("case", "new", self.case, *who, "--scan", "configs/scans/colin27.ply", "--plan",
                 self.out / "ordered.ply", "--consent", "README.md", "--witness", "test")
        self.run("case", "screen", self.case, "--by", "test", "--others", "no")
        self.run("case", "session", self.case, *who, "--by", "test", "--cartridge", self.out.name, "--needle-lot", "1",
                 "--pigment", "all=1")

    def make_files(self):
        out = self.out
        self.run("plan", "--scan", "configs/scans/colin27.ply", "--design", "configs/designs/patch.yaml",
                 "-o", out / "plan.ply")
        self.run("order", "--plan", out / "plan.ply", "--rig", "configs/rigs/gantry.yaml", "--pose",
                 "configs/scenarios/demo.yaml", "-o", out / "ordered.ply")
        self.run("calibrate", "simulated", "--cameras", "configs/cameras/stereo.yaml", "--ring",
                 "configs/rings/crown12.yaml", "--scan", "configs/scans/colin27.ply", "-o", out / "calibration")

    def start(self, name, program, *arguments, **more):
        log = self.logs[f"{name}.log"]
        self.processes[name] = subprocess.Popen([self.bin / program, *map(str, arguments)], cwd=ROOT, stdout=log,
                                                stderr=log, **more)

    def start_rigsim(self):
        out = self.out
        self.start("rigsim", "smprig-rigsim", "--rig", "configs/rigs/gantry.yaml", "--scan",
                   "configs/scans/colin27.ply", "--scenario", "configs/scenarios/demo.yaml", "--cameras",
                   "configs/cameras/stereo.yaml", "--ring", "configs/rings/crown12.yaml", "--frames", out / "frames",
                   "--port", out / "board", "--switches", out / "switches", "--truth", out / "truth.csv")
        wait_until((out / "frames").exists, "the simulated rig comes up", 120)
        self.cable = Cable(out / "board", out / "port")

    def start_guard(self):
        self.cable.free()
        (self.out / "guard").unlink(missing_ok=True)
        self.start("guard", "smprig-guard", "--port", self.out / "port", "--socket", self.out / "guard",
                   "--switches", f"sim:{self.out}/switches")
        wait_until((self.out / "guard").exists, "the guard comes up")

    def press(self, switch):
        """Let go and pressed anew: a guard that has just come up believes in the dead-man only then."""
        with open(self.out / "switches", "r+b") as switches:
            for held in (SENSOR_ALL & ~switch, SENSOR_ALL):
                switches.seek(8)  # behind what is present and its levels (sim/switchboard.h)
                switches.write(held.to_bytes(4, "little"))
                switches.flush()
                time.sleep(0.3)

    def start_daemon(self):
        out = self.out

        def limit():
            if self.limit_bytes:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit_bytes, self.limit_bytes))
        (out / "api").unlink(missing_ok=True)
        self.start("smprigd", "smprigd", "--rig", "configs/rigs/gantry.yaml", "--scan", "configs/scans/colin27.ply",
                   "--plan", out / "ordered.ply", "--cameras", out / "calibration/cameras.yaml", "--ring",
                   out / "calibration/ring.yaml", "--calibration", out / "calibration", "--frames",
                   f"shm:{out}/frames", "--guard", out / "guard", "--api", out / "api", "--case", self.case,
                   "--dots-per-load", DOTS_PER_LOAD, "--start", "--exit-when-done", preexec_fn=limit, env={**os.environ, **(self.environment or {})})
        wait_until((out / "api").exists, "the daemon comes up")
        self.call("pace", str(PACE_PERCENT))

    def begin(self):
        """Whatever is not there is started, and does what it must until the rig strikes."""
        if not self.is_alive("guard"):
            self.end()
            self.start_guard()
        if not self.is_alive("smprigd"):
            self.start_daemon()
        self.go_on()

    def is_alive(self, name):
        return name in self.processes and self.processes[name].poll() is None

    def end(self):
        """The daemon is told to end."""
        if self.is_alive("smprigd"):
            self.stops += 1
            self.processes["smprigd"].terminate()
            self.processes["smprigd"].wait(30)

    def kill(self, name, how=signal.SIGKILL):
        """At any moment of a strike and its travel."""
        time.sleep(self.random.uniform(0, CYCLE_S))
        self.stops += 1
        self.processes[name].send_signal(how)
        if how == signal.SIGKILL:
            self.processes[name].wait()

    def kill_while_homing(self):
        """The next daemon meets a guard that homes for the one before it, and waits until it is through."""
        def homes():
            self.do_as_told()
            return self.phase() == "homing"
        self.start_daemon()
        wait_until(homes, "it homes", 120)
        self.stops += 1
        self.processes["smprigd"].kill()
        self.processes["smprigd"].wait()

    def noticed_ms(self, name, log, sentence):
        """How soon after its SIGSTOP the other one says so. It stays stopped for a while."""
        time.sleep(self.random.uniform(0, CYCLE_S))
        before = self.said(log, sentence)
        look_closely(True)
        stopped = time.monotonic()
        self.processes[name].send_signal(signal.SIGSTOP)
        while self.said(log, sentence) == before and time.monotonic() < stopped + 1:
            time.sleep(0.001)
        noticed_ms = 1e3 * (time.monotonic() - stopped)
        look_closely(False)
        self.stops += 1
        return noticed_ms

    def expect_noticed(self, name, log, sentence):
        for look in range(LOOKS_MOST):
            if look > 0:
                self.go_on(2)
            noticed_ms = self.noticed_ms(name, log, sentence)
            self.wait_for_quiet()
            self.processes[name].send_signal(signal.SIGCONT)
            if noticed_ms <= NOTICED_MS:
                break
        print(f"figure noticed_{name}_stopped {noticed_ms:.0f} ms goal <={NOTICED_MS} "
              f"{'ok' if noticed_ms <= NOTICED_MS else 'short'}")
        expect(noticed_ms <= NOTICED_MS, f"a stopped {name} is noticed")

    def call(self, verb, *options):
        try:
            return subprocess.run([self.bin / "smprig", verb, "--api", self.out / "api", *options], capture_output=True,
                                  text=True, timeout=10).stdout
        except subprocess.TimeoutExpired:
            return ""

    def phase(self):
        """The session's; empty when the daemon does not answer."""
        answer = self.call("status", "--json")
        return json.loads(answer)["phase"] if answer else ""

    def dots_of_load(self):
        """Struck with the pigment that is in the cartridge, as the daemon counts."""
        prompts = json.loads(self.call("prompts", "--json"))
        return next(prompt["used"] for prompt in prompts if prompt["kind"] == "pigment")

    def log(self, name):
        return (self.out / name).read_text()

    def said(self, name, sentence):
        return self.log(name).count(sentence)

    def wait_for_word(self, name, sentence, limit_s):
        """That it is said once more than until now."""
        before = self.said(name, sentence)
        return lambda what: wait_until(lambda: self.said(name, sentence) > before, what, limit_s)

    def punctures(self):
        """Of strikes. Where nobody is left to draw the needle back, a breathing head may come to it as it stands
        retracted over a dot; the campaign counts those apart too."""
        with open(self.out / "truth.csv") as stream:
            rows = list(csv.DictReader(stream))
        return [row for row in rows if float(row["stroke_mm"]) > RETRACTED_MM]

    def go_on(self, count=1):
        """Do what the programs ask for until it has struck `count` times more."""
        def has_struck():
            if time.monotonic() > nudged[0] + 1:
                self.do_as_told()
                nudged[0] = time.monotonic()
            return len(self.punctures()) >= before + count
        before, nudged = len(self.punctures()), [0]
        wait_until(has_struck, "it strikes again", 120, lambda: self.call("status", "--json"))

    def do_as_told(self):
        """Acknowledge what latched, press what must be pressed, start what stands."""
        phase = self.phase()
        if phase == "running":
            return
        if phase == "fault":
            if "press the e-stop" in self.log("guard.log").splitlines()[-1]:
                self.press(SENSOR_ESTOP)
            self.stops += 1
            self.call("acknowledge", "--needle-out")  # the simulated needle is seen to be out
        before = self.said("smprigd.log", "needs dead-man")
        self.call("resume" if phase == "held" else "start")
        time.sleep(0.2)
        if self.said("smprigd.log", "needs dead-man") > before:
            self.press(SENSOR_DEADMAN)

    def wait_for_quiet(self):
        """Nothing is struck any more; the last one has ended by itself."""
        time.sleep(0.4)
        before = len(self.punctures())
        time.sleep(0.6)
        expect(len(self.punctures()) == before, "nothing more is struck")
        longest_ms = max(float(row["in_skin_ms"]) for row in self.punctures())
        expect(longest_ms <= 40, f"each strike ended by itself ({longest_ms:.1f} ms in the skin at most)")

    def close(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        if self.disk:
            subprocess.run(["umount", "--lazy", self.disk])

    def judge(self):
        """Everything at rest: the case file against the true punctures of all that has been."""
        if self.is_alive("smprigd"):
            self.stops += 1
            self.call("hold")
            wait_until(lambda: self.phase() in ("held", "fault"), "it is held", 10)
        self.wait_for_quiet()
        places = [tuple(float(row[k]) for k in "xyz") for row in self.punctures()]
        nearest = min(sum((a - b) ** 2 for a, b in zip(p, q)) ** 0.5 for i, p in enumerate(places) for q in places[:i])
        expect(nearest > NEAREST_MM, f"no place struck twice (nearest two {nearest:.2f} mm apart)")
        self.run("report", "verify", "--case", self.case)
        case = sqlite3.connect(f"file:{self.case}?mode=ro", uri=True)
        fates = dict(case.execute("select fate, count(*) from dots group by fate"))
        intents = case.execute("select count(*) from dots where fate = 'pending' and intent").fetchone()[0]
        case.close()
        done, doubtful = fates.get("done", 0), fates.get("doubtful", 0) + intents
        print(f"{done} done, {doubtful} doubtful, {len(places)} punctures, {self.stops} stops")
        expect(doubtful <= IN_FLIGHT * self.stops, "no more are doubtful than were in flight")
        expect(done <= len(places) <= done + doubtful, "what is done was struck, what is struck is done or doubtful")


def case_hung(rig):
    """SIGSTOP of either program, then the cable pulled and plugged in again."""
    rig.begin()
    rig.go_on(3)
    rig.expect_noticed("smprigd", "guard.log", "smprigd died, hung")
    rig.go_on(2)
    rig.expect_noticed("guard", "smprigd.log", "the guard does not answer")
    rig.go_on(2)
    sees_it_go = rig.wait_for_word("guard.log", "the port has gone", 5)
    rig.cable.pull()
    rig.stops += 1
    sees_it_go("the guard sees the port go")
    rig.wait_for_quiet()
    rig.cable.plug()
    rig.go_on(2)
    rig.judge()


def case_killed(rig):
    """kill -9 of the guard, then of the daemon; then of one whose guard goes on homing."""
    rig.begin()
    rig.go_on(3)
    sees_it_go = rig.wait_for_word("smprigd.log", "the guard has gone", 5)
    rig.kill("guard")
    sees_it_go("the daemon sees that the guard has gone")
    rig.wait_for_quiet()
    rig.processes["smprigd"].wait(30)  # it was to exit when the session is over, and this is one's end
    rig.begin()
    rig.go_on(3)
    used = rig.dots_of_load()
    expect(used >= 5, f"the pigment of {used} dots is counted, those before the kill too")
    rig.kill("smprigd")
    rig.wait_for_quiet()
    rig.kill_while_homing()
    rig.begin()
    expect(rig.dots_of_load() >= used, "and goes on being counted after the next one")
    rig.judge()


def case_full_disk(rig):
    """The case file's disk is full in the middle of a session: held needle-out, the case still whole."""
    if not rig.disk:
        rig.end()
        print("no disk of its own may be mounted here: no file of the daemon may grow beyond what the case has instead")
        rig.limit_bytes = sum(path.stat().st_size for path in rig.case.parent.glob("case.db*")) + 60_000
    sees_it_full = rig.wait_for_word("smprigd.log", "case file: ", 60)
    rig.begin()
    rig.fill_disk()
    rig.stops += 1
    sees_it_full("the disk is full")
    rig.wait_for_quiet()
    expect(rig.phase() != "running", "the session is stopped")
    rig.call("start")
    rig.wait_for_quiet()
    rig.end()
    rig.make_room()
    rig.begin()
    rig.judge()


def case_slow_disk(rig):
    """Every sync takes a fifth of a second: slower, and nothing else; then killed while it syncs."""
    if not shutil.which("cc"):
        print("skipped: slow syncs need a C compiler")
        return
    source, library = rig.out / "slow.c", rig.out / "slow.so"
    source.write_text(SLOW_SYNC.replace("SLOW_US", "200000"))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    rig.environment = {"LD_PRELOAD": str(library)}
    rig.end()
    rig.begin()
    rig.go_on(4)
    rig.kill("smprigd")
    rig.environment = None
    rig.judge()


CASES = {"hung": case_hung, "killed": case_killed, "full_disk": case_full_disk, "slow_disk": case_slow_disk}


def main():
    case, bin_folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else time.time_ns() % 1000000
    print(f"seed {seed}")
    # In memory: a simulated rig that waits for a disk while it writes its truth is late with everything else.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="smprig-", dir=memory) as folder:
        rig = Rig(bin_folder, pathlib.Path(folder), seed)
        try:
            for name in CASES if case == "all" else case.split(","):
                print(f"# {name}", flush=True)
                CASES[name](rig)
        except BaseException:
            print(rig.log("smprigd.log")[-1500:], rig.log("guard.log")[-1500:])
            raise
        finally:
            rig.close()


if __name__ == "__main__":
    main()
