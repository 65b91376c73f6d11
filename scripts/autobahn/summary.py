#!/usr/bin/env python3
"""usage: summary.py index.json CASES...

Counts the behaviours in a report of the Autobahn test suite, by section and in all. Exits with 1 where a case failed, did
not close as it should, or did not run; with fewer than 517 cases where all were asked for, too.
"""

import collections
import json
import sys

GOOD = ("OK", "NON-STRICT", "INFORMATIONAL")
ALL = 517


def main(path, patterns):
    with open(path) as file:
        cases = next(iter(json.load(file).values()), {})
    sections = collections.defaultdict(collections.Counter)
    bad = []
    for name, case in sorted(cases.items(), key=lambda item: [int(part) for part in item[0].split(".")]):
        sections[int(name.split(".")[0])][case["behavior"]] += 1
        if case["behavior"] not in GOOD or case["behaviorClose"] not in GOOD:
            bad.append(f"  {name}: {case['behavior']}, closing {case['behaviorClose']} ({case['remoteCloseCode']})")
        elif case["behavior"] != "OK":
            print(f"  {name}: {case['behavior']}")
    for section, counts in sorted(sections.items()):
        print(f"  section {section:2}: " + ", ".join(f"{count} {word}" for word, count in counts.most_common()))
    total = sum(sections.values(), collections.Counter())
    print(f"  {sum(total.values())} cases: " + ", ".join(f"{count} {word}" for word, count in total.most_common())
          + f"; {len(bad)} failed")
    for line in bad:
        print(line)
    if patterns == ["*"] and len(cases) != ALL:
        print(f"  {len(cases)} cases ran, not {ALL}")
        return 1
    return 1 if bad or not cases else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
