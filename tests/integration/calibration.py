#!/usr/bin/env python3
"""A technician's whole calibration by the command line, on recordings of the simulated rig with known truth:
every step, its files and pictures, the check, the errors against the truth; and sets that must be refused.

calibration.py BIN_FOLDER
"""
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
SCAN = "configs/scans/colin27.ply"
WRONG = []


def smprig(bins, *args, code=0, words=""):
    run = subprocess.run([bins / "smprig", *map(str, args)], cwd=ROOT, capture_output=True, text=True, timeout=300)
    said = run.stdout + run.stderr
    is_right = run.returncode == code and words in said
    print("ok   " if is_right else "WRONG", *args[:2], "->", run.returncode, words)
    if not is_right:
        print(f"  expected {code} and '{words}', got {run.returncode}: {said.strip()[-600:]}")
        WRONG.append(args[:2])
    return said


def expect(holds, what):
    print("ok   " if holds else "WRONG", what)
    if not holds:
        WRONG.append(what)


def numbers(text, key):
    return [[float(x) for x in found.split(",")] for found in re.findall(key + r": \[([^\]]*)\]", text)]


def rotate(q, p):
    x, y, z, w = q
    t = [2 * (y * p[2] - z * p[1]), 2 * (z * p[0] - x * p[2]), 2 * (x * p[1] - y * p[0])]
    return [p[0] + w * t[0] + y * t[2] - z * t[1], p[1] + w * t[1] + z * t[0] - x * t[2],
            p[2] + w * t[2] + x * t[1] - y * t[0]]


def place(t, q, p):
    return [a + b for a, b in zip(rotate(q, p), t)]


def back(t, q, p):
    return rotate([-q[0], -q[1], -q[2], q[3]], [a - b for a, b in zip(p, t)])


def all_steps(bins, rec, out):
    board, made = rec / "board.yaml", out / "cameras.yaml"
    smprig(bins, "calibrate", "rehearse", "-o", rec)
    for name in ["left", "right"]:
        smprig(bins, "calibrate", "camera", "--images", rec / f"camera_{name}", "--board", board, "--name", name,
               "-o", out / f"{name}.yaml", "--simulated", words="good")
    smprig(bins, "calibrate", "stereo", "--images", rec / "stereo", "--cameras", out / "left.yaml", "--cameras",
           out / "right.yaml", "--board", board, "-o", out / "stereo.yaml", "--simulated", words="good")
    smprig(bins, "calibrate", "rig", "--images", rec / "rig", "--poses", rec / "rig_poses.txt", "--cameras",
           out / "stereo.yaml", "--board", board, "-o", made, "--simulated", words="good")
    smprig(bins, "calibrate", "ring", "--images", rec / "ring", "--cameras", made, "--ring",
           rec / "ring_nominal.yaml", "-o", out / "ring.yaml", "--simulated", words="good")
    smprig(bins, "calibrate", "needle", "--poses", rec / "needle_poses.txt", "-o", out / "needle.yaml",
           "--simulated", words="good")
    smprig(bins, "register", "--scan", SCAN, "--ring", out / "ring.yaml", "--landmarks", rec / "landmarks.yaml",
           "--points", rec / "surface.txt", "-o", out / "registration.yaml", "--simulated", "--errors",
           out / "errors.csv", words="good")
    smprig(bins, "track", "--cameras", made, "--ring", out / "ring.yaml", "--registration",
           out / "registration.yaml", "--frames", rec / "depth", "-o", rec / "head.csv")
    smprig(bins, "calibrate", "depth", "--touches", rec / "touches.txt", "--poses", rec / "head.csv", "--scan", SCAN,
           "-o", out / "depth.yaml", "--simulated", words="good")


def against_truth(out):
    """Cameras and registration against the files that the recordings were made from."""
    truth, found = (ROOT / "configs/cameras/stereo.yaml").read_text(), (out / "cameras.yaml").read_text()
    work = [150, 150, -160]
    for i in range(2):
        t, q = numbers(truth, "t_mm")[i], numbers(truth, "q_xyzw")[i]
        p = back(t, q, work)
        miss = math.dist(place(numbers(found, "t_mm")[i], numbers(found, "q_xyzw")[i], p), work)
        expect(miss < 0.05, f"camera {i}: a point of the work is {1e3 * miss:.0f} um off, at most 50")
        focal = numbers(found, "data")[2 * i][0]
        expect(abs(focal - 3500) < 0.5, f"camera {i}: focal length {focal:.2f}, truth 3500")
    text = (out / "registration.yaml").read_text()
    p = [0, -36.4, 102.9]
    miss = math.dist(place(numbers(text, "t_mm")[0], numbers(text, "q_xyzw")[0], p), p)
    expect(miss < 0.2, f"registration: {1e3 * miss:.0f} um off at the zone, at most 200")
    for name in ["left", "stereo", "cameras", "ring", "needle", "depth", "registration"]:
        expect((out / f"{name}.png").stat().st_size > 5000, f"{name}.png is drawn")


def checks(bins, out):
    said = smprig(bins, "calibrate", "check", out, "--scan", SCAN, "--simulated", "--json")
    expect(all(f["verdict"] == "good" for f in json.loads(said)["findings"]), "every step is good")
    smprig(bins, "calibrate", "check", out, "--scan", SCAN, code=69, words="made for the simulated rig")
    needle = (out / "needle.yaml").read_text()
    (out / "needle.yaml").write_text(re.sub(r"made: '\d+-\d+", "made: '2020-01", needle))
    smprig(bins, "calibrate", "check", out, "--simulated", code=69, words="at most 24.0 h")
    (out / "needle.yaml").unlink()
    smprig(bins, "calibrate", "check", out, "--simulated", code=69, words="No such file")
    (out / "needle.yaml").write_text(needle)
    ring = (out / "ring.yaml").read_text()
    (out / "ring.yaml").write_text(ring + "# touched\n")
    smprig(bins, "calibrate", "check", out, "--simulated", code=69, words="made for another ring")
    (out / "ring.yaml").write_text(ring)


def refusals(bins, rec, out):
    few = rec / "few"
    few.mkdir()
    index = (rec / "camera_left/index.txt").read_text().splitlines()[:6]
    (few / "index.txt").write_text("\n".join(line.replace(" 0_", " ../camera_left/0_") for line in index))
    smprig(bins, "calibrate", "camera", "--images", few, "--board", rec / "board.yaml", "-o", out / "no.yaml",
           code=65, words="outside the folder")
    for line in index[1:]:
        name = line.split()[-1]
        (few / name).write_bytes((rec / "camera_left" / name).read_bytes())
    (few / "index.txt").write_text("\n".join(index) + "\n")
    smprig(bins, "calibrate", "camera", "--images", few, "--board", rec / "board.yaml", "-o", out / "no.yaml",
           code=69, words="at least 8 are needed")
    for line in index[1:]:
        (few / line.split()[-1]).write_bytes(b"P5\n1280 1024\n255\n truncated")
    smprig(bins, "calibrate", "camera", "--images", few, "--board", rec / "board.yaml", "-o", out / "no.yaml",
           code=65, words="readable images")
    smprig(bins, "calibrate", "stereo", "--images", rec / "ring", "--cameras", out / "left.yaml", "--cameras",
           out / "right.yaml", "--board", rec / "board.yaml", "-o", out / "no.yaml", code=69,
           words="only 0 views show the board")
    poses = (rec / "rig_poses.txt").read_text().splitlines()
    (rec / "shifted.txt").write_text("\n".join(poses[:1] + poses[2:] + poses[1:2]).replace("nan", ""))
    smprig(bins, "calibrate", "rig", "--images", rec / "rig", "--poses", rec / "shifted.txt", "--cameras",
           out / "stereo.yaml", "--board", rec / "board.yaml", "-o", out / "no.yaml", code=65, words="the time falls")
    landmarks = (rec / "landmarks.yaml").read_text()
    mirrored = re.sub(r"p_head_mm: \[(-?)", lambda m: "p_head_mm: [" + ("" if m.group(1) else "-"), landmarks)
    (rec / "mirrored.yaml").write_text(mirrored)
    smprig(bins, "register", "--scan", SCAN, "--ring", out / "ring.yaml", "--landmarks", rec / "mirrored.yaml", "-o",
           out / "no.yaml", code=69, words="mirrored")
    smprig(bins, "calibrate", "needle", "-o", out / "no.yaml", code=64, words="--poses is missing")
    smprig(bins, "calibrate", "focus", code=64, words="no step 'focus'")
    expect(not (out / "no.yaml").exists() and not (out / "no.png").exists(), "a refused set leaves no file")


def main():
    bins = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="smprig-test-") as folder:
        rec, out = pathlib.Path(folder) / "rec", pathlib.Path(folder) / "cal"
        out.mkdir()
        all_steps(bins, rec, out)
        against_truth(out)
        checks(bins, out)
        refusals(bins, rec, out)
    sys.exit(1 if WRONG else 0)


if __name__ == "__main__":
    main()
