#!/usr/bin/env bash
# Installs Intel MKL (the package libmkl-rt) on Debian and Ubuntu, where it is in a component of non-free software. Asks nothing, may be
# run again, exits with 0 when the library is there and with 1 when it is not. Needs root, or sudo.
#
# Where that component is not enabled, it is added to the distribution's own sources, in whichever style they are written; the files as they
# were stay beside them, with the ending .before-mkl.bak.
set -euo pipefail

package=libmkl-rt

say() { echo "install-mkl: $*"; }
fail() { say "$*" >&2; exit 1; }

# Not by a pipe: grep would end at its first match, and what it reads from would fail when it goes on writing.
installed() { grep -q ' installed$' <<<"$(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null)"; }
offered() { grep -q '^ *Candidate: [0-9]' <<<"$(apt-cache policy "$package" 2>/dev/null)"; }

if [ "$(uname -s)" != Linux ] || ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "this script knows Debian and Ubuntu alone. Elsewhere install Intel oneMKL and set OPTIM_MKL_PATH to the library or its folder."
fi
if installed; then
    say "$package is installed already."
    exit 0
fi
if [ "$(dpkg --print-architecture)" != amd64 ]; then
    fail "there is no MKL for $(dpkg --print-architecture); it needs amd64."
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "run it as root, or install sudo."
    as_root=(sudo)
fi
# A mirror that does not answer is asked again.
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null; }

# A source of someone else's that does not answer must not stop this one: what counts is whether the package is offered afterwards.
refresh() { apt update -q >/dev/null || say "'apt-get update' had errors; going on with what there is."; }

if ! offered; then
    say "updating the package lists."
    refresh
fi

if ! offered; then
    entries=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(SOURCESENTRY)' 'Created-By: Packages')
    case "$entries" in
        *Debian\|main*) origin=Debian components='non-free contrib' ;;
        *Ubuntu\|main*) origin=Ubuntu components='multiverse' ;;
        *) fail "no source of Debian or Ubuntu is configured in which $package could be." ;;
    esac
    # An entry is named as FILE:NUMBER.
    mapfile -t files < <(grep "^$origin|main|" <<<"$entries" | cut -d'|' -f3 | sed 's/:[0-9]*$//' | sort -u)
    for file in "${files[@]}"; do
        say "enabling $components in $file."
        "${as_root[@]}" cp -n "$file" "$file.before-mkl.bak"
        for component in $components; do
            # 'deb URI SUITE main ...' in the one style, 'Components: main ...' in the other.
            "${as_root[@]}" sed -i -E "/^(deb(-src)?[[:space:]]|Components:).*[[:space:]]main([[:space:]]|\$)/{
                /[[:space:]]$component([[:space:]]|\$)/! s/[[:space:]]main([[:space:]]|\$)/ main $component\1/
            }" "$file"
        done
    done
    refresh
    offered || fail "the distribution does not offer $package."
fi

say "installing $package."
for attempt in 1 2 3; do
    apt install -q -y --no-install-recommends "$package" >/dev/null && break
    [ "$attempt" -lt 3 ] || fail "'apt-get install $package' failed."
    say "it failed; again in a moment."
    sleep 10
    refresh
done
installed || fail "$package was not installed."
say "$package is installed."
