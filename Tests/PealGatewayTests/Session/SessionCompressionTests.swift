import NIOCore
import PealAuth
import PealCore
import Testing

@testable import PealGateway

/// What of a session's output is compressed (RULES 36).
@Suite struct SessionCompressionTests {
    private func session(compresses: Bool) -> Transcript {
        var transcript = Transcript.live(at: 0, on: .webSocket)
        transcript.session.compression = compresses ? .both : .inbound
        return transcript
    }

    private func isCompressed(_ bytes: WireBytes?) -> Bool { bytes?.readableBytesView.first == 0xC1 }

    private let long = String(repeating: "a rather long message. ", count: 30)

    @Test func oneCompressionServesAllSessions() throws {
        let change = created(1, message: long)
        var outputs: [WireBytes] = []
        for compresses in [true, true, false] {
            var transcript = session(compresses: compresses)
            _ = transcript.session.publish(change)
            let next = transcript.session.next()
            outputs.append(try #require(next).bytes)
        }
        #expect(isCompressed(outputs[0]))
        #expect(!isCompressed(outputs[2]))
        let addresses = outputs.map { $0.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(addresses[0] == addresses[1])
    }

    @Test func whatIsMadeForOneSessionIsCompressedToo() throws {
        var transcript = session(compresses: true)
        _ = transcript.session.publish(transcript.answer(1, .updated(.read, [row(1, seq: 1)])))
        let reply = transcript.session.next()
        #expect(isCompressed(reply?.bytes))
        transcript.session.enqueue(WireBytes(bytes: FrameHeader.frame(.text, Array(long.utf8))))
        let own = transcript.session.next()
        #expect(isCompressed(own?.bytes))
    }

    @Test func framesAboutTokensAreNot() throws {
        var transcript = session(compresses: true)
        let id = "\"" + String(repeating: "i", count: 400) + "\""
        let claims = Claims(user: maria, expiresAt: noon + .seconds(100))
        transcript.session.refreshed(.success(claims), requestID: id, at: transcript.now, time: noon)
        let next = transcript.session.next()
        let reply = try #require(next).bytes
        #expect(reply.readableBytes > CompressedFrame.threshold)
        #expect(!isCompressed(reply))
    }
}
