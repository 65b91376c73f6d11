import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOEmbedded
import PealAuth
import PealCore
import PealPipeline
import Synchronization

@testable import PealAPI

/// The API on a store in memory, with a clock that moves when it is told to.
struct TestServer: Sendable {
    let clock = ManualClock(Timestamp(seconds: 1_700_000_000))
    let store: SpyStore
    let templates: LiveTemplates
    let signer: TokenSigner
    let tickets: TicketBook
    let revocations = Revocations()
    let keyring: APIKeyring
    let eraser: Eraser
    let links: UnsubscribeLinks
    /// A key with every scope, and one for each scope alone.
    let key: String
    let keys: [Scope: String]
    /// `GET /v1/notifications/{id}`, as they were registered.
    let operations: [String]
    private let app: Application<APIResponder>

    init(
        settings: APISettings = APISettings(), plainKeys: [String] = [], erasePatience: Duration = .seconds(30),
        readiness: @escaping @Sendable () async -> Readiness = { .ready }
    ) async throws {
        let secret = "correct horse battery staple"
        templates = LiveTemplates(try Templates())
        store = SpyStore(
            InMemoryStore(renderer: templates, preferences: settings.preferences, clock: clock.now))
        tickets = TicketBook(clock: clock.now)
        signer = TokenSigner(secret: secret)
        var keys: [Scope: String] = [:]
        var records: [APIKeyRecord] = []
        for scope in Scope.allCases {
            let (plain, record) = APIKey.generate(label: scope.rawValue, scopes: [scope], now: clock.now())
            keys[scope] = plain
            records.append(record)
        }
        self.keys = keys
        key = keys[.admin] ?? ""
        _ = await store.write(records.map { .addKey($0) })
        keyring = APIKeyring(records: records, plainKeys: plainKeys)
        eraser = Eraser(store: store, patience: erasePatience)
        links = try await UnsubscribeLinks(store: store)
        let api = API(
            pipeline: Pipeline(store: store, clock: clock.now), store: store,
            verifier: JWTVerifier(
                keys: TokenKeys(secret: secret, clock: clock.now), revocations: revocations, clock: clock.now),
            keyring: keyring,
            signer: signer, tickets: tickets, revocations: revocations, templates: templates, settings: settings,
            eraser: eraser, links: links,
            clock: clock.now,
            readiness: readiness,
            version: "1.2.3")
        operations = api.routes().operations
        app = Application(responder: api.responder())
    }

    func token(_ user: String, lifetime: Duration = .seconds(3600)) throws -> String {
        signer.token(for: UserID(trusted: user), lifetime: lifetime, now: clock.now()).token
    }

    func send(
        _ method: HTTPRequest.Method, _ uri: String, token: String? = nil, headers: HTTPFields = [:],
        body: String? = nil, authority: String = "localhost", scheme: String = "http"
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if authority != "localhost" {
            return try await direct(method, uri, headers: headers, authority: authority, scheme: scheme)
        }
        let response = try await app.test(.router) { [headers] client in
            try await client.execute(
                uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        }
        return Answer(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }

    /// Past the testing client, which is always called `localhost`.
    private func direct(
        _ method: HTTPRequest.Method, _ uri: String, headers: HTTPFields, authority: String, scheme: String
    ) async throws -> Answer {
        let head = HTTPRequest(
            method: method, scheme: scheme, authority: authority, path: uri, headerFields: headers)
        let source = ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test"))
        let response = try await app.responder.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: APIContext(source: source))
        let collector = Collector()
        try await response.body.write(collector)
        return Answer(status: response.status.code, headers: response.headers, text: collector.text)
    }

    func get(_ uri: String, as user: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, uri, token: token(user), headers: headers)
    }

    func post(_ uri: String, as user: String, body: String? = nil) async throws -> Answer {
        try await send(.post, uri, token: token(user), body: body)
    }

    /// Sends one event and answers with the notification's id.
    @discardableResult
    func notify(_ fields: String) async throws -> String {
        let answer = try await send(.post, "/v1/notifications", token: key, body: "{\(fields)}")
        guard answer.status == 201 else { throw TestFailure(message: answer.text) }
        return answer["notifications"]?.array?.first?["notification_id"]?.string ?? ""
    }
}

struct TestFailure: Error {
    let message: String
}

/// What came back, with its JSON at hand.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    var json: JSON { (try? JSON.parse(Array(text.utf8))) ?? .null }

    subscript(name: String) -> JSON? { json[name] }

    var code: String? { json["code"]?.string }

    /// `field code` of a problem's errors.
    var errors: [String] {
        (json["errors"]?.array ?? []).map { "\($0["field"]?.string ?? "") \($0["code"]?.string ?? "")" }
    }

    var rows: [JSON] { json["notifications"]?.array ?? [] }
}

/// A clock that moves when it is told to.
final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    @Sendable func now() -> Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

private final class Collector: ResponseBodyWriter {
    private let buffer = Mutex(ByteBuffer())

    var text: String { buffer.withLock { String(buffer: $0) } }

    func write(_ buffer: ByteBuffer) async throws {
        self.buffer.withLock { _ = $0.writeImmutableBuffer(buffer) }
    }

    consuming func finish(_ trailers: HTTPFields?) async throws {}
}
