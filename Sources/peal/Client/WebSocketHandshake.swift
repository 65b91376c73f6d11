import Crypto
import Foundation
import NIOCore
import PealCore

/// The opening handshake of RFC 6455 §4, from the client's side.
struct WebSocketHandshake: Sendable {
    let key: String
    private let server: ServerAddress
    private let path: String
    private let token: String
    /// Whether permessage-deflate is offered (RFC 7692); who does so gets messages as they came, compressed or not.
    let offersCompression: Bool

    init(
        server: ServerAddress, path: String, token: String, key: String = Self.randomKey(),
        offersCompression: Bool = false
    ) {
        self.offersCompression = offersCompression
        self.server = server
        self.path = path
        self.token = token
        self.key = key
    }

    private static func randomKey() -> String {
        Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }

    var request: String {
        """
        GET \(path) HTTP/1.1\r
        Host: \(server.authority)\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: \(key)\r
        Authorization: Bearer \(token)\r
        User-Agent: peal\r
        \(extensions)\r\n
        """
    }

    private var extensions: String {
        offersCompression ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : ""
    }

    /// Whether this is the answer to our key, and not to anybody's.
    func isAccepted(by answer: WebSocketAnswer) -> Bool {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return answer.status == 101 && answer["sec-websocket-accept"] == Data(digest).base64EncodedString()
    }
}

/// The server's answer: its head, and where it refuses the problem in its body (RFC 9457).
struct WebSocketAnswer: Sendable, Equatable {
    var status: Int
    private var headers: [String: String] = [:]
    /// What the server says about a refusal.
    private(set) var detail: String?

    static let headByteLimit = 16 << 10

    /// Takes the answer off the front of a buffer; nil where it is not all there.
    static func read(from buffer: inout ByteBuffer) throws(Failure) -> Self? {
        guard let end = buffer.readableBytesView.firstRange(of: "\r\n\r\n".utf8) else {
            guard buffer.readableBytes < headByteLimit else { throw Failure("the answer's head does not end") }
            return nil
        }
        var rest = buffer
        let head = rest.readString(length: end.upperBound - buffer.readerIndex) ?? ""
        var lines = head.split(separator: "\r\n")[...]
        let words = (lines.popFirst() ?? "").split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Failure("this is no HTTP server")
        }
        var answer = Self(status: status)
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            answer.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        if status != 101, let length = answer["content-length"].flatMap(Int.init), length <= headByteLimit {
            guard let body = rest.readSlice(length: length) else { return nil }
            answer.detail = (try? JSON.parse(body.readableBytesView))?["detail"]?.string
        }
        buffer = rest
        return answer
    }

    /// By lower-case name.
    subscript(name: String) -> String? { headers[name] }
}
