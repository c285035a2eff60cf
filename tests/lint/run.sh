#!/bin/bash
# All rules of check.py, and proof that each of them finds its known-bad file.
cd "$(dirname "$0")/../.." || exit 1
failed=0
for rule in layers lengths banned headers; do
    python3 tests/lint/check.py "$rule" || failed=1
    if python3 tests/lint/check.py "$rule" --root tests/lint/bad >/dev/null; then
        echo "$rule: its known-bad file was not found: the checker is blind"
        failed=1
    fi
done
exit $failed
