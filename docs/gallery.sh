#!/usr/bin/env bash
# Makes the pictures of docs/gallery.md anew, by the commands that the page shows. Needs the Release build, node, and vega with vega-lite from npm:
#   npm install --prefix /somewhere vega@6.4.0 vega-lite@6.4.3
#   docs/gallery.sh /somewhere/node_modules
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
modules=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

optim() { dotnet run --project src/Optim.Cli -c Release --no-build -- "$@" >"$work/out.txt" || { cat "$work/out.txt"; exit 1; }; }
# picture PAGE NUMBER NAME: a chart of a report.
picture() { node docs/pictures.mjs "$modules" "$work/$1.html" "$2=docs/img/gallery-$3.svg"; }

optim landscape himmelblau --output "$work/himmelblau.html"
picture himmelblau 0 himmelblau

optim landscape rosenbrock --optimizers sgd,momentum,adam,lion --steps 500 --output "$work/rosenbrock.html"
picture rosenbrock 0 rosenbrock

optim compare --output "$work/digits.html"
picture digits 0 digits

optim train --schedule warmup-cosine --clip 1 --output "$work/train.html"
picture train 1 train

optim find-lr --output "$work/rates.html"
picture rates 0 rates

optim tune --trials 60 --threads 1 --output "$work/tuning.html"
picture tuning 2 tuning
