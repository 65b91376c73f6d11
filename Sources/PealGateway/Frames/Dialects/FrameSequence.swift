import NIOCore
import PealCore

/// Where a client is that has a frame, and the counts there; only the last frame of a change carries it.
struct FramePlace {
    var cursor: Cursor
    var inbox: Inbox

    init(_ inbox: Inbox, tag: EpochTag) {
        cursor = Cursor(epoch: tag, seq: inbox.seq)
        self.inbox = inbox
    }
}

/// Frames that leave together, in the order in which they were added.
struct FrameSequence {
    let wire: Wire
    private(set) var bytes = WireBytes()

    init(on wire: Wire) {
        self.wire = wire
    }

    mutating func add(
        _ type: StaticString, _ cursor: Cursor?, reserving count: Int = 256, write: (inout JSONWriter) -> Void
    ) {
        var frame = FrameBuilder(wire, type: type, id: cursor, reserving: count)
        write(&frame.json)
        let made = frame.finish()
        if bytes.readableBytes == 0 { bytes = made } else { bytes.writeImmutableBuffer(made) }
    }
}

extension JSONWriter {
    mutating func place(_ place: FramePlace?) {
        guard let place else { return }
        self.place(place.cursor)
        counts(place.inbox)
    }
}
