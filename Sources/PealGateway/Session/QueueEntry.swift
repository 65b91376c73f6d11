import NIOCore
import PealCore

/// Something that waits to be sent on one session.
enum QueueEntry {
    /// A change as everyone sees it; `from` is below the publication's own where it took in an earlier frame.
    case change(SharedFrame, from: Seq)
    /// The answer to this session's own command.
    case reply(SharedFrame, from: Seq)
    /// Bytes that were made for this session: a page from the store, a pong, an answer.
    case own(OwnFrame)

    /// The change's row, where a later frame can stand for this one too.
    func subject(in dialect: Dialect) -> (id: NotificationID, isWhole: Bool)? {
        if case .change(let frame, _) = self { frame.subject(in: dialect) } else { nil }
    }

    /// Up to where a client that has it is complete; 0 for what has no place in the order of changes.
    var seq: Seq {
        switch self {
        case .change(let frame, _): frame.seq
        case .reply(let frame, _): frame.isPlaced ? frame.seq : 0
        case .own(let frame): frame.through
        }
    }

    /// Nil for what has no place in the order of changes, and for a page, where it is written already.
    var from: Seq? {
        get {
            switch self {
            case .change(_, let from): from
            case .reply(let frame, let from): frame.isPlaced ? from : nil
            case .own: nil
            }
        }
        set {
            guard let newValue else { return }
            switch self {
            case .change(let frame, _): self = .change(frame, from: newValue)
            case .reply(let frame, _): self = .reply(frame, from: newValue)
            case .own: break
            }
        }
    }
}

/// A frame of one session.
final class OwnFrame {
    let bytes: WireBytes
    /// Up to which a client that has it is complete; 0 for a frame that says nothing about that.
    let through: Seq
    /// Whether it is never compressed.
    let isPlain: Bool
    /// Rows whose actors are told when it leaves.
    let delivers: [NotificationID]
    /// Notifications that it tells of for the first time, or with another event; for the metrics.
    let news: Int32

    init(
        _ bytes: WireBytes, through: Seq = 0, isPlain: Bool = false, news: Int = 0, delivers: [NotificationID] = []
    ) {
        self.bytes = bytes
        self.through = through
        self.isPlain = isPlain
        self.news = Int32(clamping: news)
        self.delivers = delivers
    }
}

/// A frame that leaves.
struct OutputFrame {
    var bytes: WireBytes
    /// The change behind it, for the metrics.
    var change: SharedFrame?
    /// Rows of a page whose actors are told.
    var delivers: [NotificationID] = []
    /// Of a page of the store.
    var news: Int32 = 0
}
