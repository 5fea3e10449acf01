#!/usr/bin/env bash
# Builds the documentation site from docs/ and the libraries' XML documentation: artifacts/site/index.html.
# Needs the .NET SDK. Warnings, links that lead nowhere and anything loaded from another host are failures.
# usage: build/docs.sh [--no-build]    (the build of Optim.sln is there already: Release, or what CONFIGURATION says)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

configuration=${CONFIGURATION:-Release}
projects=(src/Optim.Core/Optim.Core.csproj src/Optim.CSharp/Optim.CSharp.csproj src/Optim.Laws/Optim.Laws.csproj src/Optim.Tuning/Optim.Tuning.csproj src/Optim.Networks/Optim.Networks.csproj src/Optim.TorchSharp/Optim.TorchSharp.csproj src/Optim.Reports/Optim.Reports.csproj src/Optim.Distributed/Optim.Distributed.csproj)
if [ "${1:-}" != --no-build ]; then
    dotnet tool restore
    dotnet build samples/Laws -c "$configuration" -warnaserror
    dotnet build samples/TrainingService -c "$configuration" -warnaserror
    dotnet build src/Optim.Cli -c "$configuration" -warnaserror
    dotnet build src/Optim.TorchSharp -c "$configuration" -warnaserror
    dotnet build samples/Distributed -c "$configuration" -warnaserror
fi

# The pages, and two that stand outside docs/. Links out of docs/ are dealt with in site.fsx.
pages=artifacts/pages
site=artifacts/site
rm -rf "$pages" "$site"
mkdir -p "$site"
cp -R docs "$pages"
for page in CONTRIBUTING CHANGELOG; do
    sed 's#](docs/#](#g' "$page.md" >"$pages/$(tr '[:upper:]' '[:lower:]' <<<"$page").md"
done
# One page a rule instead of the one with all of them.
dotnet run --project src/Optim.Cli -c "$configuration" --no-build -- rules --pages "$pages" --recordings tests/golden
sed -i.old -E -e 's#\]\(optimizers\.md\#([a-z0-9_]+)\)#](rules/\1.md)#g' -e 's#\]\(rules/conformance\.md#](optimizers.md\#conformance#g' "$pages"/*.md
sed -i.old -e 's#](\.\./CONTRIBUTING\.md#](contributing.md#g' -e 's#](\.\./CHANGELOG\.md#](changelog.md#g' -e 's#](\.\./README\.md#](index.md#g' "$pages"/*.md
# fsdocs compiles what stands in a fence, and would look for the packages of a script: a script goes in as the line of HTML that shows it.
for page in $(grep -l '^```fsx$' "$pages"/*.md); do
    awk '/^```fsx$/ { inside = 1; printf "<pre><code>"; next }
        inside && /^```$/ { inside = 0; print "</code></pre>"; next }
        inside { gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;"); printf "%s&#10;", $0; next }
        { print }' "$page" >"$page.old"
    cp "$page.old" "$page"
done
rm "$pages"/*.old

# fsdocs reads the libraries by the F# compiler, which must be told where what they depend on lies; these have all of it beside them.
for library in samples/Laws/bin/"$configuration"/net10.0/{MathNet.Numerics,FsCheck,FSharp.Core}.dll \
    samples/TrainingService/bin/"$configuration"/net10.0/Microsoft.Extensions.{DependencyInjection,Logging}.Abstractions.dll \
    src/Optim.Cli/bin/"$configuration"/net10.0/{Microsoft.Data.Sqlite,Google.Protobuf}.dll \
    src/Optim.TorchSharp/bin/"$configuration"/net10.0/TorchSharp.dll samples/Distributed/bin/"$configuration"/net10.0/MPI.dll; do
    echo "-r:$PWD/$library"
done >artifacts/references.rsp

# The root is a placeholder, which site.fsx makes relative: the site may lie anywhere, in a folder of a disk as well.
dotnet fsdocs build --strict --nodefaultcontent --input "$pages" --output "$site" --projects "${projects[@]}" \
    --properties "Configuration=$configuration" --fscoptions "@$PWD/artifacts/references.rsp" --parameters root /SITE-ROOT/ >artifacts/fsdocs.log 2>&1 \
    || { cat artifacts/fsdocs.log; exit 1; }
if grep -i 'warning' artifacts/fsdocs.log; then
    echo "fsdocs warns: see artifacts/fsdocs.log" >&2
    exit 1
fi

dotnet fsi build/site.fsx "$site"
