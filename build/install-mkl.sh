#!/usr/bin/env bash
# Installs Intel MKL (the package libmkl-rt) on Debian and Ubuntu, where it is in a component of non-free software. Asks nothing, may be
# run again, exits with 0 when the library is there and with 1 when it is not. Needs root, or sudo.
#
# Where that component is not enabled, it is added to the distribution's own sources, in whichever style they are written; the files as they
# were stay beside them, with the ending .before-mkl.bak.
set -euo pipefail

package=libmkl-rt

# shellcheck source=build/apt.sh
. "$(dirname "${BASH_SOURCE[0]}")/apt.sh"

if installed; then
    say "$package is installed already."
    exit 0
fi

needs_apt "Elsewhere install Intel oneMKL and set OPTIM_MKL_PATH to the library or its folder."
if [ "$(dpkg --print-architecture)" != amd64 ]; then
    fail "there is no MKL for $(dpkg --print-architecture); it needs amd64."
fi

if ! offered; then
    say "updating the package lists."
    refresh
fi

if ! offered; then
    entries=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(SOURCESENTRY)' 'Created-By: Packages')
    case "$entries" in
        *Debian\|main*) origin=Debian components='non-free contrib' ;;
        *Ubuntu\|main*) origin=Ubuntu components='multiverse' ;;
        *) fail "no source of Debian or Ubuntu is configured in which $package could be." ;;
    esac
    # An entry is named as FILE:NUMBER.
    mapfile -t files < <(grep "^$origin|main|" <<<"$entries" | cut -d'|' -f3 | sed 's/:[0-9]*$//' | sort -u)
    for file in "${files[@]}"; do
        say "enabling $components in $file."
        "${as_root[@]}" cp -n "$file" "$file.before-mkl.bak"
        for component in $components; do
            # 'deb URI SUITE main ...' in the one style, 'Components: main ...' in the other.
            "${as_root[@]}" sed -i -E "/^(deb(-src)?[[:space:]]|Components:).*[[:space:]]main([[:space:]]|\$)/{
                /[[:space:]]$component([[:space:]]|\$)/! s/[[:space:]]main([[:space:]]|\$)/ main $component\1/
            }" "$file"
        done
    done
    refresh
    offered || fail "the distribution does not offer $package."
fi

install_package
