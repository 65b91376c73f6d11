import NIOCore
import PealCore

// MARK: - What a page of the store looks like in the session's dialect

extension Session {
    /// The first page that this session wants.
    func page(limit: Int, reset: Bool) -> StoreRead {
        .page(limit: limit, reset: reset, status: dialect == .inbox ? .unread : .all)
    }

    /// Live from here on, without a page.
    mutating func begin(at inbox: Inbox, now: Tick) -> SessionAction {
        guard phase == .replaying, !flags.contains(.hasLoaded) else { return .none }
        seq = inbox.seq
        sentSeq = seq
        flags.insert(.hasLoaded)
        return goLive(at: now)
    }

    /// - Returns: the frame, and how many rows of the page it shows.
    func pageBytes(_ page: InboxPage, reset: Bool) -> (bytes: WireBytes, shown: Int) {
        switch dialect {
        case .inbox where !reset && page.rows.isEmpty: (WireBytes(), 0)
        case .peal, .inbox:
            SnapshotFrames.load(
                page, reset: reset, in: dialect, on: wire, tag: tag, byteLimit: rules.queueBytes / 2)
        case .rooms, .chat:
            (
                DialectFrames.load(
                    page, from: seq > 0 ? seq : nil, in: dialect, on: wire, tag: tag,
                    byteLimit: rules.queueBytes / 2), 0
            )
        }
    }

    func syncPage(_ page: ChangePage) -> SnapshotFrames.Page {
        dialect == .peal
            ? SnapshotFrames.sync(page, from: seq, on: wire, tag: tag, byteLimit: rules.queueBytes / 2)
            : DialectFrames.sync(page, from: seq, in: dialect, on: wire, tag: tag, byteLimit: rules.queueBytes / 2)
    }

    /// A program of `rooms` believes the last count that it hears. One that changes have overtaken stands in their frames
    /// already; who asked by name is told the next one.
    mutating func overtaken(by inbox: Inbox, requestID: String) -> SessionAction? {
        guard dialect == .rooms, inbox.seq < seq else { return nil }
        guard requestID.isEmpty else { return .read(.counts(requestID: requestID)) }
        flags.remove(.isBusy)
        return SessionAction.none
    }
}
