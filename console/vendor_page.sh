#!/bin/sh
# vendor_page.sh LOCK_FOLDER OUT: bring the page's libraries, pinned by the lock file, into OUT/vendor.
# Without npm, or without its registry, it says so and leaves the folder empty: all but the page works.
set -eu
lock_folder=$1 out=$2
work="$out/npm"
rm -rf "$out/vendor" "$work"
mkdir -p "$out/vendor/addons/controls" "$work"
cp "$lock_folder/package.json" "$lock_folder/package-lock.json" "$work/"
if ! command -v npm >/dev/null 2>&1; then
    echo "the operator's page is left out: npm is not installed (all else is built)"
elif ! (cd "$work" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error); then
    echo "the operator's page is left out: npm could not bring its libraries (all else is built)"
else
    cp "$work/node_modules/three/build/three.module.js" "$work/node_modules/three/build/three.core.js" \
        "$work/node_modules/uplot/dist/uPlot.esm.js" "$work/node_modules/uplot/dist/uPlot.min.css" "$out/vendor/"
    cp "$work/node_modules/three/examples/jsm/controls/OrbitControls.js" "$out/vendor/addons/controls/"
    cp "$work/node_modules/three/LICENSE" "$out/vendor/three.LICENSE"
    cp "$work/node_modules/uplot/LICENSE" "$out/vendor/uPlot.LICENSE"
fi
rm -rf "$work"
