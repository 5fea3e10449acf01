#!/usr/bin/env bash
# Opens pages in a headless Chromium: drawn, narrow and wide, dark and light, nothing in the console, nothing from the network.
# Needs chromium. With a folder as argument, pictures of the pages go there.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
export OPTIM_PAGES=1
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  OPTIM_PAGE_PICTURES=$(cd "$1" && pwd)
  export OPTIM_PAGE_PICTURES
fi
cd "$root"
dotnet test tests/Properties --filter "FullyQualifiedName~.Pages.PageTests"
