import Foundation
import Logging
import PealCore

/// Writes one line per event to standard error: for people, or as JSON.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat

    init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        self.logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
        var line = Self.line(
            format, label: label, level: event.level, message: "\(event.message)", fields: fields, at: .now())
        line.append(UInt8(ascii: "\n"))
        LogWriter.standardError.write(line)
    }

    static func line(
        _ format: LogFormat, label: String, level: Logger.Level, message: String, fields: Logger.Metadata,
        at time: Timestamp
    ) -> [UInt8] {
        let sorted = fields.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let rest = sorted.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
            let name = level.rawValue.uppercased()
            let text = "\(time) \(name)\(String(repeating: " ", count: 8 - name.count)) \(message)\(rest)"
            return Array(text.replacing("\n", with: "\\n").utf8)
        case .json:
            var members = [
                JSON.Member("time", .string("\(time)")), JSON.Member("level", .string(level.rawValue)),
                JSON.Member("logger", .string(label)), JSON.Member("message", .string(message)),
            ]
            members += sorted.map { JSON.Member($0.key, .string("\($0.value)")) }
            return Array(JSON.object(members).text.utf8)
        }
    }

    private static func quoted(_ text: String) -> String {
        text.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) ? JSON.string(text).text : text
    }
}

extension Timestamp {
    /// The clock on the wall.
    static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
