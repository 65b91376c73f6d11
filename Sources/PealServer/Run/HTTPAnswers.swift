import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import PealCore
import Synchronization

/// What a responder answers to the requests of one listener: the part of Hummingbird's `Application` that is not bound to
/// Hummingbird's own server.
struct HTTPAnswers<Responder: HTTPResponder>: Sendable
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    private let responder: Responder
    private let logger: Logger
    private let date = HTTPDate()

    init(_ responder: Responder, logger: Logger) {
        self.responder = responder
        self.logger = logger
    }

    func answer(to request: Request, on channel: any Channel) async throws -> Response {
        var logger = logger
        logger[metadataKey: "request"] = "\(RequestID())"
        let context = Responder.Context(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        var response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            // The connection answers it.
            throw error
        } catch {
            logger.error("a request failed", metadata: ["error": "\(error)"])
            response = Response(status: .internalServerError)
        }
        response.headers[.date] = date.text(at: .now())
        return response
    }
}

/// The client broke off its request while it was being answered; there is nobody to tell.
struct BrokenOff: Error {}

/// The time as answers carry it (RFC 9110 §5.6.7), made once a second.
final class HTTPDate: Sendable {
    private let last = Mutex<(second: Int64, text: String)>((.min, ""))

    func text(at time: Timestamp) -> String {
        last.withLock { last in
            if last.second != time.seconds { last = (time.seconds, Self.text(time)) }
            return last.text
        }
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Thu, 15 Jan 2026 10:30:00 GMT` from `2026-01-15T10:30:00.000Z`.
    private static func text(_ time: Timestamp) -> String {
        let iso = "\(time)"
        let parts = iso.prefix(10).split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1) else { return iso }
        let day = Weekday(day: (time.seconds - (time.seconds % 86_400 + 86_400) % 86_400) / 86_400)
        let name = day.rawValue.prefix(1).uppercased() + day.rawValue.dropFirst().prefix(2)
        return "\(name), \(parts[2]) \(months[month - 1]) \(parts[0]) \(iso.dropFirst(11).prefix(8)) GMT"
    }
}
