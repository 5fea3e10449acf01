#!/usr/bin/env bash
# Writes down what the packages' public members are now: src/*/PublicAPI.Unshipped.txt, with which every build compares (RS0016, RS0017).
# bash build/public-api.sh [PROJECT...]; without a project, all of them. What is taken away or changed breaks users and belongs in CHANGELOG.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

projects=("$@")
if [ "${#projects[@]}" -eq 0 ]; then
    # Each after those that it refers to: a member that has changed below is an error above.
    projects=(Optim.Core Optim.Laws Optim.Networks Optim.CSharp Optim.Tuning Optim.Reports Optim.Distributed Optim.TorchSharp)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for project in "${projects[@]}"; do
    file="src/$project/PublicAPI.Unshipped.txt"
    cp "$file" "$work/before.txt"
    printf '#nullable enable\n' >"$file"
    # The compiler's log has every member in the words in which the analyzer wants it on file; ErrorLog leaves out nothing and stops at no error.
    if ! dotnet build "src/$project" -v q -nologo -p:WarningsNotAsErrors=RS0016 "-p:ErrorLog=$work/log.json%2Cversion=2.1" >"$work/build.txt" 2>&1; then
        cp "$work/before.txt" "$file"
        grep -v RS0016 "$work/build.txt" >&2
        echo "$project does not build; $file is as it was." >&2
        exit 1
    fi

    sed -n 's/^ *"APIName": "\(.*\)",*$/\1/p' "$work/log.json" | sed 's/\\\(["\\]\)/\1/g' | LC_ALL=C sort -u >>"$file"
    diff "$work/before.txt" "$file" | grep '^[<>]' | sed 's/^</-/; s/^>/+/' || true
    echo "$file: $(($(wc -l <"$file") - 1)) members"
done
