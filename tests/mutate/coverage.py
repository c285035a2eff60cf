#!/usr/bin/env python3
"""Line and branch coverage of safety/ by its own tests; below 100 % is an error.

coverage.py BUILD   prints what no test of tests/safety reaches and the two figures; exits 1 when there is anything, 77
without gcovr.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import mutate

FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-O0", "-w", "--coverage"]


def measure(folder):
    """Of every file of safety/, from the counts in the folder. A branch of an assert is a bug's, not a test's."""
    done = subprocess.run(["gcovr", "--root", mutate.ROOT, "--filter", "safety/", "--exclude-branches-by-pattern",
                           r"\s*assert\(.*", "--json", "--object-directory", folder, folder],
                          cwd=mutate.ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)["files"]


def main():
    if not shutil.which("gcovr"):
        print("skipped: no gcovr here")
        return 77
    with tempfile.TemporaryDirectory(prefix="smprig-coverage-") as folder:
        folder = pathlib.Path(folder)
        bench = mutate.Bench(pathlib.Path(sys.argv[1]).resolve(), folder, FLAGS)
        if bench.link_and_run(bench.objects.values(), folder / "tests") != 0:
            print("the tests fail")
            return 1
        files = measure(folder)
    # By line: two objects may know the same line of a header.
    reached = {"lines": {}, "branches": {}}
    for file in files:
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            at = f"{file['file']}:{line['line_number']}"
            reached["lines"][at] = line["count"] > 0
            for i, branch in enumerate(line["branches"]):
                reached["branches"][f"{at} branch {i}"] = branch["count"] > 0
    for what, places in reached.items():
        for place in (place for place, is_reached in places.items() if not is_reached):
            print("not reached:", place)
        percent = 100 * sum(places.values()) / len(places)
        print(f"figure safety_{what}_covered {percent:.2f} % goal >=100 {'ok' if percent == 100 else 'short'}"
              f"  # of {len(places)}")
    return 0 if all(all(places.values()) for places in reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
