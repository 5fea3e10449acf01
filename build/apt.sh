# What the scripts that install a package of Debian or Ubuntu share; sourced by them after 'package' is set. Asks nothing; needs root, or sudo.

say() { echo "$(basename "$0" .sh): $*"; }
fail() { say "$*" >&2; exit 1; }

# Not by a pipe: grep would end at its first match, and what it reads from would fail when it goes on writing.
installed() { grep -q ' installed$' <<<"$(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null)"; }
offered() { grep -q '^ *Candidate: [0-9]' <<<"$(apt-cache policy "$package" 2>/dev/null)"; }

# needs_apt OTHERWISE: ends where the system has no apt, saying what to do there.
needs_apt() {
    if [ "$(uname -s)" != Linux ] || ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        fail "this script knows Debian and Ubuntu alone. $1"
    fi
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "run it as root, or install sudo."
        as_root=(sudo)
    fi
}

# A mirror that does not answer is asked again.
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null; }

# A source of someone else's that does not answer must not stop this one: what counts is whether the package is offered afterwards.
refresh() { apt update -q >/dev/null || say "'apt-get update' had errors; going on with what there is."; }

install_package() {
    say "installing $package."
    local attempt
    for attempt in 1 2 3; do
        apt install -q -y --no-install-recommends "$package" >/dev/null && break
        [ "$attempt" -lt 3 ] || fail "'apt-get install $package' failed."
        say "it failed; again in a moment."
        sleep 10
        refresh
    done
    installed || fail "$package was not installed."
    say "$package is installed."
}
