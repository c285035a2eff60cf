#!/usr/bin/env python3
"""The command line given wrong input: a sentence on stderr, the right exit code, nothing half written."""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
SCAN, DESIGN, RIG = "configs/scans/colin27.ply", "configs/designs/patch.yaml", "configs/rigs/gantry.yaml"
USAGE, DATAERR, NOINPUT, UNAVAILABLE = 64, 65, 66, 69
PARTS = {"scan": "check decimate prepare", "plan": "check", "report": "verify", "record": "start stop", "sweep": "report",
         "case": "new add screen session next touch-up show check export erase",
         "calibrate": "rehearse simulated board check depth needle ring rig",
         "rig": "ports replay doctor setup home jog park probe conformance"}


def main():
    bins = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="smprig-test-") as folder:
        out = pathlib.Path(folder) / "out.ply"
        cut = pathlib.Path(folder) / "cut.ply"
        cut.write_bytes((ROOT / SCAN).read_bytes()[:200000])
        inches = pathlib.Path(folder) / "inches.obj"
        inches.write_text("v 0 0 0\nv 7 0 0\nv 0 8 0\nv 0 0 7\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n")
        other = pathlib.Path(folder) / "other.ply"
        other.write_bytes((ROOT / SCAN).read_bytes().replace(b"element vertex", b"comment other\nelement vertex", 1))
        plan = pathlib.Path(folder) / "plan.ply"
        subprocess.run([bins / "smprig", "plan", "--scan", SCAN, "--design", DESIGN, "-o", plan], cwd=ROOT, check=True,
                       capture_output=True)
        cases = [  # program and arguments, exit code, words of the sentence
            (["smprig"], USAGE, "Usage"),
            (["smprig", "pln"], USAGE, "did you mean plan"),
            (["smprig", "scan", "check", "/nonexistent.ply"], NOINPUT, "No such file"),
            (["smprig", "scan", "check", cut], DATAERR, "cut.ply"),
            (["smprig", "scan", "check", inches], DATAERR, "inches"),
            (["smprig", "plan", "--scan", SCAN, "-o", out], USAGE, "--design is missing"),
            (["smprig", "plan", "--scan", SCAN, "--design", "/nonexistent.yaml", "-o", out], NOINPUT, "No such file"),
            (["smprig", "plan", "--scan", SCAN, "--design", "configs/bad/designs/region_unknown.yaml", "-o", out],
             DATAERR, "region_unknown.yaml:6:13: region is 'top'"),
            (["smprig", "plan", "--scan", SCAN, "--design", DESIGN, "-o", "/nonexistent/out.ply"], 74, "cannot write"),
            (["smprig", "order", "--plan", SCAN, "--rig", RIG, "--pose", "configs/scenarios/demo.yaml", "-o", out],
             DATAERR, "not a dot plan"),
            (["smprig", "order", "--plan", SCAN, "--rig", "configs/bad/rigs/letter_clash.yaml", "--pose",
              "configs/scenarios/demo.yaml", "-o", out], DATAERR, "already another axis's"),
            (["smprig", "preview", "--scan", SCAN, "--plan", SCAN, "-o", out], DATAERR, "not a dot plan"),
            (["smprig", "preview", "--scan", SCAN, "--plan", SCAN, "-o", out, "--from", "below"], USAGE, "'below'"),
            (["smprig", "preview", "--scan", other, "--plan", plan, "-o", out], DATAERR, "made for another scan"),
            (["smprig", "preview", "--scan", SCAN, "--plan", plan, "-o", out, "--zone", "top"], NOINPUT, "no zone 'top'"),
            (["smprig", "preview", "--scan", SCAN, "--plan", plan, "-o", out, "--when", "soon"], USAGE, "'soon'"),
            (["smprig", "plan", "--scan", other, "--design", DESIGN, "--keep", plan, "--redo", "patch", "-o", out],
             DATAERR, "made for another scan"),
            (["smprig", "plan", "--scan", SCAN, "--design", "configs/bad/designs_on_scan/zone_crosses_itself.yaml", "-o",
              out], DATAERR, "zone_crosses_itself.yaml:8:14: zone patch: its outline crosses itself"),
            (["smprig", "plan", "check", "--plan", SCAN, "--scan", SCAN], DATAERR, "not a dot plan"),
            (["smprig", "plan", "check", "--plan", SCAN], USAGE, "--scan is missing"),
            (["smprig", "case"], USAGE, "Usage"),
            (["smprig", "case", "shwo", out], USAGE, "new, add, screen"),
            (["smprig", "case", "show", "/nonexistent.db"], NOINPUT, "No such file"),
            (["smprig", "case", "show", SCAN], DATAERR, "not a case file"),
            (["smprig", "case", "new", out, "--name", "A", "--born", "1.2.1980", "--scan", SCAN, "--plan", SCAN],
             DATAERR, "not a date as 1980-12-31"),
            (["smprig", "case", "screen", out, "--by", "A", "--answer", "diabetis=no"], DATAERR, "no question"),
            (["smprig", "case", "screen", out, "--by", "A", "--answer", "diabetes=maybe"], DATAERR, "no, yes or physician"),
            (["smprig", "case", "next", "/nonexistent.db", "--plan", SCAN], NOINPUT, "No such file"),
            (["smprig", "case", "next", out, "--plan", SCAN, "--session", "9"], DATAERR, "a number from 1 to 6"),
            (["smprig", "case", "touch-up", out, "--plan", SCAN], DATAERR, "-o is needed"),
            (["smprig", "status", "--api", "/nonexistent"], NOINPUT, "no smprigd answers"),
            (["smprig", "report"], USAGE, "Usage"),
            (["smprig-guard"], USAGE, "--port is missing"),
            (["smprigd", "--rig", RIG], USAGE, "is missing"),
            (["smprig-rigsim", "--rig", RIG], USAGE, "are needed"),
            (["smprig-rigsim", "--rig", "configs/bad/rigs/empty.yaml", "--scan", SCAN, "--scenario",
              "configs/scenarios/demo.yaml", "--port", str(out)], DATAERR, "the file is empty"),
        ]
        wrong = 0
        for command, code, words in cases:
            run = subprocess.run([bins / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60)
            said = run.stderr + run.stdout
            is_right = run.returncode == code and words in said and not out.exists()
            print("ok   " if is_right else "WRONG", " ".join(map(str, command[:3])), "->", run.returncode)
            if not is_right:
                print(f"  expected {code} and '{words}', got {run.returncode}: {said.strip()[:300]}")
                wrong += 1
        for program in ["smprig", "smprigd", "smprig-guard", "smprig-rigsim"]:
            for option in ["--help", "--version"]:
                run = subprocess.run([bins / program, option], capture_output=True, text=True)
                if run.returncode or not run.stdout.strip():
                    print("WRONG", program, option)
                    wrong += 1
        verbs = [line.split()[0] for line in subprocess.run([bins / "smprig", "--help"], capture_output=True, text=True)
                 .stdout.splitlines() if line.startswith("  ") and not line.startswith("  smprig")]
        for words in [[verb] for verb in verbs] + [[verb, part] for verb, parts in PARTS.items() for part in parts.split()]:
            run = subprocess.run([bins / "smprig", *words, "--help"], capture_output=True, text=True, timeout=60)
            if run.returncode or run.stderr or "Usage: smprig " + words[0] not in run.stdout:
                print("WRONG", *words, "--help:", run.returncode, run.stderr[:200])
                wrong += 1
        print("ok   ", len(verbs), "verbs and their parts tell their --help")
        left = [p for p in pathlib.Path(folder).iterdir() if p not in (cut, inches, other, plan)]
        if left:
            print("WRONG: left behind:", left)
    sys.exit(1 if wrong or left else 0)


if __name__ == "__main__":
    main()
