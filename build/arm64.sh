#!/usr/bin/env bash
# Runs the fingerprint (tests/Fingerprint) as an ARM64 program and compares its hashes with tests/Fingerprint/expected.txt: every subject in a process of its
# own, on the processor itself where it is one, elsewhere under QEMU's user-mode emulation. The emulator and the ARM64 libraries are Debian's, unpacked into
# a folder of this run's own; nothing is installed. Exits with 0 when all are equal, with 1 when a hash differs, with 2 when some could not be run.
# usage: build/arm64.sh [SUBJECT...]     Needs the .NET SDK and Debian or Ubuntu (apt-get, dpkg) on x64; JOBS processes at a time, by default one a core.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# The emulator itself ends in a crash at times: such a run is repeated. A hash that differs is not.
tries=4
jobs=${JOBS:-$(nproc)}
expected=$PWD/tests/Fingerprint/expected.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { echo "arm64: $*"; }
fail() {
    say "$*" >&2
    exit 2
}

# Packages of an architecture, unpacked into a folder; with lists of our own, so that the system's stay as they are.
unpack() {
    local architecture=$1 folder=$2
    shift 2
    mkdir -p "$folder" "$work/apt-$architecture/lists/partial" "$work/apt-$architecture/cache/archives/partial"
    local apt=(apt-get -q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::State::Lists=$work/apt-$architecture/lists"
        -o "Dir::Cache=$work/apt-$architecture/cache" -o "APT::Sandbox::User=" -o Acquire::Retries=3)
    "${apt[@]}" update >"$work/apt.log" 2>&1 || say "'apt-get update' had errors; going on with what there is."
    (cd "$work/apt-$architecture" && "${apt[@]}" download "$@") >>"$work/apt.log" 2>&1 || {
        cat "$work/apt.log"
        fail "the packages $* for $architecture cannot be downloaded."
    }
    for package in "$work/apt-$architecture"/*.deb; do
        dpkg -x "$package" "$folder"
    done
}

emulator=()
if [ "$(uname -m)" != aarch64 ]; then
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail "this script knows Debian and Ubuntu alone."
    if command -v qemu-aarch64-static >/dev/null; then
        qemu=$(command -v qemu-aarch64-static)
    else
        say "downloading the emulator."
        unpack amd64 "$work/qemu" qemu-user-static
        qemu=$work/qemu/usr/bin/qemu-aarch64-static
    fi
    say "downloading the libraries."
    unpack arm64 "$work/root" libc6 libgcc-s1 libstdc++6 libssl3 zlib1g
    emulator=("$qemu" -L "$work/root")
    say "$("$qemu" --version | head -1)"
fi

say "publishing."
dotnet publish tests/Fingerprint -c Release -r linux-arm64 --self-contained -o "$work/app" >"$work/publish.log" 2>&1 || {
    cat "$work/publish.log"
    fail "the program cannot be published."
}

# What the emulator is slow at or unsafe with is left out: code that is compiled anew while it runs, threads that collect memory in the background.
run() {
    env DOTNET_TieredCompilation=0 DOTNET_gcConcurrent=0 DOTNET_GCHeapHardLimit=0x40000000 "${emulator[@]}" "$work/app/Optim.Fingerprint" "$@"
}

# One subject: its line goes to a file of its name.
subject() {
    local name=$1 try
    for try in $(seq "$tries"); do
        if run "$name" >"$work/out/$name" 2>"$work/out/$name.error"; then
            [ "$try" -eq 1 ] || echo "$name $try" >>"$work/repeated"
            return 0
        fi
        # It ran to its end and says what is wrong: not the emulator's doing.
        ! grep -q "^$name failed" "$work/out/$name" || return 0
    done
    echo "$name" >>"$work/crashed"
}

mkdir "$work/out"
: >"$work/repeated"
: >"$work/crashed"
if [ $# -gt 0 ]; then
    names=("$@")
else
    mapfile -t names < <(sed '/^#/d; s/ .*//' "$expected")
fi
began=$SECONDS
say "$(run --list >"$work/list" 2>&1 || run --list >"$work/list" 2>&1 || true; grep -c . "$work/list" || true) subjects in the program, ${#names[@]} to run, $jobs at a time."
running=0
for name in "${names[@]}"; do
    if [ "$running" -ge "$jobs" ]; then
        wait -n || true
        running=$((running - 1))
    fi
    subject "$name" &
    running=$((running + 1))
done
wait

equal=0
differing=()
for name in "${names[@]}"; do
    if grep -qxF "$name" "$work/crashed"; then
        continue
    elif diff -q <(grep "^$name " "$expected") <(sed '/^#/d' "$work/out/$name") >/dev/null; then
        equal=$((equal + 1))
    else
        differing+=("$name")
        diff <(grep "^$name " "$expected") <(sed '/^#/d' "$work/out/$name") || true
    fi
done
[ ${#names[@]} -eq 0 ] || head -1 "$work/out/${names[0]}"
say "$equal of ${#names[@]} subjects have the bits on file; ${#differing[@]} differ${differing[*]:+: ${differing[*]}}; $(wc -l <"$work/crashed") could not be run$(sed 's/^/ /' "$work/crashed" | tr -d '\n'); $(wc -l <"$work/repeated") were run again after a crash of the emulator; $((SECONDS - began)) s."
[ ${#differing[@]} -eq 0 ] || exit 1
[ ! -s "$work/crashed" ] || exit 2
