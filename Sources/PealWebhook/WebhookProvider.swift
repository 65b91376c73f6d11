import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
public import PealCore

/// Hands deliveries to a program of the operator's by HTTP, signed as Standard Webhooks says
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
///
/// A status of 2xx means that the program has it. 410 means that it wants no more of this one; 429 and 503 are tried again after
/// what `Retry-After` says. A redirection is not followed: it could lead away from the operator's address.
public struct WebhookProvider: DeliveryProvider {
    public let channel: DeliveryChannel
    public let name = "webhook"
    private let url: String
    private let secret: WebhookSecret
    private let patience: Duration
    private let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - url: `delivery.push.webhook` or `delivery.email.webhook`.
    ///   - patience: how long the program may take to answer.
    public init(
        _ channel: DeliveryChannel, url: String, secret: WebhookSecret, patience: Duration = .seconds(10),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.channel = channel
        self.url = url
        self.secret = secret
        self.patience = patience
        self.clock = clock
    }

    public func deliver(_ message: DeliveryMessage) async throws(DeliveryFailure) {
        let body = message.body(on: channel)
        let seconds = clock().seconds
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json", "User-Agent": "Peal", "webhook-id": "\(message.id)",
            "webhook-timestamp": "\(seconds)",
            "webhook-signature": secret.signature(of: body, id: "\(message.id)", seconds: seconds),
        ]
        request.body = .bytes(ByteBuffer(bytes: body))
        try Self.check(try await send(request))
    }

    /// One for the whole process, so that connections are kept; it lives as long as that.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let answerByteLimit = 64 << 10

    private struct Answer {
        var status: HTTPResponseStatus
        var retryAfter: Duration?
    }

    private func send(_ request: HTTPClientRequest) async throws(DeliveryFailure) -> Answer {
        do {
            let response = try await Self.client.execute(request, timeout: .seconds(patience.components.seconds))
            let seconds = response.headers.first(name: "Retry-After").flatMap { Int64($0) }
            // Read, so that the connection can be used again; what it says is of no use, and how it ends is neither.
            _ = try? await response.body.collect(upTo: Self.answerByteLimit)
            return Answer(status: response.status, retryAfter: seconds.map { .seconds(max(0, $0)) })
        } catch {
            throw DeliveryFailure("the webhook could not be reached: \(Self.plainText(of: error))")
        }
    }

    private static func check(_ answer: Answer) throws(DeliveryFailure) {
        let status = answer.status.code
        switch status {
        case 200...299: return
        case 410: throw DeliveryFailure("the webhook answered 410", isPermanent: true)
        default: throw DeliveryFailure("the webhook answered \(status)", retryAfter: answer.retryAfter)
        }
    }

    /// Without the address, which may hold a secret.
    private static func plainText(of error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { plainText(of: $0.error) } ?? "no such host"
        case let error as HTTPClientError: error.shortDescription
        default: "\(type(of: error))"
        }
    }
}

/// What signs webhooks: 24 to 64 random bytes, spelt `whsec_` and base 64.
public struct WebhookSecret: Sendable {
    private let key: SymmetricKey

    private static let prefix = "whsec_"

    /// Nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// A new one, as it is written down.
    public static func randomText() -> String {
        prefix + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// `v1,` and the base 64 of HMAC-SHA256 over `id.seconds.body`.
    public func signature(of body: [UInt8], id: String, seconds: Int64) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
        return "v1," + Data(code).base64EncodedString()
    }
}
