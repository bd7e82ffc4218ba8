# shellcheck shell=bash
# What the scripts of tests/cases/*/*/cmd may use; sourced before them.  run_cases.py sets SERVER, the
# folder of the case's practice server, and everything that the program itself looks at.

# The usual command, with times that keep a case short.
CLAIM_TIMES='--queue-delay 300ms --settle-timeout 5s --patience 20s --timeout 2s --connect-timeout 1s --tries 2'
CLAIM_PLAIN="claimpipe claim $CLAIM_TIMES"
# shellcheck disable=SC2034
CLAIM="$CLAIM_PLAIN -c c1 --set password-1.password=env:CLAIM_PASSWORD"
# shellcheck disable=SC2034
# shellcheck disable=SC2034
UNDO="claimpipe undo $CLAIM_TIMES --secret-from env:STORE_SECRET"
# shellcheck disable=SC2034
STORE="claimpipe store $CLAIM_TIMES -s s1 --secret-from env:STORE_SECRET"
# shellcheck disable=SC2034
RUN="claimpipe run $CLAIM_TIMES"
# shellcheck disable=SC2034
SETTLE="claimpipe settle $CLAIM_TIMES"
# shellcheck disable=SC2034
CODE='claimpipe code --seed-from env:CODE_SEED --count 1000000'
# shellcheck disable=SC2034
MAIL="claimpipe mail --template letter.txt --smtp ${SMTP-} --mail-later 1s --timeout 5s --connect-timeout 1s"
# Platforms' exports, and what is known of them.
# shellcheck disable=SC2034
EXPORTS="${BASH_SOURCE[0]%/*}/../samples/exports"
# shellcheck disable=SC2034
PRESETS="${BASH_SOURCE[0]%/*}/../pipeline/presets"

# book OUT.xlsx [NAME=]FILE.csv...: makes a workbook; see tests/sheets.py
SHEETS="${BASH_SOURCE[0]%/*}/sheets.py"
book() {
    python3 "$SHEETS" "$@"
}

# bouncebox RESULTS KIND:ROW...: prints a mailbox of reports; see tests/bouncebox.py
BOUNCEBOX="${BASH_SOURCE[0]%/*}/bouncebox.py"
bouncebox() {
    python3 "$BOUNCEBOX" "$@"
}

# imapd MBOX OPTION...: starts the server of tests/imapd.py: IMAP_URL; its journal is imap.journal.  smtpd SCRIPT: that of
# tests/smtpd.py: SMTP_URL; its journal is smtp.journal.
TESTS="${BASH_SOURCE[0]%/*}"
imapd() {
    rm -f imap.pipe imap.url
    mkfifo imap.pipe imap.url
    python3 "$TESTS/imapd.py" "$1" imap.journal "${@:2}" <imap.pipe >imap.url 2>imap.err &
    exec 8>imap.pipe
    read -r IMAP_URL <imap.url || case_fail "imapd does not start: $(<imap.err)"
}
imapd_end() {
    exec 8>&-
}
smtpd() {
    rm -f smtp.pipe smtp.url
    mkfifo smtp.pipe smtp.url
    python3 "$TESTS/smtpd.py" --script "$1" --journal smtp.journal <smtp.pipe >smtp.url 2>smtp.err &
    exec 7>smtp.pipe
    read -r SMTP_URL <smtp.url || case_fail "smtpd does not start: $(<smtp.err)"
}
smtpd_end() {
    exec 7>&-
}

case_fail() {
    echo "case: $*" >&2
    exit 99
}

# sheet FILE [NAME]: prints a sheet of a workbook, by default the first, as CSV.
sheet() {
    python3 "${BASH_SOURCE[0]%/*}/xlsx.py" "$@" || case_fail "$1 can't be read"
}

# Starts the server, on the port that it had before if any, with the same journal.
server_start() {
    local port=0 line
    [ -s "$SERVER/port" ] && port=$(<"$SERVER/port")
    rm -f "$SERVER/ready" "$SERVER/exit"
    mkfifo "$SERVER/ready"
    (
        claimpipe-sandbox --quiet --config "$SERVER/config.json" --journal "$SERVER/journal" \
            --port "$port" >"$SERVER/ready" &
        echo $! >"$SERVER/pid"
        wait $!
        echo $? >"$SERVER/exit"
    ) </dev/null >/dev/null 2>>"$SERVER/err" &
    disown
    read -r line <"$SERVER/ready" || case_fail "the server does not start: $(<"$SERVER/err")"
    echo "${line##*:}" >"$SERVER/port"
}

# SIGKILL; returns when it is gone.
server_kill() {
    local i
    kill -9 "$(<"$SERVER/pid")"
    for ((i = 0; i < 1000; i++)); do
        [ -s "$SERVER/exit" ] && return
        sleep 0.01
    done
    case_fail 'the server does not end'
}

# server_call METHOD PATH [BODY]: prints the answer's body; fails unless it is a 200.
server_call() {
    local body=${3-} answer
    exec 9<>"/dev/tcp/127.0.0.1/$(<"$SERVER/port")" || case_fail 'the server is not there'
    printf '%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
        "$1" "$2" "$(printf %s "$body" | wc -c)" "$body" >&9
    answer=$(cat <&9)
    exec 9>&-
    case $answer in
    'HTTP/1.1 200'*) printf '%s\n' "${answer#*$'\r\n\r\n'}" ;;
    *) case_fail "$1 $2: ${answer:-no answer}" ;;
    esac
}

# server_wait ROUTE N [SECONDS]: until N requests of the route came (or accepted, completed, settled …).
server_wait() {
    local answer
    answer=$(server_call GET "/sandbox/wait?route=$1&count=$2&timeoutMs=$((${3-20} * 1000))") || exit 99
    case $answer in
    *'"reached": true'* | *'"reached":true'*) ;;
    *) case_fail "server_wait $1 $2: $answer" ;;
    esac
}

server_faults() {
    server_call POST /sandbox/faults "$1" >/dev/null || exit 99
}

server_config() {
    server_call POST /sandbox/config "$1" >/dev/null || exit 99
}

# server_stats KEY.PATH: prints one number or text of the statistics.
server_stats() {
    local stats
    stats=$(server_call GET /sandbox/stats) || exit 99
    python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, key: value[key], sys.argv[1].split("."), json.load(sys.stdin)))' \
        "$1" <<<"$stats"
}

# expect WHAT GOT WANT: the case ends here unless they are equal.
expect() {
    [ "$2" = "$3" ] || case_fail "$1: got $2, want $3"
}

# exits CODE COMMAND…: the case ends here unless the command ends with that code.
exits() {
    local want=$1 got=0
    shift
    "$@" || got=$?
    [ "$got" = "$want" ] || case_fail "exit code $got, want $want: $*"
}

# beside NAME CODE COMMAND…: the same, but the case goes on meanwhile; NAME.log is what the command says, and it
# has a ledger of its own, which the results of the others do not know.  all_done waits for all of them.
besides=()
beside() {
    local name=$1 want=$2
    shift 2
    (
        got=0
        "$@" --ledger "state/$name.db" --accept-ledger 2>"$name.log" || got=$?
        expect "exit code of $name" "$got" "$want"
    ) &
    besides+=($!)
}

all_done() {
    local pid failed=
    for pid in "${besides[@]}"; do
        wait "$pid" || failed=1
    done
    [ -z "$failed" ] || exit 99
    besides=()
}

# said NAME TEXT: the case ends here unless NAME.log has the text.
said() {
    grep -qF -e "$2" "$1.log" || case_fail "$1 does not say \"$2\": $(<"$1.log")"
}

# rows FIRST LAST: that many rows of an input with the columns Name,Wallet, without its header.
rows() {
    local i
    for ((i = $1; i <= $2; i++)); do
        printf 'Person %d,0x%040x\n' "$i" "$((i + 1000000))"
    done
}

# at_clock OFFSET COMMAND…: the command's wall clock is so far off (+1h, -90s …); its monotonic clock is not.
at_clock() {
    local offset=$1 library
    shift
    library=$(echo /usr/lib/*/faketime/libfaketime.so.1)
    [ -e "$library" ] || case_fail 'faketime is not installed: make deps check'
    env LD_PRELOAD="$library" FAKETIME="$offset" FAKETIME_DONT_FAKE_MONOTONIC=1 \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" "$@"
}

# killed_when ROUTE N COMMAND…: kill -9 once the server has seen N of the route (as server_wait has it).  The case
# ends here if the command ends before.
killed_when() {
    local route=$1 n=$2 pid got=0
    shift 2
    "$@" &
    pid=$!
    server_wait "$route" "$n"
    kill -9 "$(pgrep -P $pid || echo $pid)"
    wait $pid || got=$?
    expect "exit code of what is killed, $*" "$got" 137
}

# limited_by HEADERS: from now on each claim is answered by a 429 with these fields, members of a JSON object.
limited_by() {
    server_faults "[{\"route\": \"complete\", \"kind\": \"status\", \"status\": 429, \"every\": 1, \"headers\": {$1}}]"
}

# told_to_wait N: sets told to what a run over in.csv is told to wait, with a ledger of its own; its results are
# outN.csv.  It ends as soon as it has said so, after one request.
told_to_wait() {
    local line pid
    exec 8< <(exec $CLAIM in.csv --ledger "$1.db" --accept-ledger -o "out$1.csv" 2>&1)
    pid=$!
    while read -r line <&8; do
        [[ $line = *"nothing is sent for "* ]] && break
    done
    kill "$pid" || case_fail "it has ended: $line"
    cat <&8 >/dev/null
    exec 8<&-
    # shellcheck disable=SC2034
    told=${line##*nothing is sent for }
    expect 'requests' "$(server_stats requests.complete)" "$1"
}

# A network that stalls between claimpipe and the server from now on: see stall.py.
stall_start() {
    coproc STALL { python3 "${BASH_SOURCE[0]%/*}/stall.py" "$(<"$SERVER/port")" 2>"$SERVER/stall.err"; }
    local port
    read -r port <&"${STALL[0]}" || case_fail "the network does not start: $(<"$SERVER/stall.err")"
    export BITBADGES_API_URL=http://127.0.0.1:$port
}

# stall_hold N: holds back what claimpipe sends; stall_held: until N requests are; stall_go lets all go at once.
stall_hold() { stall_do "hold $1" holding; }
stall_held() { stall_hears held; }
stall_go() { stall_do go gone; }

stall_do() {
    echo "$1" >&"${STALL[1]}"
    stall_hears "$2"
}

stall_hears() {
    local answer
    read -r -t 30 answer <&"${STALL[0]}" || case_fail "the network does not say $1"
    expect 'the network says' "$answer" "$1"
}

# A server for webhooks and dead-man switches, at $HOOKS: see hooks.py.
hooks_start() {
    coproc HOOKED { python3 "${BASH_SOURCE[0]%/*}/hooks.py" "$SERVER/hooks.log" 2>"$SERVER/hooks.err"; }
    local port
    read -r port <&"${HOOKED[0]}" || case_fail "nobody is there for webhooks: $(<"$SERVER/hooks.err")"
    HOOKS=http://127.0.0.1:$port
    : >"$SERVER/hooks.log"
}

# called NAME METHOD PATH...: the case ends here unless these are the requests since the last time, in this order.
called() {
    local name=$1 got
    shift
    got=$(python3 -c 'import json, sys
print(*[f"{r[w]}" for l in sys.stdin for r in [json.loads(l)] for w in ("method", "path")])' <"$SERVER/hooks.log")
    expect "what was called $name" "$got" "$*"
    mv "$SERVER/hooks.log" "$SERVER/hooks.$name.log"
    : >"$SERVER/hooks.log"
}

# summary FILE [EXPRESSION WANT]...: the case ends here unless it is one, with these values: see summary.py.
summary() {
    python3 "${BASH_SOURCE[0]%/*}/summary.py" "$@" || case_fail "$1: $(cat "$1")"
}
