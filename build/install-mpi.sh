#!/usr/bin/env bash
# Installs MPICH (the package mpich), which the tests of Optim.Distributed on processes use, on Debian and Ubuntu. Asks nothing, may be run again, exits with 0
# when it is there and with 1 when it is not. Needs root, or sudo.
set -euo pipefail

package=mpich
# shellcheck source=build/apt.sh
. "$(dirname "${BASH_SOURCE[0]}")/apt.sh"

if command -v mpiexec.mpich >/dev/null; then
    say "MPICH is installed already."
    exit 0
fi

needs_apt "Elsewhere: dnf install mpich, brew install mpich, or Microsoft MPI."
refresh
install_package
