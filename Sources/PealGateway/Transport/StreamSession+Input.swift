import CoreMetrics
import NIOCore
import PealCore

/// The client's bytes that cannot be used up yet; an idle session has none.
final class PartialInput {
    /// In the middle of a frame or of a fragmented message.
    var parser: FrameParser?
    /// What came while the session took no messages.
    var unread: [UInt8] = []

    var isHeldUp: Bool { !unread.isEmpty }

    /// The end of a connection brings in all that the kernel holds.
    static let byteLimit = 65_536
}

extension StreamSession {
    /// Bytes that came with the head of the request, or from the socket. Event streams hear nothing.
    final func take(_ bytes: UnsafeRawBufferPointer) {
        guard !isEnding, session.wire == .webSocket, !bytes.isEmpty else { return }
        session.heard(bytes: bytes.count, at: shard.now)
        if let partial, partial.isHeldUp {
            partial.unread.append(contentsOf: bytes)
            if partial.unread.count > PartialInput.byteLimit { hangUp() }
            return
        }
        parse(bytes)
        pump()
    }

    /// The session takes messages again.
    final func resumeInput() {
        guard let partial, partial.isHeldUp else { return }
        let bytes = partial.unread
        partial.unread = []
        bytes.withUnsafeBytes { parse($0) }
        pump()
    }

    private func parse(_ bytes: UnsafeRawBufferPointer) {
        var parser =
            partial?.parser
            ?? FrameParser(messageLimit: hub.settings.maxMessageBytes, inflates: session.compression != .none)
        partial?.parser = nil
        var index = 0
        while !isEnding, session.canReceive, let event = parser.next(in: bytes, from: &index) { handle(event) }
        guard !isEnding else { return }
        let isUsedUp = index >= bytes.count
        guard !isUsedUp || !parser.isIdle else {
            partial = nil
            return
        }
        let partial = partial ?? PartialInput()
        partial.parser = parser.isIdle ? nil : parser
        // Copied, so that the transport's buffer is free again.
        if !isUsedUp { partial.unread = Array(bytes[index...]) }
        self.partial = partial
    }

    private func handle(_ event: FrameParser.Event) {
        session.heard(at: shard.now)
        hub.metrics.framesIn.increment()
        // What was understood before the end is answered before it.
        if event.isLast { pump() }
        switch event {
        case .text(let message) where session.rules.echoes: session.echo(.text, message)
        case .binary(let message) where session.rules.echoes: session.echo(.binary, message)
        case .text(let message): perform(session.receive(message, at: shard.now, time: hub.clock()))
        case .ping(let payload): session.enqueue(WireBytes(bytes: FrameHeader.frame(.pong, payload)))
        case .pong: break
        case .binary: close(.violation, reason: "binary messages are not understood", reconnectAfter: nil)
        case .close(let code): end(.normal, WireBytes(bytes: FrameHeader.close(code)))
        case .failure(let violation): close(violation.code, reason: violation.reason, reconnectAfter: nil)
        }
    }
}
