import Foundation

/// What a process has used, from proc(5).
struct ProcessUsage: Sendable {
    /// User and system time of all threads.
    var cpu: Duration
    var residentBytes: Int
    /// Of that, what is no part of a file: the mapped program is shared, and the system can drop it.
    var ownBytes: Int

    /// Nil where there is no such process, or no `/proc`.
    init?(pid: Int32) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Int64(fields[11]), let system = Int64(fields[12]),
            let pages = Int(fields[21])
        else { return nil }
        let tick = Duration.seconds(1) / Int(sysconf(Int32(_SC_CLK_TCK)))
        cpu = tick * Int(user + system)
        residentBytes = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        ownBytes = Self.anonymousBytes(pid: pid)
    }

    private static func anonymousBytes(pid: Int32) -> Int {
        let status = FileManager.default.contents(atPath: "/proc/\(pid)/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line.flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first }
            .flatMap { Int($0) }.map { $0 * 1024 } ?? 0
    }
}

/// The one clock that all processes of a machine share.
enum MonotonicClock {
    /// Nanoseconds since the machine started.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    var inMicroseconds: Double { inSeconds * 1e6 }
}
