import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Reads `text/event-stream` (WHATWG HTML §9.2).
enum ServerSentEvents {
    struct Event: Sendable {
        var event = ""
        var data = ""
        var id = ""
    }

    /// The first events of a stream, or as many as come in that time.
    static func first(
        _ count: Int, port: Int, path: String, token: String?, within patience: TimeAmount = .seconds(5)
    ) async throws -> [Event] {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        if let token { request.headers = .bearer(token) }
        let response = try await HTTPClient.shared.execute(request, timeout: patience)
        var text = ""
        var events: [Event] = []
        do {
            for try await chunk in response.body {
                text += String(buffer: chunk)
                events = parse(text)
                if events.count >= count { break }
            }
        } catch is HTTPClientError {
            return events
        }
        return events
    }

    static func parse(_ text: String) -> [Event] {
        text.components(separatedBy: "\n\n").dropLast().compactMap { block in
            var event = Event()
            for line in block.split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                switch line[..<colon] {
                case "event": event.event = String(value)
                case "data": event.data += value
                case "id": event.id = String(value)
                default: break
                }
            }
            return event.event.isEmpty && event.data.isEmpty ? nil : event
        }
    }
}
