import PealCore

extension ServerProcess {
    /// What `/metrics` says now, by name with labels as they stand there.
    nonisolated func metrics() async throws -> [String: Double] {
        let page = try await HTTP.get("http://127.0.0.1:\(metricsPort)/metrics").body
        var values: [String: Double] = [:]
        for line in page.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return values
    }

    /// Waits, at most ten seconds, until the metrics are as asked for; returns the last ones either way.
    @discardableResult
    nonisolated func metrics(until condition: ([String: Double]) -> Bool) async throws -> [String: Double] {
        var values = try await metrics()
        for _ in 0..<500 where !condition(values) {
            try await Task.sleep(for: .milliseconds(20))
            values = try await metrics()
        }
        return values
    }
}
