#!/usr/bin/env bash
# What a new user of Optim.TorchSharp does: an empty folder, the packed packages, the programs of docs/gradients.md word for word, in C# and in F#.
# Needs the .NET SDK; libtorch comes from the cache of packages (tests/TorchSharp has put it there). Where TorchSharp's own library does not load, the copy that tests/TorchSharp has patched is put in its place.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$PWD/docs/gradients.md
natives=${NUGET_PACKAGES:-$HOME/.nuget/packages}/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native
patched=$(find tests/TorchSharp/bin -name libLibTorchSharp.so | head -n 1)

for package in Optim.Core Optim.CSharp Optim.TorchSharp; do
    dotnet pack "src/$package" -c Release -o "$work/packages" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done

# The blocks of a language, in order.
blocks() {
    awk -v kind="$1" '/^```/ { inside = !inside && substr($0, 4) == kind; if (inside) count++; next } inside { print > (FILENAME_OUT "." count) }' FILENAME_OUT="$2" "$page"
}

project() {
    mkdir "$work/$1"
    cd "$work/$1"
    dotnet new console ${2:+-lang "$2"} >/dev/null
    cat >NuGet.config <<END
<configuration><packageSources><add key="optim" value="$work/packages" /></packageSources></configuration>
END
    dotnet add package Optim.TorchSharp >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

run() {
    dotnet build -c Release -o out >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    if [ -n "$patched" ]; then
        cp "$patched" out/
    fi
    LD_LIBRARY_PATH=$natives "./out/$1"
}

patched=${patched:+$PWD/$patched}
# A cache of packages that has everything but ours, which are those of this commit.
known_packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
export NUGET_PACKAGES=$work/cache
mkdir -p "$NUGET_PACKAGES"
for known in "$known_packages"/*; do
    case ${known##*/} in optim*) ;; *) ln -s "$known" "$NUGET_PACKAGES/" ;; esac
done

(
    project First
    blocks csharp "$work/csharp"
    names=$(grep -l '^using Optim;' "$work"/csharp.*)
    cat "$names" "$work/csharp.1" >Program.cs
    run First
)
(
    project FirstF 'F#'
    blocks fsharp "$work/fsharp"
    cat "$work/fsharp.1" "$work/fsharp.2" >Program.fs
    run FirstF
)
echo "The programs of docs/gradients.md run, from an empty folder."
