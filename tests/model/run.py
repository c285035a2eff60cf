#!/usr/bin/env python3
"""Checks tests/model/interlock.pml with Spin: every property over every state, and that each property can fail.

run.py [--short]
The whole check is the model as it stands (over a million states) and its bound less one, then one planted bug
after the other, each of which its own property must find. --short takes fewer faults for the first part.
Exits 1 when a property fails that must hold, or holds where it must fail.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BOUND = int(re.search(r"#define BOUND (\d+)", (HERE / "interlock.pml").read_text()).group(1))

# property: the planted bugs that it must find
PROPERTIES = {
    "nothing_sideways_in_the_skin": ["HOLD_IN_A_STRIKE"],
    "needle_out_in_time": ["LONG_DWELL"],
    "no_strike_after_loss": ["STALE_PERMISSION"],
    "no_dot_twice": ["NO_DOUBT"],
    "no_phantom_done": ["OK_IS_DONE", "UNANSWERED"],
    "nothing_silently_lost": ["LOST_IS_VOID"],
    "struck_is_journalled": ["NO_SYNC"],
    "faults_latch": ["FAULT_FORGETS"],
    "nothing_starts_by_itself": ["AUTO_RESUME"],
    "faults_end_needle_out": ["BLIND_ACKNOWLEDGE"],
}


def verify(options, liveness=False):
    """(number of states, whether a violation was found) of one verification run."""
    with tempfile.TemporaryDirectory(prefix="smprig-model-") as folder:
        defines = [f"-D{option}" for option in options] + (["-DCOMPLETES"] if liveness else [])
        subprocess.run(["spin", *defines, "-a", HERE / "interlock.pml"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        # Embedded C is not known to Spin's reduction, so there is none.
        mode = ["-DNFAIR=3"] if liveness else ["-DSAFETY"]
        subprocess.run(["cc", "-O2", "-w", "-DNOREDUCE", "-DCOLLAPSE", "-DVECTORSZ=1024", "-DMEMLIM=3000", *mode,
                        f"-I{ROOT}", "-o", "pan", "pan.c", ROOT / "safety/supervisor.c"], cwd=folder, check=True)
        run = subprocess.run(["./pan", "-m400000", *(["-a", "-f"] if liveness else [])], cwd=folder,
                             capture_output=True, text=True)
        errors = re.search(r"errors: (\d+)", run.stdout)
        states = re.search(r"(\d+)(?:\.\d+)?(e\+\d+)? states, stored", run.stdout)
        if not errors or not states or "max search depth too small" in run.stdout or "out of memory" in run.stdout:
            sys.exit(f"the check of {options} did not come to its end:\n{run.stdout[-2000:]}{run.stderr[-500:]}")
        return int(float((states.group(1)) + (states.group(2) or ""))), errors.group(1) != "0"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args()
    faults = 1 if args.short else 2
    started = time.time()
    numbers = {name: i for i, name in enumerate(PROPERTIES, 1)}
    # name, options, whether liveness, whether a violation must be found
    runs = [("all properties", [f"FAULTS={faults}"], False, False),
            ("completes", ["DOTS=1", "FAULTS=1"], True, False),
            (f"needle_out_in_time in {BOUND - 1} ticks", [f"BOUND={BOUND - 1}", "FAULTS=1", "ONLY=2"], False, True),
            ("completes / LOST_IS_NOT_TOLD", ["DOTS=1", "FAULTS=1", "BUG_LOST_IS_NOT_TOLD"], True, True)]
    for name, bugs in PROPERTIES.items():
        needed = 2 if name == "faults_end_needle_out" else 1  # a fault, and a key mashed on top of it
        runs += [(f"{name} / {bug}", [f"BUG_{bug}", f"ONLY={numbers[name]}", f"FAULTS={needed}"], False, True)
                 for bug in bugs]
    wrong = caught = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda run: verify(run[1], run[2]), runs)
        for (name, _, _, must_fail), (states, has_failed) in zip(runs, results):
            is_right = has_failed == must_fail
            wrong += not is_right
            caught += is_right and " / " in name
            found = "finds it" if has_failed else "holds"
            print(f"{'ok   ' if is_right else 'WRONG'} {name}: {found}, {states} states", flush=True)
            if name == "all properties":
                whole = states
    goal = 1 if args.short else 1000000
    bugs = sum(len(b) for b in PROPERTIES.values()) + 1
    print(f"{len(PROPERTIES) + 1} properties, {bugs} planted bugs, {time.time() - started:.0f} s")
    print(f"figure model_states {whole} 1 goal >={goal} {'ok' if whole >= goal else 'short'}")
    print(f"figure model_planted_bugs_found {caught} 1 goal >={bugs} {'ok' if caught == bugs else 'short'}")
    print(f"figure model_wrong {wrong} 1 goal <=0 {'ok' if not wrong else 'short'}")
    return 1 if wrong or whole < goal else 0


if __name__ == "__main__":
    sys.exit(main())
