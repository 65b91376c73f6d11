import AsyncHTTPClient
import NIOCore

/// What `/metrics` says, as far as a benchmark asks.
struct ServerMetrics: Sendable {
    private var samples: [Substring: Double] = [:]

    /// - Parameter text: the Prometheus text format; comments are passed over.
    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            samples[line[..<space]] = value
        }
    }

    /// The sample of that name with one label, whatever that is called.
    func value(_ name: String, _ label: String) -> Int {
        samples.first { $0.key.hasPrefix(name + "{") && $0.key.hasSuffix("=\"\(label)\"}") }.map { Int($0.value) } ?? 0
    }

    /// All samples of that name together.
    func sum(_ name: String) -> Int {
        Int(samples.reduce(0) { $1.key == name || $1.key.hasPrefix(name + "{") ? $0 + $1.value : $0 })
    }

    static func read(port: Int) async throws -> ServerMetrics {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        return ServerMetrics(String(buffer: try await response.body.collect(upTo: 16 << 20)))
    }
}
