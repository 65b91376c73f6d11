#if os(Linux)
    import Foundation
    import Metrics
    import PealMetrics
    import Testing

    @Suite struct ProcessMetricsTests {
        private func value(_ name: String, in page: String) -> Double? {
            page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.flatMap {
                Double($0.dropFirst(name.count + 1))
            }
        }

        @Test func theOwnProcessIsDescribed() throws {
            let registry = PrometheusRegistry()
            registry.addProcessMetrics()
            let page = String(decoding: registry.render(), as: UTF8.self)
            #expect(try #require(value("process_resident_memory_bytes", in: page)) > 1_000_000)
            #expect(try #require(value("process_cpu_seconds_total", in: page)) >= 0)
            #expect(try #require(value("process_open_fds", in: page)) >= 3)
            let start = try #require(value("process_start_time_seconds", in: page))
            #expect(abs(start - Date().timeIntervalSince1970) < 3600)
        }

        @Test func promtoolFindsNothing() throws {
            let promtool = "/usr/bin/promtool"
            try #require(FileManager.default.isExecutableFile(atPath: promtool), "apt-get install prometheus")
            let registry = PrometheusRegistry()
            registry.addProcessMetrics()
            registry.register("notifications_sent_total", help: "Handed to a session.", kind: .counter, isPresent: true)
            Counter(label: "connection_errors", dimensions: [("type", "a \"b\"\\\n")], factory: registry).increment()
            Timer(label: "http.request.duration", factory: registry).recordMilliseconds(3)
            Recorder(label: "store_batch_size", factory: registry).record(12)

            let tool = Process()
            tool.executableURL = URL(fileURLWithPath: promtool)
            tool.arguments = ["check", "metrics"]
            let input = Pipe()
            let output = Pipe()
            tool.standardInput = input
            tool.standardOutput = output
            tool.standardError = output
            try tool.run()
            try input.fileHandleForWriting.write(contentsOf: Data(registry.render()))
            try input.fileHandleForWriting.close()
            let findings = try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) }
            tool.waitUntilExit()
            #expect(tool.terminationStatus == 0, "\(findings ?? "")")
        }
    }
#endif
