#!/bin/bash
# completion.sh BIN_FOLDER: what TAB offers; every verb of the table, every option of every verb's help.
cd "$(dirname "$0")/../.." || exit 1
PATH="$(realpath "$1"):$PATH"
failed=0
# shellcheck source=/dev/null
source packaging/completion/smprig

offers() { # WORDS... : what is offered for the last one
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    if [ "$1" = smprig ]; then _smprig; else _smprig_program; fi
    printf '%s\n' "${COMPREPLY[@]}"
}
expect() { # TEXT -- WORDS... : TEXT is offered
    local wanted=$1
    shift 2
    offers "$@" | grep -qxF -e "$wanted" && return
    echo "WRONG: '$*' does not offer '$wanted' but: $(offers "$@" | tr '\n' ' ')"
    failed=1
}
complete -p smprig smprigd smprig-guard smprig-console smprig-rigsim >/dev/null || failed=1

verbs=$(sed -n 's/^    {"\([a-z-]*\)",.*/\1/p' cli/main_smprig.c)
[ "$(echo "$verbs" | wc -l)" -gt 30 ] || { echo "WRONG: the table of verbs was not read"; failed=1; }
missing=$(comm -23 <(echo "$verbs" | sort) <(offers smprig "" | sort))
[ -z "$missing" ] || { echo "WRONG: verbs that are not offered:" $missing; failed=1; }
for verb in $verbs; do
    told=$(smprig "$verb" --help 2>&1 | grep -oE -- '--[a-z0-9][a-z0-9-]+' | sort -u)
    missing=$(comm -23 <(echo "$told") <(offers smprig "$verb" -- | sort -u))
    [ -z "$missing" ] || { echo "WRONG: smprig $verb -- does not offer" $missing; failed=1; }
done
expect prepare -- smprig scan p
expect doctor -- smprig rig d
expect simulated -- smprig calibrate sim
expect erase -- smprig case e
expect verify -- smprig report v
expect check -- smprig plan c
expect --board -- smprig calibrate camera --bo
expect healed -- smprig preview --when h
expect pigment -- smprig answer p
expect --check-config -- smprigd --ch
expect --daemon-user -- smprig-guard --d
expect --set-account -- smprig-console --s
[ -z "$(offers smprig plan --scan x)" ] || { echo "WRONG: a file's place offers words"; failed=1; }
exit $failed
