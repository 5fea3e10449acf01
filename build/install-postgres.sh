#!/usr/bin/env bash
# Installs PostgreSQL's server (the package postgresql), which the tests of shared studies start for themselves, on Debian and Ubuntu. Asks nothing, may be run
# again, exits with 0 when it is there and with 1 when it is not. Needs root, or sudo.
set -euo pipefail

package=postgresql
# shellcheck source=build/apt.sh
. "$(dirname "${BASH_SOURCE[0]}")/apt.sh"

if compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
    say "PostgreSQL's server is installed already."
    exit 0
fi

needs_apt "Elsewhere install PostgreSQL's server and put initdb and pg_ctl on the path."
refresh
install_package
