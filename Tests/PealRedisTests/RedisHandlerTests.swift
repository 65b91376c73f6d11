import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import PealRedis

/// The connection's end, without a socket.
@Suite struct RedisHandlerTests {
    private final class Heard: Sendable {
        let messages = Mutex<[RedisMessage]>([])
    }

    private final class Fixture {
        let channel = EmbeddedChannel()
        let heard = Heard()

        init() throws {
            try channel.pipeline.syncOperations.addHandler(
                RedisHandler(patience: .seconds(5)) { [heard] message in heard.messages.withLock { $0.append(message) }
                })
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "x")).wait()
        }

        func send(_ words: String...) -> EventLoopFuture<RESPValue> {
            let promise = channel.eventLoop.makePromise(of: RESPValue.self)
            channel.write(
                RedisHandler.Request(command: RESPCommand(words), promise: promise), promise: nil)
            return promise.futureResult
        }

        func hear(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

        func sent() throws -> String {
            channel.embeddedEventLoop.run()
            var text = ""
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
            return text
        }
    }

    @Test func answersComeInTheOrderOfCommands() throws {
        let fixture = try Fixture()
        let (first, second) = (fixture.send("GET", "a"), fixture.send("GET", "b"))
        // One flush a turn.
        #expect(try fixture.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(try fixture.sent() == "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n")
        try fixture.hear("$1\r\n1\r")
        try fixture.hear("\n-ERR x\r\n")
        #expect(try first.wait() == .string(Array("1".utf8)))
        #expect(try second.wait() == .error("ERR x"))
    }

    @Test(arguments: [">", "*"]) func subscriptionsAndMessages(kind: String) throws {
        let fixture = try Fixture()
        let subscribed = fixture.send("PSUBSCRIBE", "a*", "b*")
        let confirmation = "\(kind)3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:1\r\n"
        try fixture.hear(confirmation)
        let isDone = Mutex(false)
        subscribed.whenComplete { _ in isDone.withLock { $0 = true } }
        #expect(!isDone.withLock { $0 })
        // A message may come between two confirmations.
        try fixture.hear("\(kind)4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$2\r\nax\r\n$3\r\nhey\r\n")
        try fixture.hear("\(kind)3\r\n$10\r\npsubscribe\r\n$2\r\nb*\r\n:2\r\n")
        _ = try subscribed.wait()
        let pong = fixture.send("PING")
        try fixture.hear(kind == ">" ? "+PONG\r\n" : "*2\r\n$4\r\npong\r\n$0\r\n\r\n")
        #expect(try pong.wait() == .string(Array("PONG".utf8)))
        #expect(fixture.heard.messages.withLock { $0 } == [RedisMessage(channel: "ax", payload: Array("hey".utf8))])
    }

    @Test func aSilentServerIsAskedAndThenGivenUp() throws {
        let fixture = try Fixture()
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(try fixture.sent() == "*1\r\n$4\r\nPING\r\n")
        try fixture.hear("+PONG\r\n")
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(fixture.channel.isActive)
        // Asked again, and no answer.
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!fixture.channel.isActive)
    }

    /// What was sent a moment before the look is given its time.
    @Test func aCommandHasThePatienceToBeAnswered() throws {
        let fixture = try Fixture()
        fixture.channel.embeddedEventLoop.advanceTime(by: .milliseconds(4999))
        let waiting = fixture.send("GET", "a")
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(fixture.channel.isActive)
        fixture.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!fixture.channel.isActive)
        #expect(throws: RedisConnection.Failure.timeout) { try waiting.wait() }
    }

    @Test func nonsenseEndsTheConnection() throws {
        let fixture = try Fixture()
        let waiting = fixture.send("GET", "a")
        try fixture.hear("HTTP/1.1 400 Bad Request\r\n")
        #expect(throws: RedisConnection.Failure.self) { try waiting.wait() }
        fixture.channel.embeddedEventLoop.run()
        #expect(!fixture.channel.isActive)
    }

    @Test func whoeverWaitsIsToldOfTheEnd() throws {
        let fixture = try Fixture()
        let waiting = fixture.send("GET", "a")
        try fixture.channel.close().wait()
        #expect(throws: RedisConnection.Failure.closed) { try waiting.wait() }
        #expect(throws: RedisConnection.Failure.closed) { try fixture.send("GET", "b").wait() }
    }
}
