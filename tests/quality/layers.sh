#!/bin/sh
# Who may include whom, read off the #include lines: each folder knows those below it only.
. "$(dirname "$0")/tap.sh"

# Lines `file:line included` of the quoted includes of these files, a file's own header left out.
quoted() {
    grep -noE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[^"]+"' /dev/null "$@" | awk -F: '{
        split($3, part, "\"")
        own = $1
        sub(/^pipeline\//, "", own)
        sub(/\.c$/, ".h", own)
        if (part[2] != own)
            print $1 ":" $2, part[2]
    }'
}

# layer NAME ALLOWED FILE...: each include of the files must match the extended expression ALLOWED.
layer() {
    name=$1 allowed=$2
    shift 2
    tap_check "$name" "$(quoted "$@" | awk -v allowed="^($allowed)" '
        $2 !~ allowed { print $1 " includes " $2 }')"
}

layer "base knows base only" 'base/' include/base/*.h pipeline/base/*.c
layer "policy knows policy and base" '(policy|base)/' include/policy/*.h pipeline/policy/*.c
layer "adapters know adapters and base" '(adapters|base)/' include/adapters/*.h pipeline/adapters/*.c
layer "actions know policy, adapters and base" '(actions|policy|adapters|base)/' \
    include/actions/*.h pipeline/actions/*.c
# settle is pure, and a part of issue but for its own test; issue and report are several files each
for f in include/stages/*.h pipeline/stages/*.c; do
    case $f in
    */issue.c | */issue_*) layer "$f knows no other stage but settle" \
        '(actions|policy|adapters|base)/|stages/(settle|issue|issue_parts|issue_looks|issue_flight)\.h' "$f" ;;
    */read.c | */read_*) layer "$f knows no other stage" \
        '(actions|policy|adapters|base)/|stages/(read|read_parts)\.h' "$f" ;;
    */report.c | */report_*) layer "$f knows no other stage" \
        '(actions|policy|adapters|base)/|stages/(report|report_parts)\.h' "$f" ;;
    *) layer "$f knows no other stage" '(actions|policy|adapters|base)/' "$f" ;;
    esac
done
# The command: argv, its table, and what is said about it.
command='main|options|commands|flags|take|help|hint'
library=$(ls include/*.h pipeline/*.c | grep -vE "/($command)\.[ch]\$")
program=$(ls include/*.h pipeline/*.c | grep -E "/($command)\.[ch]\$")
# shellcheck disable=SC2086
layer "run, job, history and the like know the stages and each other, and not the command" \
    "(stages|actions|policy|adapters|base)/|($(echo "$library" |
        sed -n 's|^include/\(.*\)\.h$|\1|p' | paste -sd '|' -))\\.h\$" $library
# shellcheck disable=SC2086
layer "the command knows what it calls, policy, adapters and base, and neither stages nor actions" \
    '(policy|adapters|base)/|[a-z]+\.h$' $program
layer "the practice server knows base and identities" '(sandbox|base)/|policy/identity\.h$' \
    include/sandbox/*.h pipeline/sandbox/*.c
tap_check "no other folder has come along" "$(find include pipeline -mindepth 1 -type d |
    grep -vxE '(include|pipeline)/(base|policy|adapters|actions|stages|sandbox)|pipeline/presets')"

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
    # many requests at once to the API, and one file that is waited for: they share libcurl and nothing else
    [ "$library" = curl/curl.h ] && [ "$(echo "$users" | sed 's/:.*//' | sort)" = \
"pipeline/adapters/fetch.c
pipeline/adapters/http.c" ] && users=
    tap_check "<$library> has one user" "$users"
done
tap_end
