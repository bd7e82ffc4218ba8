#!/bin/sh
# The main job over a sample export, against a practice server of its own: `make demo`.
# BUILD names the folder of the programs.
set -eu
samples=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-build}
dir=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

mkfifo "$dir/ready"
"$build/claimpipe-sandbox" --quiet --config "$samples/sandbox.json" >"$dir/ready" &
server=$!
read -r _ _ url <"$dir/ready"

export BITBADGES_API_URL="$url" BITBADGES_API_KEY=sandbox-key CLAIM_PASSWORD="open sesame"
export XDG_STATE_HOME="$dir/state"
echo "practice server on $url; claiming for samples/completions.csv:"
code=0
"$build/claimpipe" claim "$samples/completions.csv" -c demo-completions \
    --set password-1.password=env:CLAIM_PASSWORD --queue-delay 2s -o "$dir/results.csv" || code=$?
echo
echo "the first rows of the results CSV:"
head -n 6 "$dir/results.csv"
echo
echo "exit code $code: 1 says that some rows are not done, and the results say which and why."
[ "$code" -eq 1 ]
