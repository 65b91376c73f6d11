import NIOCore
import Testing

@testable import peal

@Suite struct ReconnectionTests {
    var machine = Reconnection(renewsTokens: true)

    private func refusal(_ head: String, _ body: String = "") throws -> WebSocketEnd {
        var buffer = ByteBuffer(string: head + "\r\n\r\n" + body)
        return .refused(try #require(try WebSocketAnswer.read(from: &buffer)))
    }

    private func delay(_ decision: Reconnection.Decision) -> Duration? {
        if case .retry(let delay, _) = decision { delay } else { nil }
    }

    private func failure(_ decision: Reconnection.Decision) -> Failure? {
        if case .stop(let failure) = decision { failure } else { nil }
    }

    @Test mutating func aServerThatWasNeverThereIsUnavailable() {
        #expect(failure(machine.decision(after: .failed("refused")))?.status == .unavailable)
        machine.opened()
        #expect(failure(machine.decision(after: .failed("refused"))) == nil)
    }

    @Test mutating func delaysGrowUpToALimitWithFullJitter() {
        machine.opened()
        let broken = WebSocketEnd.closed(code: nil, reason: "")
        let delays = (0..<8).map { _ in delay(machine.decision(after: broken, random: 0.5)) }
        #expect(delays.map { $0?.inSeconds } == [0.25, 0.5, 1, 2, 4, 8, 15, 15])
        #expect(delay(machine.decision(after: broken, random: 0)) == .zero)
        machine.opened()
        #expect(delay(machine.decision(after: broken, random: 0.5)) == .milliseconds(250))
    }

    @Test mutating func aRefusalIsShownWithItsReason() throws {
        let problem = #"{"status":401,"detail":"the token has expired"}"#
        let end = try refusal("HTTP/1.1 401 Unauthorized\r\nContent-Length: \(problem.utf8.count)", problem)
        #expect(
            failure(machine.decision(after: end))?.message
                == "the server refused the connection: the token has expired (401)")
        var half = ByteBuffer(string: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 10\r\n\r\n{")
        #expect(try WebSocketAnswer.read(from: &half) == nil)
    }

    @Test mutating func aDrainingServerSaysWhenToComeBack() {
        let end = WebSocketEnd.closed(code: 1001, reason: #"{"reconnect_after_ms":1234}"#)
        #expect(delay(machine.decision(after: end)) == .milliseconds(1234))
    }

    @Test mutating func rangesOfCodesDecide() {
        for code in [1006, 1011, 4001, 4002, 4499] {
            #expect(delay(machine.decision(after: .closed(code: code, reason: ""))) != nil, "\(code)")
        }
        #expect(failure(machine.decision(after: .closed(code: 4500, reason: "")))?.status == .notAuthorised)
        #expect(failure(machine.decision(after: .closed(code: 4999, reason: "")))?.status == .failure)
    }

    @Test func anExpiredTokenThatCannotBeRenewedEndsIt() {
        var machine = Reconnection(renewsTokens: false)
        #expect(failure(machine.decision(after: .closed(code: 4001, reason: "")))?.status == .notAuthorised)
    }

    @Test mutating func aRefusalIsObeyed() throws {
        let denied = machine.decision(after: try refusal("HTTP/1.1 401 Unauthorized"))
        #expect(failure(denied)?.status == .notAuthorised)
        let busy = machine.decision(after: try refusal("HTTP/1.1 503 Busy\r\nRetry-After: 7"), random: 0)
        #expect(delay(busy) == .seconds(7))
        #expect(failure(machine.decision(after: try refusal("HTTP/1.1 404 Not Found")))?.status == .failure)
    }
}
