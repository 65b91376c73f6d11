import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import PealCore
import Synchronization
import Testing

@testable import PealWebhook

/// Against a small server that keeps what it is sent.
@Suite struct WebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private func message() -> DeliveryMessage {
        DeliveryMessage(
            id: NotificationID(high: 0x0193_f5c2_0000_7000, low: 0x8000_0000_0000_0001), user: UserID(trusted: "maria"),
            profile: UserProfile(user: UserID(trusted: "maria"), name: "Maria \"M\"", email: "m@a.example"),
            isDigest: true, title: "2 new", notifications: [], unreadCount: 2,
            unsubscribeHeaders: [
                .init(name: "List-Unsubscribe", value: "<https://peal.example/v1/unsubscribe?token=x>")
            ])
    }

    private func deliver(to server: Receiver, path: String = "/hook") async throws(DeliveryFailure) {
        guard let secret = WebhookSecret(Self.secret) else { throw DeliveryFailure("no secret") }
        let provider = WebhookProvider(
            .email, url: "http://127.0.0.1:\(server.port)\(path)", secret: secret, patience: .seconds(5),
            clock: { Timestamp(seconds: 1_614_265_330) })
        try await provider.deliver(message())
    }

    /// The example of the specification's own libraries.
    @Test func signaturesAreThoseOfTheStandard() throws {
        let secret = try #require(WebhookSecret(Self.secret))
        let signature = secret.signature(
            of: Array(#"{"test": 2432232314}"#.utf8), id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func secretsAreChecked() {
        for text in ["", "whsec_", "whsec_!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"] {
            #expect(WebhookSecret(text) == nil)
        }
        #expect(WebhookSecret(WebhookSecret.randomText()) != nil)
        #expect(WebhookSecret.randomText() != WebhookSecret.randomText())
    }

    @Test func aDeliveryIsASignedRequest() async throws {
        try await Receiver.with { server in
            try await deliver(to: server)
            let request = try #require(server.requests.first)
            #expect(request.head.method == .POST && request.head.uri == "/hook")
            let headers = request.head.headers
            #expect(headers.first(name: "webhook-id") == "0193f5c2-0000-7000-8000-000000000001")
            #expect(headers.first(name: "webhook-timestamp") == "1614265330")
            let expected = WebhookSecret(Self.secret)?.signature(
                of: request.body, id: "0193f5c2-0000-7000-8000-000000000001", seconds: 1_614_265_330)
            #expect(headers.first(name: "webhook-signature") == expected)
            let json = try JSON.parse(request.body)
            let data = json["data"]
            #expect(json["type"]?.string == "delivery.email" && data?["user_id"]?.string == "maria")
            #expect(data?["email"]?.string == "m@a.example" && data?["name"]?.string == "Maria \"M\"")
            #expect(data?["digest"]?.bool == true && data?["unread_count"]?.integer == 2)
            #expect(data?["headers"]?.array?.first?["name"]?.string == "List-Unsubscribe")
        }
    }

    @Test(arguments: [(200, true), (204, true), (410, false), (400, false), (500, false), (302, false)])
    func aStatusSaysWhatBecameOfIt(_ status: Int, _ isTaken: Bool) async throws {
        try await Receiver.with(status: status, headers: [("Location", "/elsewhere")]) { server in
            do throws(DeliveryFailure) {
                try await deliver(to: server)
                #expect(isTaken)
            } catch {
                #expect(!isTaken && error.reason == "the webhook answered \(status)")
                #expect(error.isPermanent == (status == 410))
            }
            #expect(server.requests.map(\.head.uri) == ["/hook"], "no redirection is followed")
        }
    }

    @Test func whoIsBusySaysForHowLong() async throws {
        try await Receiver.with(status: 503, headers: [("Retry-After", "120")]) { server in
            await #expect(throws: DeliveryFailure("the webhook answered 503", retryAfter: .seconds(120))) {
                try await deliver(to: server)
            }
        }
    }

    @Test func nobodyThereIsAFailureThatMayPass() async throws {
        let port = try await Receiver.with { $0.port }
        let secret = try #require(WebhookSecret(Self.secret))
        let provider = WebhookProvider(
            .push, url: "http://127.0.0.1:\(port)/?key=hidden", secret: secret, clock: { Timestamp(seconds: 0) })
        do throws(DeliveryFailure) {
            try await provider.deliver(message())
            Issue.record("it was delivered")
        } catch {
            #expect(!error.isPermanent && error.reason.contains("connection refused"))
            #expect(!error.reason.contains("hidden"))
        }
    }
}

/// An HTTP server that gives every request the same answer.
final class Receiver: Sendable {
    struct Request: Sendable {
        var head: HTTPRequestHead
        var body: [UInt8]
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let answer: HTTPResponseHead
        private let note: @Sendable (Request) -> Void
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ answer: HTTPResponseHead, _ note: @escaping @Sendable (Request) -> Void) {
            self.answer = answer
            self.note = note
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, [])
            case .body(let bytes): body += bytes.readableBytesView
            case .end:
                if let head { note(Request(head: head, body: body)) }
                context.write(wrapOutboundOut(.head(answer)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    let port: Int
    private let channel: any Channel

    var requests: [Request] { box.requests.withLock { $0 } }

    @discardableResult static func with<Value: Sendable>(
        status: Int = 200, headers: [(String, String)] = [], _ body: (Receiver) async throws -> Value
    ) async throws -> Value {
        let server = try await Receiver(status: status, headers: headers)
        do {
            let value = try await body(server)
            try await server.channel.close()
            return value
        } catch {
            try? await server.channel.close()
            throw error
        }
    }

    private final class Box: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private let box: Box

    private init(status: Int, headers: [(String, String)]) async throws {
        let box = Box()
        let answer = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status),
            headers: HTTPHeaders(headers + [("Content-Length", "0")]))
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(answer) { request in box.requests.withLock { $0.append(request) } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.box = box
    }
}
