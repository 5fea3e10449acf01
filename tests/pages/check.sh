#!/usr/bin/env bash
# Opens the commands' pages in a headless Chromium: drawn, narrow and wide, dark and light, nothing in the console.
# Needs chromium, and npm for the charts' scripts or OPTIM_CHART_SCRIPTS. With a folder as argument, pictures of the pages go there.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ -z "${OPTIM_CHART_SCRIPTS:-}" ]; then
  export OPTIM_CHART_SCRIPTS="${XDG_CACHE_HOME:-$HOME/.cache}/optim-chart-scripts"
  mkdir -p "$OPTIM_CHART_SCRIPTS"
  npm install --silent --prefix "$OPTIM_CHART_SCRIPTS" vega@6 vega-lite@6 vega-embed@7
fi
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  OPTIM_PAGE_PICTURES=$(cd "$1" && pwd)
  export OPTIM_PAGE_PICTURES
fi
cd "$root"
dotnet test tests/Properties --filter "FullyQualifiedName~Optim.Properties.Cli.Pages"
