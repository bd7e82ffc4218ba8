#!/bin/sh
# Each source is as .clang-format has it; clang-format -i mends it.
. "$(dirname "$0")/tap.sh"
tap_need clang-format

for file in $(c_files); do
    tap_check "$file is formatted" "$(clang-format --dry-run -Werror "$file" 2>&1 | grep -E ': (error|warning):' | head -3)"
done
tap_end
