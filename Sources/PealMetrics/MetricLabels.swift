/// The labels of one series, sorted by name, in the form in which they are written: `method="GET",status="200"`.
struct MetricLabels: Hashable, Comparable, Sendable {
    let text: String

    /// Of two labels with one name the last wins. `le` belongs to histograms and becomes `exported_le`.
    init(_ dimensions: [(String, String)]) {
        guard !dimensions.isEmpty else {
            text = ""
            return
        }
        let pairs = dimensions.map { name, value in
            (name == "le" ? "exported_le" : MetricName.sanitisedLabel(name), MetricName.escaped(value, quotes: true))
        }
        text = Dictionary(pairs) { _, last in last }
            .sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\($0.value)\"" }
            .joined(separator: ",")
    }

    static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
