import Crypto
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Somebody else who signs tokens, with a key that the server only knows the public half of (ES256).
struct ForeignIssuer: Sendable {
    private let key = P256.Signing.PrivateKey()
    var kid: String

    var pem: String { key.publicKey.pemRepresentation }

    var jwk: String {
        let point = key.publicKey.rawRepresentation
        let (x, y) = (Self.encode(point.prefix(32)), Self.encode(point.suffix(32)))
        return #"{"kty":"EC","crv":"P-256","use":"sig","kid":"\#(kid)","x":"\#(x)","y":"\#(y)"}"#
    }

    func token(for user: String, lifetime: Int = 3600, extra: String = "") throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let claims = #"{"sub":"\#(user)","iat":\#(now),"exp":\#(now + lifetime)\#(extra)}"#
        let input =
            Self.encode(Data(#"{"alg":"ES256","kid":"\#(kid)"}"#.utf8)) + "." + Self.encode(Data(claims.utf8))
        return input + "." + Self.encode(try key.signature(for: Data(input.utf8)).rawRepresentation)
    }

    private static func encode(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// Answers every request with the same document, and counts them.
final class DocumentServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let count: Box

    private final class Box: Sendable {
        let value = Mutex(0)
    }

    private final class Responder: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let text: String
        let count: Box

        init(_ text: String, _ count: Box) {
            self.text = text
            self.count = count
        }

        // A GET of the client under test comes in one piece.
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            count.value.withLock { $0 += 1 }
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n\(text)"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            context.close(promise: nil)
        }
    }

    private init(channel: any Channel, count: Box) {
        self.channel = channel
        self.count = count
        port = channel.localAddress?.port ?? 0
    }

    var requests: Int { count.value.withLock { $0 } }

    static func with<Value>(_ text: String, _ body: (DocumentServer) async throws -> Value) async throws -> Value {
        let count = Box()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Responder(text, count))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(DocumentServer(channel: channel, count: count))
            try? await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }
}
