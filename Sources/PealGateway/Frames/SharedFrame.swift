import PealCore
import Synchronization

/// One publication on its way to the sessions of this node: encoded at most once for each wire, by the first session that
/// sends it, whichever loop that is on.
final class SharedFrame: Sendable {
    let publication: Publication
    /// When the batch came in, in nanoseconds of the monotonic clock.
    let receivedAt: UInt64
    private let encodings = Mutex(Encodings())

    private struct Encodings {
        var webSocket: WireBytes?
        var eventStream: WireBytes?
    }

    init(_ publication: Publication, receivedAt: UInt64) {
        self.publication = publication
        self.receivedAt = receivedAt
    }

    var seq: Seq { publication.seq }

    /// The answer to a command that changed nothing.
    var isUnchanged: Bool {
        if case .unchanged = publication.content { true } else { false }
    }

    /// Whether its frame names a place in the order of changes; only a refusal does not.
    var isPlaced: Bool {
        if case .unchanged(.failed) = publication.content { false } else { true }
    }

    /// In the order of changes; what changed nothing stands behind the change that it saw.
    func precedes(_ other: SharedFrame) -> Bool {
        seq != other.seq ? seq < other.seq : !isUnchanged && other.isUnchanged
    }

    /// Counted once for each notification that is handed to a session.
    var isNotification: Bool {
        switch publication.content {
        case .created, .aggregated: true
        default: false
        }
    }

    /// The row that the whole frame is about, and whether the frame holds all of it.
    var subject: (id: NotificationID, isWhole: Bool)? {
        switch publication.content {
        case .created(let row), .aggregated(let row): (row.id, true)
        case .updated(_, let rows): rows.count == 1 ? rows.first.map { ($0.id, false) } : nil
        default: nil
        }
    }

    func bytes(on wire: Wire, tag: EpochTag, from: Seq) -> WireBytes? {
        guard from == publication.from else {
            return ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
        }
        return encodings.withLock { encodings in
            switch wire {
            case .webSocket:
                if let known = encodings.webSocket { return known }
                encodings.webSocket = ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
                return encodings.webSocket
            case .eventStream:
                if let known = encodings.eventStream { return known }
                encodings.eventStream = ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
                return encodings.eventStream
            case .json:
                return ChangeFrames.frame(publication, on: wire, tag: tag, from: from)
            }
        }
    }
}
