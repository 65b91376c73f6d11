import Histogram
import PealCore

/// What one measurement found.
struct BenchReport: Sendable {
    struct Row: Sendable {
        var name: String
        var value: Double
        var unit: String
    }

    let title: String
    private(set) var rows: [Row] = []

    init(_ title: String) {
        self.title = title
    }

    mutating func add(_ name: String, _ value: some BinaryInteger, _ unit: String = "") {
        rows.append(Row(name: name, value: Double(value), unit: unit))
    }

    mutating func add(_ name: String, _ value: Double, _ unit: String) {
        rows.append(Row(name: name, value: value, unit: unit))
    }

    /// Nanoseconds, shown as milliseconds.
    mutating func add(_ name: String, _ latencies: Latencies) {
        guard latencies.count > 0 else { return }
        for (label, percentile) in [("p50", 50), ("p95", 95), ("p99", 99), ("p99.9", 99.9)] {
            add("\(name) \(label)", Double(latencies.value(at: percentile)) / 1e6, "ms")
        }
        add("\(name) max", Double(latencies.max) / 1e6, "ms")
    }

    static func print(_ reports: [Self], json: Bool) {
        if json {
            let members = reports.map { JSON.Member($0.title, $0.json) }
            return Console.print(JSON.object(members).text)
        }
        let style = Style()
        for report in reports {
            let names = report.rows.map(\.name.count).max() ?? 0
            let values = report.rows.map { Self.text($0.value) }
            let width = values.map(\.count).max() ?? 0
            Console.print("\n" + style.bold(report.title))
            for (row, value) in zip(report.rows, values) {
                let gap = String(repeating: " ", count: names - row.name.count + 3 + width - value.count)
                Console.print("  \(row.name)\(gap)\(value) \(row.unit)")
            }
        }
    }

    /// Names carry their unit, so that a reader of the JSON need not guess.
    private var json: JSON {
        .object(
            rows.map { row in
                let name = row.unit.isEmpty ? row.name : "\(row.name) (\(row.unit))"
                return JSON.Member(name, .number(Self.number(row.value)))
            })
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? String((value * 1000).rounded() / 1000)
    }

    /// Three digits that say something: `12,345`, `12.3`, `0.123`.
    private static func text(_ value: Double) -> String {
        if value >= 100 || value == value.rounded() { return grouped(Int64(value.rounded())) }
        let scale: Double = value >= 10 ? 10 : value >= 1 ? 100 : 1000
        return String((value * scale).rounded() / scale)
    }

    private static func grouped(_ value: Int64) -> String {
        let digits = Array(String(value))
        return digits.enumerated().reduce(into: "") { text, entry in
            if entry.offset > 0, (digits.count - entry.offset).isMultiple(of: 3), digits[entry.offset - 1] != "-" {
                text.append(",")
            }
            text.append(entry.element)
        }
    }
}
