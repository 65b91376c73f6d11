/// Writes the Prometheus text exposition format 0.0.4.
struct MetricText {
    private(set) var bytes: [UInt8] = []

    mutating func header(name: String, help: String, kind: MetricKind) {
        line("# HELP \(name) \(MetricName.escaped(help, quotes: false))")
        line("# TYPE \(name) \(kind.rawValue)")
    }

    mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Int64) {
        sample(name, labels, le: nil, String(value))
    }

    mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Double) {
        sample(name, labels, le: nil, Self.number(value))
    }

    mutating func sample(_ name: String, _ labels: MetricLabels, le bound: String, _ value: Int64) {
        sample(name, labels, le: bound, String(value))
    }

    /// As Go's `ParseFloat` reads it; whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { String($0) } ?? value.description
    }

    private mutating func sample(_ name: String, _ labels: MetricLabels, le bound: String?, _ value: String) {
        let parts = [labels.text, bound.map { "le=\"\($0)\"" } ?? ""].filter { !$0.isEmpty }
        line(parts.isEmpty ? "\(name) \(value)" : "\(name){\(parts.joined(separator: ","))} \(value)")
    }

    private mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }
}
