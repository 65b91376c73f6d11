import Foundation

/// Writes at once, so that what comes out of a pipe is not held back.
enum Console {
    static func print(_ line: String) { write(line, to: STDOUT_FILENO) }

    static func complain(_ line: String) { write(line, to: STDERR_FILENO) }

    private static func write(_ line: String, to descriptor: Int32) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads any more.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// Colours for a terminal; plain text elsewhere.
struct Style: Sendable {
    let isColoured: Bool

    /// Follows <https://no-color.org>.
    init(allowed: Bool = true) {
        isColoured =
            allowed && isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
            && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    func bold(_ text: String) -> String { sequence("1", text) }
    func dim(_ text: String) -> String { sequence("2", text) }
    func green(_ text: String) -> String { sequence("32", text) }
    func yellow(_ text: String) -> String { sequence("33", text) }
    func cyan(_ text: String) -> String { sequence("36", text) }

    private func sequence(_ code: String, _ text: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
