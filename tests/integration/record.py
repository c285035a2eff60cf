#!/usr/bin/env python3
"""Recordings: a recorded live session replays without a difference, another limit shows where it would have
decided otherwise, and bad recordings are named with the place.

record.py live|simulated BIN_FOLDER: runs one case, prints what it saw, exits 1 with the reason when it is wrong.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
ENTRY = 9  # enum record_kind


def expect(holds, what, more=""):
    print(("ok   " if holds else "WRONG"), what)
    if not holds:
        print("FAILED:", what, more)
        sys.exit(1)


def run(bin_folder, *words):
    done = subprocess.run([bin_folder / "smprig", *map(str, words)], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def as_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def records(data):
    """(begin, kind, zigzag gap, payload's begin, end) of each record."""
    at = 8
    while at < len(data):
        begin = at
        kind, at = varint(data, at)
        gap, at = varint(data, at)
        count, at = varint(data, at)
        yield begin, kind, gap, at, at + count
        at += count


def copy_with(folder, name, change):
    """A copy of the recording, its session.rec changed."""
    target = folder.parent / name
    shutil.copytree(folder, target)
    path = target / "session.rec"
    path.write_bytes(change(path.read_bytes()))
    return target


def run_backwards(data):
    begin, kind, _, at, end = list(records(data))[500]
    gap = as_varint(2 * 1_500_000 - 1)  # zigzag of -1.5 ms
    return data[:begin] + as_varint(kind) + gap + as_varint(end - at) + data[at:]


def decide_otherwise(data):
    """One letter in the words of a journal's entry: the code of now says it differently."""
    _, _, _, at, end = [r for r in records(data) if r[1] == ENTRY and b"arming -> running" in data[r[3]:r[4]]][0]
    return data[:end - 1] + b"!" + data[end:]


def another_rig(folder):
    text = (ROOT / "configs/rigs/gantry.yaml").read_text()
    changed = text.replace("tip_clearance_mm: 0.2 ", "tip_clearance_mm: 0.39 ")
    assert changed != text
    path = folder / "another.yaml"
    path.write_text(changed)
    return path


def check_another_limit(bin_folder, folder, rig):
    code, out, _ = run(bin_folder, "replay", folder, "--rig", rig, "--json")
    told = json.loads(out)
    expect(code == 1 and told["same"] is False and told[told["first"]]["difference"]["t_s"] > 0,
           "another limit shows the first difference")
    differences = [told[half]["difference"] for half in ("session", "guard") if told[half]["difference"]]
    expect(any("too near to the head" in d["now"] for d in differences), "the gate says why it refuses now")


def case_simulated(bin_folder, out):
    folder = out / "sim"
    code, text, err = run(bin_folder, "sim", "--record", "--dots", 60, "-o", folder)
    expect(code == 0, "a simulated session is recorded", err)
    code, text, err = run(bin_folder, "replay", folder)
    print(text)
    expect(code == 0 and text.count("the same") == 2, "and replays without a difference", err)

    check_another_limit(bin_folder, folder, another_rig(out))
    code, text, err = run(bin_folder, "replay", copy_with(folder, "otherwise", decide_otherwise))
    expect(code == 1 and "recorded:  event: arming -> runnin!" in text and "now:       event: arming -> running" in text,
           "a decision that was another is shown beside the recorded one", text + err)
    expect("first difference: the session" in text, "with what went before it", text)

    cut = copy_with(folder, "cut", lambda data: data[:len(data) // 2])
    code, text, err = run(bin_folder, "replay", cut)
    expect(code == 0 and "stops half-way" in text, "half a recording is good up to there, with a note", text + err)
    back = copy_with(folder, "back", run_backwards)
    code, text, err = run(bin_folder, "replay", back)
    expect(code == 2 and "session.rec: byte" in err and "record 500" in err and "runs backwards, by 0.001500 s" in err,
           "a clock that runs backwards: its place", err)
    code, text, err = run(bin_folder, "replay", copy_with(folder, "none", lambda data: b"nothing" + data))
    expect(code == 2 and "no recording of smprig" in err, "a file that is none", err)
    damaged = copy_with(folder, "damaged", lambda data: data[:5000] + bytes([0xFF] * 4000) + data[9000:])
    code, text, err = run(bin_folder, "replay", damaged)
    expect(code == 2 and "damaged" in err, "a damaged one", err)

    mixed = copy_with(folder, "mixed", lambda data: data)
    scan = (mixed / "scan.ply").read_bytes()
    (mixed / "scan.ply").write_bytes(scan.replace(b"end_header", b"comment another head\nend_header", 1))
    code, text, err = run(bin_folder, "replay", mixed)
    expect(code == 2 and "plan.ply" in err and "not of one head" in err, "scan and plan of different heads", err)
    code, text, err = run(bin_folder, "sim", "--from", mixed, "--dots", 5, "-o", out / "mixed_sim")
    expect(code != 0 and "another scan" in err, "and so says a simulation from it", err)
    (mixed / "plan.ply").unlink()
    code, text, err = run(bin_folder, "replay", mixed)
    expect(code == 2 and "plan.ply" in err, "a file that is missing", err)
    code, text, err = run(bin_folder, "replay", out / "nowhere")
    expect(code == 2 and "nowhere/session.rec" in err, "a folder that is none", err)

    code, text, err = run(bin_folder, "sim", "--from", folder, "--rig", another_rig(out), "--dots", 20,
                          "-o", out / "limits")
    expect(code == 0, "the recorded head under other limits", err)
    code, text, err = run(bin_folder, "sim", "--from", back, "--dots", 5, "-o", out / "back_sim")
    expect(code != 0 and "runs backwards" in err, "a bad recording is named by a simulation too", err)


def case_live(bin_folder, out):
    folder = out / "demo" / "recording"
    done = subprocess.run([bin_folder / "smprig", "demo", "--design", "configs/designs/patch.yaml", "-o", out / "demo",
                           "--record", folder, "--record-frames", "1"], cwd=ROOT, capture_output=True, text=True,
                          timeout=300)
    expect(done.returncode == 0, "a live session is recorded", done.stdout + done.stderr)
    code, text, err = run(bin_folder, "replay", folder)
    print(text)
    expect(code == 0 and text.count("the same") == 2, "and replays without a difference", text + err)
    check_another_limit(bin_folder, folder, another_rig(out))
    frames = list((folder / "frames").glob("*.png"))
    expect(len(frames) >= 10, f"{len(frames)} frames are kept")
    code, text, err = run(bin_folder, "track", "--frames", folder / "frames", "--cameras", folder / "cameras.yaml",
                          "--ring", folder / "ring.yaml", "-o", out / "poses.csv")
    lines = (out / "poses.csv").read_text().splitlines()[1:]
    followed = sum("nan" not in line for line in lines)
    expect(code == 0 and followed >= 0.9 * len(lines) > 4, f"and followed again: {followed} of {len(lines)} sets", err)
    code, text, err = run(bin_folder, "rig", "replay", folder / "wire.log", "--rig", folder / "rig.yaml")
    expect(code == 0, "the wire log stands beside it", err)
    code, text, err = run(bin_folder, "sim", "--from", folder, "-o", out / "again")
    expect(code == 0, "its head moves a simulated session", err)


def main():
    case, bin_folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="smprig-test-") as folder:
        {"live": case_live, "simulated": case_simulated}[case](bin_folder, pathlib.Path(folder))


if __name__ == "__main__":
    main()
