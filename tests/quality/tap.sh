# tap: what the gates have in common; each is run from anywhere, and sources this file.
#
#   tap_check NAME OUTPUT   ok if OUTPUT is empty, else not ok with OUTPUT as its diagnosis
#   tap_end                 the plan, and the exit code
#
# CPPFLAGS and WARNINGS say what the Makefile says; CC and CLANG may be given.
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C

# shellcheck disable=SC2034,SC2089
CPPFLAGS='-D_GNU_SOURCE -DCLAIMPIPE_VERSION="0" -Iinclude'
# shellcheck disable=SC2034
WARNINGS='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes -Werror'
: "${CC:=gcc}" "${CLANG:=clang}"

tap_number=0
tap_failed=0

tap_check() {
    tap_number=$((tap_number + 1))
    if [ -z "$2" ]; then
        echo "ok $tap_number - $1"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_number - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}

tap_end() {
    echo "1..$tap_number"
    [ "$tap_failed" -eq 0 ]
}

# A gate whose tool is missing has not passed.
tap_need() {
    for tool; do
        command -v "$tool" >/dev/null && continue
        echo "Bail out! $tool is missing: make deps check installs it"
        exit 1
    done
}

c_files() {
    find include pipeline samples tests -name '*.[ch]' | sort
}
