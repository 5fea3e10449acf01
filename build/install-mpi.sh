#!/usr/bin/env bash
# Installs MPICH, which the tests of Optim.Distributed on processes use. Debian and Ubuntu; as root, or with sudo.
set -euo pipefail

if command -v mpiexec.mpich >/dev/null; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi

"${as_root[@]}" apt-get update -q
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -q mpich
