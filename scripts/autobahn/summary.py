#!/usr/bin/env python3
"""usage: summary.py index.json CASES...

Counts the behaviours in a report of the Autobahn test suite, by section and in all. Exits with 1 where a case failed, did
not close as it should, or did not run.
"""

import collections
import json
import sys

# Cases of each section that the suite has, without those that need another server (10.2 and more) or are empty (8, 11).
CASES = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1, 12: 90, 13: 126}


def is_good(name, behavior):
    """NON-STRICT only where it is about how soon invalid UTF-8 in the middle of a message is noticed."""
    return behavior in ("OK", "INFORMATIONAL") or behavior == "NON-STRICT" and name.startswith("6.4.")


def expected(patterns):
    """How many cases must have run; None where a pattern is narrower than a section."""
    if patterns == ["*"]:
        return sum(CASES.values())
    sections = [pattern.removesuffix(".*") for pattern in patterns]
    if not all(section.isdigit() and int(section) in CASES for section in sections):
        return None
    return sum(CASES[section] for section in {int(section) for section in sections})


def main(path, patterns):
    with open(path) as file:
        cases = next(iter(json.load(file).values()), {})
    sections = collections.defaultdict(collections.Counter)
    bad = []
    for name, case in sorted(cases.items(), key=lambda item: [int(part) for part in item[0].split(".")]):
        sections[int(name.split(".")[0])][case["behavior"]] += 1
        if not is_good(name, case["behavior"]) or case["behaviorClose"] not in ("OK", "INFORMATIONAL"):
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
    wanted = expected(patterns)
    if wanted is not None and len(cases) != wanted:
        print(f"  {len(cases)} cases ran, not {wanted}")
        return 1
    return 1 if bad or not cases else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
