#!/bin/sh
# Who may include whom, read off the #include lines: each folder knows those below it only.
. "$(dirname "$0")/tap.sh"

# Lines `file:line included` of the quoted includes of these files, a file's own header left out, and the public one.
# A private header is named as it lies beside its files.
quoted() {
    grep -noE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[^"]+"' /dev/null "$@" | awk -F: '{
        split($3, part, "\"")
        if (part[2] == "claimpipe.h")
            next
        own = $1
        sub(/^(pipeline|include)\//, "", own)
        folder = own
        sub(/[^\/]*$/, "", folder)
        sub(/\.c$/, ".h", own)
        if (part[2] !~ /\//)
            part[2] = folder part[2]
        if (part[2] != own)
            print $1 ":" $2, part[2]
    }'
}

files_of() {
    find "include/$1" "pipeline/$1" -name '*.[ch]' 2>/dev/null | LC_ALL=C sort
}

# layer FOLDER ALLOWED: what the folder's files include must match the extended expression ALLOWED.
layer() {
    # shellcheck disable=SC2046
    tap_check "$1 knows $2" "$(quoted $(files_of "$1") | awk -v allowed="^($2)/" '
        $2 !~ allowed { print $1 " includes " $2 }')"
}

# A module is a file, or several: issue.c, and with it issue_*.c.  Lines `module module` of who includes whom in a folder.
modules() {
    # shellcheck disable=SC2046
    quoted $(files_of "$1") | awk -v folder="$1" -v heads="$(
        files_of "$1" | sed -n 's|.*/\([^/]*\)\.c$|\1|p' | tr '\n' ' ')" '
        function module(path) {
            sub(/:.*/, "", path)
            sub(/.*\//, "", path)
            sub(/\.[ch]$/, "", path)
            for (i = 1; i <= n; i++)
                if (index(path, head[i] "_") == 1)
                    return module(head[i])
            return path
        }
        BEGIN { n = split(heads, head, " ") }
        index($2, folder "/") == 1 {
            from = module($1)
            to = module($2)
            if (from != to)
                print from, to
        }' | sort -u
}

all='base policy adapters ledger actions stages settings commands'
layer base 'base'
layer policy 'policy|base'
layer adapters 'adapters|base'
layer ledger 'ledger|adapters|policy|base'
layer actions 'actions|policy|adapters|base'
layer stages 'stages|actions|ledger|policy|adapters|base'
layer settings 'settings|stages|actions|policy|adapters|base'
layer commands 'commands|settings|stages|actions|ledger|policy|adapters|base'
layer sandbox 'sandbox|base|policy'
tap_check "the practice server knows identities only of policy" \
    "$(quoted $(files_of sandbox) | grep ' policy/' | grep -v ' policy/identity.h$')"
tap_check "the public face knows commands, settings, adapters and base" \
    "$(quoted pipeline/claimpipe.c | grep -vE ' (commands|settings|adapters|base)/')"
tap_check "main knows adapters and base, and else the public face" \
    "$(quoted pipeline/main.c | grep -vE ' (adapters|base)/')"
tap_check "the public header knows none of ours" "$(quoted include/claimpipe.h)"
# Those two have its structs to fill; nobody below the public face calls it.
tap_check "the public header is known to those who call back" \
    "$(grep -rl 'include "claimpipe.h"' include pipeline |
        grep -vxE 'pipeline/(claimpipe|main|stages/(teller|report))\.c')"
for folder in $all; do
    tap_check "$folder has no circle" "$(modules "$folder" | tsort 2>&1 >/dev/null)"
done
# Each part of the practice server knows the world that holds them all.
tap_check "the headers of sandbox have no circle" \
    "$(quoted include/sandbox/*.h | sed 's/:[0-9]*//; s|^include/||' | tsort 2>&1 >/dev/null)"
tap_check "commands do not know each other" "$(modules commands)"
tap_check "private headers are known in their folder only" \
    "$(find pipeline -name '*.h' ! -path 'pipeline/sandbox/*' | while read -r header; do
        grep -rnE "include .*\"(.*/)?${header##*/}\"" include pipeline | grep -v "^${header%/*}/"
    done)"
tap_check "no other folder has come along" "$(find include pipeline -mindepth 1 -type d |
    grep -vxE "(include|pipeline)/($(echo "$all" | tr ' ' '|')|sandbox)|pipeline/(presets|completions|page)")"
tap_check "nothing else lies at the top" "$(find include pipeline -maxdepth 1 -type f |
    grep -vxE 'pipeline/((main|claimpipe)\.c|claimpipe\.1|claimpipe-job\.5)|include/claimpipe\.h')"

# Third-party is whatever neither C11 nor POSIX nor the kernel brings.
own='assert|ctype|errno|fcntl|float|getopt|iconv|inttypes|iso646|limits|locale|math|poll|pthread|pwd|signal'
own="$own|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|termios"
own="$own|threads|time|unistd|wchar|arpa/[a-z_]+|net/[a-z_]+|netinet/[a-z_]+|sys/[a-z_]+|linux/[a-z_]+"
third_party() {
    grep -noE '^[[:space:]]*#[[:space:]]*include[[:space:]]+<[^>]+>' /dev/null "$@" |
        sed 's/[[:space:]]*#[[:space:]]*include[[:space:]]*</ /; s/>//' | grep -vE " ($own)\\.h$"
}
headers=$(find include -name '*.h' ! -path 'include/sandbox/*')
sources=$(find pipeline -name '*.c' ! -path 'pipeline/sandbox/*')
# shellcheck disable=SC2086
tap_check "no header shows a third party's" "$(third_party $headers)"
# shellcheck disable=SC2086
for library in $(third_party $sources | sed 's/.* //' | sort -u); do
    users=$(third_party $sources | grep " $library\$")
    [ "$(echo "$users" | wc -l)" -gt 1 ] || users=
    # A pool (http.c) has libcurl carry requests and mail; one file is waited for, and one mailbox; and all ask it what a
    # URL is made of.
    [ "$library" = curl/curl.h ] &&
        users=$(echo "$users" | grep -vE '^pipeline/adapters/(baseurl|curltrouble|fetch|http|http_transfer|imap|smtp)\.c:')
    tap_check "<$library> has one user" "$users"
done
tap_end
