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
    [CLibPQ]=""
    [PealSQL]="PealCore"
    [PealSQLite]="PealCore PealSQL"
    [PealPostgres]="PealCore PealSQL"
    [PealRedis]="PealCore"
    [PealWebhook]="PealCore"
    [PealPipeline]="PealCore"
    [PealGateway]="PealCore PealAuth"
    [PealAPI]="PealCore PealAuth PealPipeline"
    [PealServer]="PealCore PealAuth PealSQLite PealPostgres PealRedis PealWebhook PealPipeline PealGateway PealAPI PealMetrics"
    [peal]="PealCore PealAuth PealPipeline PealServer"
    [peal-echo]="PealCore PealAuth PealGateway"
)
for folder in Sources/*/; do
    target=$(basename "$folder")
    [ -n "${may[$target]+known}" ] || { problem "$folder has no line in scripts/soundness.sh"; continue; }
    while IFS=: read -r file line text; do
        module=$(awk '{print $NF}' <<<"$text")
        case " ${may[$target]} " in *" $module "*) ;; *) problem "$file:$line: $target must not import $module" ;; esac
    done < <(grep -rnE '^ *(@[a-zA-Z_]+ )?((public|package|internal|private|fileprivate) )?import Peal' "$folder" --include='*.swift')
done
if grep -rnE '^ *((public|package|internal) )?import (NIO|Foundation|Glibc|GRDB|Logging|Metrics|Hummingbird)' Sources/PealCore; then
    problem "PealCore must not do I/O"
fi
if grep -rnE 'import GRDB' Sources --include='*.swift' | grep -v '^Sources/PealSQLite/'; then
    problem "only PealSQLite may know GRDB"
fi

# Every import has a level. One that leaks into an interface says `public` or `package`, and the compiler refuses it where it
# does not or need not; one without a word is internal, as long as every target is built with that setting.
grep -q '^for target in package.targets where !\[.plugin, .system\].contains(target.type) {$' Package.swift \
    && grep -q '^        .enableUpcomingFeature("InternalImportsByDefault"),$' Package.swift \
    && grep -q '^        .treatAllWarnings(as: .error),$' Package.swift \
    || problem "Package.swift must give all targets InternalImportsByDefault and warnings as errors"
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

# What every target builds on says what it is. What a protocol asks for has the protocol's words.
while IFS= read -r hit; do problem "$hit: a public declaration without a line that says what it is"; done < <(
    find Sources/PealCore -name '*.swift' -print0 | xargs -0 awk '
        FNR == 1 { documented = 0 }
        /^ *\/\/\// { documented = 1; next }
        /^ *@/ { next }
        /^ *public / && !/^ *public (extension|import) / && !documented && !/ (var description|func hash|static func (==|<)) ?/ \
            && !(FILENAME ~ /\/(Memory\/|InMemory)/ && / func /) { print FILENAME ":" FNR }
        { documented = 0 }')

# A decision has its number for itself.
while read -r number; do problem "docs/decisions has $number twice"; done < \
    <(find docs/decisions -name '[0-9]*.md' -printf '%f\n' | cut -c1-4 | sort | uniq -d)

# `!` behind a value, outside comments and texts: the formatter refuses it too, and here it is counted.
unwraps=$(grep -rhE '[])A-Za-z0-9_"]!([].,):} ]|$)' Sources --include='*.swift' \
    | sed -E 's|//.*||; s/"[^"]*"//g' | grep -cE '[])A-Za-z0-9_]!([].,):} ]|$)')
[ "$unwraps" -eq 0 ] || problem "$unwraps force unwraps in Sources"

unchecked=$(grep -rc '@unchecked Sendable' Sources --include='*.swift' | awk -F: '{n += $2} END {print n}')
echo "  $(find Sources -name '*.swift' | wc -l) Swift files, $unchecked times @unchecked Sendable, $unwraps force unwraps, $problems problems"
[ "$problems" -eq 0 ]
