#!/bin/bash
# check_deb.sh PACKAGE.deb FOLDER: as root, in a fresh Debian 12 made in FOLDER: install the package, run the
# demo from it, look at the units, purge it, and see that nothing is left. FOLDER/base is kept for the next time.
set -euo pipefail
package=$(realpath "$1")
mkdir -p "$2"
base="$(realpath "$2")/base" root="$(realpath "$2")/root"
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources \
    /etc/apt/sources.list 2>/dev/null | head -1 || true)

say() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*"; exit 1; }
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@"; }

leave() {
    for mount in dev/shm dev/pts dev proc; do umount -l "$root/$mount" 2>/dev/null || true; done
    rm -rf --one-file-system "$root"
}

enter() {
    [ -e "$base/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$base" "${mirror:-http://deb.debian.org/debian}"
    cp -a "$base" "$root"
    # The host's way to its mirror, whatever it is.
    cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
}

# What of ours stands anywhere, users and groups included.
remains() {
    find "$root" -xdev -name '*smprig*' -not -path "$root/tmp/*" -not -path "$root/root/*" | sed "s|^$root||"
    grep -H smprig "$root/etc/passwd" "$root/etc/group" "$root/etc/shadow" 2>/dev/null | sed "s|^$root||" || true
}

[ "$(id -u)" -eq 0 ] || fail "a chroot needs root"
trap leave EXIT
leave
enter
say "install"
cp "$package" "$root/tmp/smprig.deb"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /tmp/smprig.deb >/dev/null
inside getent passwd smprig smprig-guard smprig-console >/dev/null || fail "the users are not made"
[ "$(inside stat -c '%U:%G %a' /var/lib/smprig/cases)" = "smprig:smprig 2770" ] || fail "the cases' folder is not made"
missing=$(inside sh -c 'for p in smprig smprigd smprig-guard smprig-console smprig-rigsim; do ldd /usr/bin/$p; done' |
    grep 'not found' || true)
[ -z "$missing" ] || fail "libraries are missing: $missing"
say "units and settings"
inside systemd-analyze verify --man=no smprig.target smprigd.service smprig-guard.service smprig-console.service
inside smprigd --dump-config
said=$(inside smprigd --check-config 2>&1) && fail "settings without a rig are called good"
echo "$said" | grep -q 'wrong  rig: /etc/smprig/rig.yaml' || fail "--check-config does not say that the rig is missing: $said"
say "demo"
# A session in real time, ahead of whatever else this machine does; held all the same, it is taken up again.
demo=(smprig demo --design /usr/share/smprig/configs/designs/patch.yaml -o /root/demo)
ahead=()
! chrt -r 1 true 2>/dev/null || ahead=(chrt -r 1)
inside "${ahead[@]}" "${demo[@]}" || inside "${ahead[@]}" "${demo[@]}" --resume || {
    head -n 20 "$root"/root/demo/*.log
    fail "the demo does not run"
}
[ -s "$root/root/demo/report.pdf" ] || fail "the demo leaves no report"
say "purge"
inside apt-get purge -y -qq smprig >/dev/null
left=$(remains)
[ -z "$left" ] || fail "left behind: $left"
say "installs, runs, and leaves nothing"
