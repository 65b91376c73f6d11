public import NIOCore
import NIOPosix
public import NIOSSL

/// A connection to one server: commands are answered in their order, and all that are sent in one turn of the loop leave with
/// one flush. What the server says unasked goes to a receiver.
public final class RedisConnection: Sendable {
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// The server's answer: wrong password, no right, …
        case refused(String)
        case timeout
        case closed
        /// The connection cannot be used: a certificate that is not trusted, …
        case failed(String)
        /// It does not speak the protocol.
        case violation(RESPError)

        public var description: String {
            switch self {
            case .refused(let message): message
            case .timeout: "the server does not answer"
            case .closed: "the connection was closed"
            case .failed(let message): message
            case .violation(let error): "not the Redis protocol: \(error)"
            }
        }
    }

    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// Connects, and says who it is. Version 3 of the protocol where the server knows it, else 2.
    ///
    /// - Parameters:
    ///   - tls: for an encrypted address; the machine's certificates where it is nil.
    ///   - patience: for the connection and for each answer; also how long the server may be silent before it is pinged, and
    ///     then before the connection is given up.
    ///   - receive: takes messages of subscribed channels, on the event loop; it must not block.
    public static func open(
        _ address: RedisAddress, on group: any EventLoopGroup, tls: NIOSSLContext? = nil,
        patience: TimeAmount = .seconds(5), receive: @escaping @Sendable (RedisMessage) -> Void = { _ in }
    ) async throws -> RedisConnection {
        let context: NIOSSLContext? =
            address.isEncrypted ? try tls ?? NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(patience)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        // A name; an address has no place in SNI (RFC 6066, section 3).
                        let name = (try? SocketAddress(ipAddress: address.host, port: 0)) == nil ? address.host : nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RedisHandler(patience: patience, receive: receive))
                }
            }
            .connect(host: address.host, port: address.port).get()
        let connection = RedisConnection(channel)
        do {
            try await connection.greet(address)
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }

    private func greet(_ address: RedisAddress) async throws {
        var hello = ["HELLO", "3"]
        if let password = address.password { hello += ["AUTH", address.user ?? "default", password] }
        let answer = try await send(RESPCommand(hello.map { Array($0.utf8) }))
        if case .error(let message) = answer {
            // A server of version 5 or before, or something in between that does not pass it on.
            guard message.hasPrefix("ERR unknown command") || message.hasPrefix("NOPROTO") else {
                throw Failure.refused(message)
            }
            if let password = address.password {
                try await demand(RESPCommand(["AUTH"] + (address.user.map { [$0] } ?? []) + [password]))
            }
        }
        if address.database > 0 { try await demand(RESPCommand("SELECT", "\(address.database)")) }
    }

    /// - Throws: `refused` where the server answers with an error.
    @discardableResult
    public func demand(_ command: RESPCommand) async throws -> RESPValue {
        let answer = try await send(command)
        if case .error(let message) = answer { throw Failure.refused(message) }
        return answer
    }

    /// - Returns: the answer, also where that is an error.
    public func send(_ command: RESPCommand) async throws -> RESPValue {
        let promise = channel.eventLoop.makePromise(of: RESPValue.self)
        channel.write(RedisHandler.Request(command: command, promise: promise), promise: nil)
        return try await promise.futureResult.get()
    }

    /// Sends all at once; the server carries them out in this order.
    ///
    /// - Returns: their answers, also where those are errors.
    public func send(_ commands: [RESPCommand]) async throws -> [RESPValue] {
        let futures = commands.map { command in
            let promise = channel.eventLoop.makePromise(of: RESPValue.self)
            channel.write(RedisHandler.Request(command: command, promise: promise), promise: nil)
            return promise.futureResult
        }
        var answers: [RESPValue] = []
        for future in futures { answers.append(try await future.get()) }
        return answers
    }

    /// Subscribes, each answered before this returns. Not for other commands later where the server speaks version 2.
    public func subscribe(channels: [String], patterns: [String]) async throws {
        for (word, names) in [("SUBSCRIBE", channels), ("PSUBSCRIBE", patterns)] where !names.isEmpty {
            try await demand(RESPCommand([word] + names))
        }
    }

    /// The opposite of ``subscribe(channels:patterns:)``.
    public func unsubscribe(channels: [String]) async throws {
        if !channels.isEmpty { try await demand(RESPCommand(["UNSUBSCRIBE"] + channels)) }
    }

    /// Returns when the connection has ended, whoever ended it.
    public func ended() async { try? await channel.closeFuture.get() }

    /// Closes without waiting for that.
    public func hangUp() { channel.close(promise: nil) }

    public func close() async { try? await channel.close().get() }
}

extension RESPCommand {
    init(_ words: [String]) { self.init(words.map { Array($0.utf8) }) }
}

/// Something that was published.
public struct RedisMessage: Sendable, Equatable {
    public var channel: String
    /// Any bytes.
    public var payload: [UInt8]

    public init(channel: String, payload: [UInt8]) {
        self.channel = channel
        self.payload = payload
    }
}

/// What the server's values mean, in their order: answers for those who wait, messages, or the confirmation of a
/// subscription. A machine without I/O, the same for both versions of the protocol.
struct RedisDialogue {
    enum Meaning: Equatable {
        case answer(RESPValue)
        case message(RedisMessage)
        /// A confirmation; the last of a command is its answer.
        case confirmation
        case nothing
    }

    /// A server of version 2 that says everything as an array, also what nobody asked for.
    private var saysArrays = false

    mutating func meaning(of value: RESPValue) -> Meaning {
        let items: [RESPValue]
        let isPush: Bool
        switch value {
        case .push(let pushed): (items, isPush) = (pushed, true)
        case .array(let array): (items, isPush) = (array, false)
        default: return .answer(value)
        }
        switch items.first?.text {
        case "subscribe", "psubscribe", "unsubscribe", "punsubscribe":
            guard items.count == 3, case .integer = items[2] else { break }
            if !isPush { saysArrays = true }
            return .confirmation
        case "message" where items.count == 3 && (isPush || saysArrays):
            if let message = message(items[1], items[2]) { return message }
        case "pmessage" where items.count == 4 && (isPush || saysArrays):
            if let message = message(items[2], items[3]) { return message }
        case "pong" where saysArrays && items.count == 2: return .answer(.string(Array("PONG".utf8)))
        default: break
        }
        return isPush ? .nothing : .answer(value)
    }

    private func message(_ channel: RESPValue, _ payload: RESPValue) -> Meaning? {
        guard let channel = channel.text, case .string(let bytes) = payload else { return nil }
        return .message(RedisMessage(channel: channel, payload: bytes))
    }
}
