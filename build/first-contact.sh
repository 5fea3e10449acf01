#!/usr/bin/env bash
# What a new user does, with an empty home and an empty cache of packages: follows docs/getting-started.md word for word, in C# and in F#, and
# compares what is printed with the page; runs the script of docs/fsharp.md; adds the packages as README.md says, beside the newest Microsoft.Extensions; installs the command.
# The pages' own commands and texts are run, not copies of them. Needs the .NET SDK and the machine's sources of packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
clone=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "First contact: $*" >&2
    exit 1
}

# The commands of a page that begin with these words, in blocks and in sentences.
commands() {
    grep -oE "(^|\`)$2[^\`#]*" "$1" | tr -d '`' || fail "$1 does not say '$2'"
}

# A page as a script: its bash blocks as they are, and every other block whose introduction ends with a file's name written to that file.
# What it says is printed goes to a file of its own.
follow() {
    awk -v clone="$clone" -v printed="$2" '
        /^```/ && !inside {
            inside = 1
            kind = substr($0, 4)
            if (kind != "bash" && file) print "cat >" file " <<\047END OF FILE\047"
            next
        }
        /^```/ {
            if (kind != "bash" && file) print "END OF FILE"
            inside = 0
            file = ""
            next
        }
        inside {
            gsub("/path/to/the/clone", clone)
            if (kind == "text") print >printed
            else if (kind == "bash" || file) print
            next
        }
        /`[A-Za-z]+\.[A-Za-z]+`.*:$/ {
            match($0, /`[A-Za-z]+\.[A-Za-z]+`/)
            file = substr($0, RSTART + 1, RLENGTH - 2)
        }' "$1"
}

# Runs a script in the new user's folder; what it prints is only seen when it fails.
run() {
    (cd "$work/user" && bash -e "$1") >"$work/log" 2>&1 || {
        cat "$1" "$work/log"
        fail "$2"
    }
}

# In the clone, as every page says it.
rm -rf artifacts/packages
{ commands README.md 'dotnet pack' && commands docs/getting-started.md 'dotnet pack'; } | sort -u >"$work/pack.sh"
bash -e "$work/pack.sh" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "the packages cannot be made"
}

# A new user has nothing but the machine's sources of packages.
mkdir -p "$work/home/.nuget/NuGet" "$work/user"
if [ -f "${HOME:-}/.nuget/NuGet/NuGet.Config" ]; then
    cp "$HOME/.nuget/NuGet/NuGet.Config" "$work/home/.nuget/NuGet/"
fi
unset NUGET_PACKAGES NUGET_HTTP_CACHE_PATH DOTNET_CLI_HOME XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME
export HOME="$work/home"
PATH="$HOME/.dotnet/tools:$PATH"

# The page, up to where it only explains. What the second program prints is said in words: the same.
sed '/^## What to notice/,$d' docs/getting-started.md >"$work/page.md"
{
    cat <<END
dotnet() {
    case "\$1" in
        pack) ;; # done
        run)
            command dotnet run >"$work/printed.txt"
            diff -u "$work/expected.txt" "$work/printed.txt"
            [ -s trained.safetensors ]
            echo "\$PWD" >>"$work/programs"
            ;;
        *) command dotnet "\$@" ;;
    esac
}
END
    follow "$work/page.md" "$work/expected.txt"
    echo 'dotnet run'
} >"$work/page.sh"
[ -s "$work/expected.txt" ] || fail "docs/getting-started.md does not say what is printed"
run "$work/page.sh" "docs/getting-started.md does not lead where it says"
[ "$(sort -u "$work/programs" | wc -l)" -eq 2 ] || fail "docs/getting-started.md has not two programs"

# The packages in projects of a user's: one has the newest Microsoft.Extensions, the other the FSharp.Core that comes with the SDK.
sed -n '/^## The packages/,/^## Working/p' README.md >"$work/packages.md"
{
    echo 'mkdir Service && cd Service && dotnet new console'
    follow "$work/packages.md" /dev/null
    commands "$work/packages.md" 'dotnet add package'
    cat <<END
dotnet add package Optim.Tuning
dotnet add package Microsoft.Extensions.Logging.Console
cp "$clone/samples/TrainingService/"*.cs .
dotnet run -c Release

mkdir ../Laws && cd ../Laws && dotnet new console -lang F#
cp ../Service/NuGet.config .
dotnet add package Optim.Laws
cp "$clone/samples/FSharp/"*.fs .
sed -i.old 's#<Compile Include="Program.fs" />#<Compile Include="OwnRule.fs" />&#' Laws.fsproj
dotnet run -c Release
END
} >"$work/packages.sh"
run "$work/packages.sh" "the packages do not work in a user's project"

# A script takes the package by its name.
sed -n '/^In a script/,/^## 1/p' docs/fsharp.md >"$work/script.md"
{
    follow "$work/script.md" "$work/expected.txt"
    cat <<END
dotnet fsi first.fsx >"$work/printed.txt"
diff -u "$work/expected.txt" "$work/printed.txt"
END
} >"$work/script.sh"
[ -s "$work/expected.txt" ] || fail "docs/fsharp.md does not say what its script prints"
run "$work/script.sh" "the script of docs/fsharp.md does not do what the page says"

# What they ask of such a project: of each other the very version, of everything else a lowest version and no highest.
for package in core csharp laws tuning; do
    sed -n 's/.*<dependency id="\([^"]*\)" version="\([^"]*\)".*/\1 \2/p' "$HOME/.nuget/packages/optim.$package"/*/*.nuspec >"$work/dependencies"
    [ -s "$work/dependencies" ] || fail "Optim.$package depends on nothing"
    while read -r id range; do
        case "$id $range" in
            "Optim."*" ["*"]" | "Microsoft.Extensions."*" 10.0.0") ;;
            "Optim."* | "Microsoft.Extensions."* | *" "*[],\[\(\)]*) fail "Optim.$package depends on $id $range" ;;
        esac
    done <"$work/dependencies"
done

# The command.
{
    echo "cd '$clone'"
    commands README.md 'dotnet tool install'
    echo "cd '$work/user'"
    echo 'optim --help && optim compare --epochs 1'
} >"$work/command.sh"
run "$work/command.sh" "the command cannot be installed"
grep -q 'AdamW' "$work/log" || {
    cat "$work/log"
    fail "optim compare shows no table"
}

echo "First contact: the pages' commands lead where they say, from an empty home."
