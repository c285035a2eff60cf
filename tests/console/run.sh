#!/bin/sh
# run.sh BIN_FOLDER [SCRIPT [ARGUMENT..]]: brings what the test needs (by the lock file) and runs SCRIPT.mjs (session).
# Without npm, a browser, or the page, it says so and is skipped (77).
set -eu
bin=$(realpath "$1")
cd "$(dirname "$0")"
for need in npm node; do
    command -v "$need" >/dev/null 2>&1 || { echo "skipped: no $need"; exit 77; }
done
[ -f "$bin/../page/vendor/three.module.js" ] || { echo "skipped: the page was built without its libraries"; exit 77; }
[ -f node_modules/ws/package.json ] || npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
script=${2:-session}
shift $(($# > 1 ? 2 : 1))
exec node "$script.mjs" "$bin" "$@"
