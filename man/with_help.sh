#!/bin/sh
# with_help.sh PAGE.scd BIN_FOLDER: the page with the programs' own words in it, so that they stand in one place.
# A line @HELP program@ becomes the options that `program --help` tells, @VERBS@ each verb with its --help.
set -eu
page=$1 bin=$2

block() { printf '```\n'; cat; printf '```\n'; }
verbs() { "$bin/smprig" --help | sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p' | grep -v '^smprig$'; }

while IFS= read -r line; do
    case $line in
        "@HELP "*)
            program=${line#@HELP }
            "$bin/${program%@}" --help | sed -n '/^  *-/,$p' | block ;;
        @VERBS@)
            for verb in $(verbs); do
                printf '## %s\n\n' "$verb"
                "$bin/smprig" "$verb" --help 2>/dev/null | block
                printf '\n'
            done ;;
        *) printf '%s\n' "$line" ;;
    esac
done <"$page"
