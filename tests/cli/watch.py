#!/usr/bin/env python3
"""smprig watch and the verbs that call, against a daemon that only talks: on a pty, in a pipe, as JSON.

watch.py BIN_FOLDER: prints what it saw, exits 1 when something is wrong.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

wrong = 0

STATE = {
    "phase": "running", "reason": "", "guard": "running", "waiting_for": "", "dots_planned": 1400, "dots_done": 338,
    "dots_skipped": 12, "dots_pending": 1050,
    "dots_pending": 1050, "rate_dots_s": 11.62, "pace_percent": 100, "time_left_s": {"low": 95.0, "high": 95.0},
    "alarms": [], "command": {"holder": "anna", "channel": 1, "asking": "", "asking_channel": 0},
    "case": {"name": "client\x1b[2J-07"},  # a name that would clear the screen
    "head": {"state": "still", "reason": "", "speed_mm_s": 1.25, "age_ms": 12.4, "sigma_um": 7.9, "tags": 10},
    "zones": [{"name": "crown", "pending": 800, "done": 300, "skipped": 0, "doubtful": 0},
              {"name": "hairline", "pending": 250, "done": 50, "skipped": 2, "doubtful": 1}],
    "prompts": [{"kind": "pigment", "used": 142, "limit": 400, "answered": 0, "is_open": False, "text": ""}],
    "interlocks": [{"name": "tracking", "is_needed": True, "holds": True, "reason": "", "remedy": ""},
                   {"name": "door", "is_needed": True, "holds": True, "reason": "", "remedy": ""},
                   {"name": "never asked", "is_needed": False, "holds": False, "reason": "", "remedy": ""}],
}
ALARM = {"number": 3, "priority": "high", "cause": "guard", "happened": "The guard has gone.", "safe": "The needle is out.",
         "remedy": "Start the guard.", "acknowledged_by": "", "is_present": True, "followed_by": []}


def expect(holds, what, why=""):
    global wrong
    print("ok   " if holds else "WRONG", what, "" if holds else f": {why}", flush=True)
    wrong += not holds


class Daemon:
    """Answers as smprigd does, and tells subscribers what tell() says."""

    def __init__(self, path):
        self.path, self.clients, self.calls, self.subscribers = path, [], [], []
        self.open()

    def open(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.path.unlink(missing_ok=True)
        self.socket.bind(str(self.path))
        self.socket.listen()
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        for line in client.makefile():
            call = json.loads(line)
            self.calls.append((call["method"], call.get("params")))
            answer = {"jsonrpc": "2.0", "id": call["id"], "result": self.result(call["method"])}
            if call["method"] == "abort":
                answer = {"jsonrpc": "2.0", "id": call["id"], "error": {"code": -32002, "message": "anna is in command"}}
            client.sendall((json.dumps(answer) + "\n").encode())
            if call["method"] == "subscribe":
                self.subscribers.append(client)

    @staticmethod
    def result(method):
        return {"subscribe": STATE, "state": STATE, "cases": ["anna", "bert"],
                "records": [{"a": 1, "b": "two"}, {"a": 33, "c": True}],
                "info": {"version": "1", "rig": {"name": "gantry"}}}.get(method, True)

    def tell(self, method, params):
        line = (json.dumps({"jsonrpc": "2.0", "method": method, "params": params}) + "\n").encode()
        for client in list(self.subscribers):
            try:
                client.sendall(line)
            except OSError:
                self.subscribers.remove(client)

    def close(self):
        self.socket.close()
        for client in self.clients:
            client.shutdown(socket.SHUT_RDWR)
            client.close()
        self.clients, self.subscribers = [], []
        self.path.unlink()


class Screen:
    """smprig watch on a pty of so many columns and rows."""

    def __init__(self, command, columns, rows, **environment):
        host, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **environment})
        self.host, self.slave, self.bytes = host, slave, b""

    def read(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.host], [], [], 0.05)[0]:
                try:
                    self.bytes += os.read(self.host, 65536)
                except OSError:
                    return

    def frame(self):
        """The newest whole frame, without colour."""
        parts = self.bytes.decode(errors="replace").split("\033[H")
        whole = parts[-1] if "\033[J" in parts[-1] else parts[-2]
        return re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", whole).split("\r\n")

    def shows(self, text, seconds=5):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.1)
            if b"\033[J" in self.bytes and any(text in line for line in self.frame()):
                return True
        return False

    def end(self, key=b"q"):
        os.write(self.host, key)
        self.read(0.5)
        code = self.process.wait(5)
        restored = termios.tcgetattr(self.slave) == self.before
        os.close(self.host)
        os.close(self.slave)
        return code, restored


def check_live(watch, daemon):
    screen = Screen(watch, 100, 30)
    expect(screen.shows("running"), "the view comes up")
    frame = screen.frame()
    text = "\n".join(frame)
    for words in ("338 of 1400, 12 skipped, 25.0 %", "11.6 dots/s   2 min left   pace 100 %", "in command: anna",
                  "head    still, 1.2 mm/s, pose 12 ms old, 8 um, 10 tags", "good    tracking, door",
                  "crown            300 of 1100, 0 skipped, 0 doubtful", "pigment 142 of 400 dots"):
        expect(words in text, f"it shows '{words}'", text)
    expect("client?[2J-07" in text and b"\033[2J" not in screen.bytes, "a name cannot command the terminal")
    expect("never asked" not in text, "a lamp that is not needed is not shown")
    expect(all(len(line) <= 100 for line in frame) and len(frame) <= 30, "the frame fits")
    daemon.tell("state", {"alarms": [ALARM], "phase": "fault", "reason": "the guard has gone", "sequence": 2})
    expect(screen.shows("ALARM 3, high: The guard has gone."), "an alarm is shown")
    text = "\n".join(screen.frame())
    expect("safe  The needle is out." in text and "do    Start the guard." in text, "with what is safe and what to do")
    expect(b"\033[1;7;31mALARM" in screen.bytes, "in red")
    daemon.tell("log", {"number": 1, "unix_ms": 0, "level": "info", "text": "dot 7 skipped"})
    expect(screen.shows("dot 7 skipped"), "the log is shown")
    os.write(screen.host, b" ")
    expect(screen.shows("hold was asked for") and ("hold", None) in daemon.calls, "Space holds")
    expect(screen.shows("NO DATA for"), "silence is told")
    daemon.close()
    time.sleep(0.5)
    daemon.open()
    expect(screen.shows("running   case"), "it finds a restarted daemon by itself")
    code, restored = screen.end()
    expect(code == 0 and restored, "q ends it, the terminal is as before")
    expect(screen.bytes.endswith(b"left\r\n") and b"\033[?1049l" in screen.bytes, "and tells how it stood")


def check_small(watch, daemon):
    for columns, rows in ((40, 10), (20, 4), (12, 2)):
        screen = Screen(watch, columns, rows, NO_COLOR="1")
        expect(screen.shows("running"[:columns]), f"{columns} x {rows}: comes up")
        daemon.tell("state", {"alarms": [ALARM], "sequence": 3})
        screen.read(0.6)
        frame = screen.frame()
        expect(len(frame) <= rows and all(len(line) <= columns for line in frame), f"{columns} x {rows}: fits", frame)
        expect(not re.search(rb"\033\[[0-9;]*m", screen.bytes), f"{columns} x {rows}: NO_COLOR is kept to")
        expect(screen.end()[0] == 0, f"{columns} x {rows}: ends")
    screen = Screen(watch, 80, 24)
    screen.shows("running")
    os.kill(screen.process.pid, signal.SIGTERM)
    code, restored = screen.end(b"")
    expect(code == 0 and restored, "SIGTERM leaves the terminal as before")
    screen = Screen(watch, 80, 24)
    screen.shows("running")
    os.close(screen.slave)
    os.close(screen.host)
    expect(screen.process.wait(5) is not None, "a terminal that has gone ends it")


def check_pipe(watch, daemon):
    daemon.subscribers = []
    plain = subprocess.Popen(watch, stdout=subprocess.PIPE, text=True)
    as_json = subprocess.Popen([*watch, "--json"], stdout=subprocess.PIPE, text=True)
    while len(daemon.subscribers) < 2:
        time.sleep(0.05)
    daemon.tell("state", {"phase": "held", "reason": "an operator", "sequence": 4})
    daemon.tell("state", {"phase": "finished", "reason": "", "dots_done": 1388, "dots_pending": 0, "time_left_s": None, "sequence": 5})
    text = plain.communicate(timeout=5)[0]
    expect(plain.returncode == 0 and "\033" not in text, "a pipe gets plain lines, and the end of the session ends it")
    expect("finished   1388 of 1400 dots, 12 skipped" in text, "its last line says how it ended", text)
    lines = [json.loads(line) for line in as_json.communicate(timeout=5)[0].splitlines()]
    expect([line["phase"] for line in lines] == ["held", "finished"] and lines[0]["dots_planned"] == 1400,
           "--json tells each whole state")


def check_verbs(smprig, api, daemon):
    def run(*words):
        return subprocess.run([smprig, *words, "--api", api], capture_output=True, text=True, timeout=10)
    cases = [  # words, call, words of the output
        (["status"], ("state", None), "338 of 1400"),
        (["hold"], ("hold", None), "done"),
        (["resume"], ("resume", None), "done"),
        (["load", "anna"], ("load", {"case": "anna"}), "done"),
        (["cases"], ("cases", None), "bert"),
        (["skip", "7", "8", "--why", "a mole"], ("skip", {"dots": [7, 8], "why": "a mole"}), "done"),
        (["skip", "--zone", "crown", "--why", "sore"], ("skip_zone", {"zone": "crown", "why": "sore"}), "done"),
        (["answer", "pigment"], ("answer", {"prompt": "pigment"}), "done"),
        (["ack", "3", "--needle-out"], ("acknowledge", {"number": 3, "needle_out": True}), "done"),
        (["acknowledge"], ("acknowledge", None), "done"),
        (["pace", "60"], ("override", {"percent": 60}), "done"),
        (["prompts"], ("state", None), "pigment"),
        (["alarms"], ("state", None), "none"),
        (["call", "records"], ("records", None), "33"),
        (["call", "info"], ("info", None), "gantry"),
        (["call", "jog", "axis=X", "direction=-1"], ("jog", {"axis": "X", "direction": -1}), "done"),
    ]
    for words, call, said in cases:
        done = run(*words)
        expect(done.returncode == 0 and daemon.calls[-1] == call and said in done.stdout, "smprig " + " ".join(words),
               (done.returncode, daemon.calls[-1], done.stdout, done.stderr))
    expect(json.loads(run("call", "records", "--json").stdout) == Daemon.result("records"), "--json is the daemon's answer")
    expect(json.loads(run("prompts", "--json").stdout) == STATE["prompts"], "--json of a part of the state")
    refused = run("abort")
    expect(refused.returncode != 0 and "anna is in command" in refused.stderr, "a refusal is told in the daemon's words")
    for words in (["skip", "7"], ["skip", "--why", "x"], ["load"], ["answer", "a", "b"], ["pace", "fast"], ["hold", "x"]):
        before = len(daemon.calls)
        expect(run(*words).returncode == 64 and len(daemon.calls) == before, "refused here: smprig " + " ".join(words))


def main():
    smprig = pathlib.Path(sys.argv[1]).resolve() / "smprig"
    with tempfile.TemporaryDirectory(prefix="smprig-watch-") as folder:
        daemon = Daemon(pathlib.Path(folder) / "api")
        watch = [smprig, "watch", "--api", daemon.path]
        check_live(watch, daemon)
        check_small(watch, daemon)
        check_pipe(watch, daemon)
        check_verbs(smprig, daemon.path, daemon)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
