#!/usr/bin/env bash
# What a compiler does not check: format, import levels, layers, file sizes, unsafe corners.
set -uo pipefail
cd "$(dirname "$0")/.."
problems=0
problem() { echo "  $*"; problems=$((problems + 1)); }

swift format lint --strict --recursive --parallel Package.swift Sources Tests || problem "swift format is not clean"

# Layers: each target and the Peal modules that it may import.
declare -A may=(
    [CZlib]=""
    [PealCore]=""
    [PealMetrics]=""
    [CEpoll]=""
    [PealAuth]="PealCore"
    [PealSQLite]="PealCore"
    [PealPipeline]="PealCore"
    [PealGateway]="PealCore PealAuth"
    [PealAPI]="PealCore PealAuth PealPipeline"
    [PealServer]="PealCore PealAuth PealSQLite PealPipeline PealGateway PealAPI PealMetrics"
    [peal]="PealCore PealAuth PealPipeline PealServer"
    [peal-echo]="PealCore PealAuth PealGateway"
)
for folder in Sources/*/; do
    target=$(basename "$folder")
    [ -n "${may[$target]+known}" ] || { problem "$folder has no line in scripts/soundness.sh"; continue; }
    while IFS=: read -r file line text; do
        module=$(awk '{print $NF}' <<<"$text")
        case " ${may[$target]} " in *" $module "*) ;; *) problem "$file:$line: $target must not import $module" ;; esac
    done < <(grep -rnE '^(@testable )?((public|package|internal|private|fileprivate) )?import Peal' "$folder" --include='*.swift')
done
if grep -rnE '^((public|package|internal) )?import (NIO|Foundation|Glibc|GRDB|Logging|Metrics|Hummingbird)' Sources/PealCore; then
    problem "PealCore must not do I/O"
fi
if grep -rnE 'import GRDB' Sources --include='*.swift' | grep -v '^Sources/PealSQLite/'; then
    problem "only PealSQLite may know GRDB"
fi

# Every import that leaks into an interface says so; the compiler checks the rest (InternalImportsByDefault).
if grep -rnE '^@_exported' Sources; then problem "no re-exports"; fi

while read -r count file; do
    [ "$file" = total ] || [ "$count" -le 500 ] || problem "$file has $count lines: probably two files in one"
done < <(find Sources Clients -name '*.swift' -o -name '*.js' | grep -v '/test/' | xargs wc -l)

while IFS= read -r hit; do
    file=${hit%%:*}
    line=$(cut -d: -f2 <<<"$hit")
    sed -n "$((line > 4 ? line - 4 : 1)),${line}p" "$file" | grep -q '//' || problem "$hit: say why @unchecked is sound"
done < <(grep -rn '@unchecked Sendable' Sources --include='*.swift')
if grep -rnE '\btry!|fatalError\(|\bas!' Sources --include='*.swift'; then problem "no try!, as! or fatalError in Sources"; fi

unchecked=$(grep -rc '@unchecked Sendable' Sources --include='*.swift' | awk -F: '{n += $2} END {print n}')
echo "  $(find Sources -name '*.swift' | wc -l) Swift files, $unchecked times @unchecked Sendable, $problems problems"
[ "$problems" -eq 0 ]
