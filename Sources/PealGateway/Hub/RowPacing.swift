import PealCore

/// Keeps a row that many events join from becoming as many frames (RULES 11): once an aggregation has gone to a user's
/// sessions, further ones of the same row wait for the end of the ``window`` and leave as one. Whatever else happens to that
/// user takes them along at once, in their place, so that nothing but the row itself is ever late.
///
/// One for each event loop, touched there alone.
struct RowPacing {
    fileprivate struct Recent {
        var row: NotificationID
        var held: [SharedFrame] = []
    }

    /// How long aggregations of one row wait for each other at most.
    static let window: Duration = .milliseconds(50)

    /// Users to whom an aggregation has gone in this window.
    private var recent: [UserID: Recent] = [:]

    /// Whether a window is open, whose end is to be told to ``turn()``.
    var isOpen: Bool { !recent.isEmpty }

    /// Takes publications of one user in their order.
    ///
    /// - Returns: those that are to be delivered now, after what waited before; none where all of them wait.
    mutating func pass(_ run: [SharedFrame]) -> [SharedFrame] {
        guard let last = run.last else { return run }
        let user = last.publication.user
        let row = last.aggregatedRow
        guard isOpen || row != nil else { return run }
        if let row, recent[user]?.row == row, run.allSatisfy({ $0.aggregatedRow == row }) {
            for frame in run { recent[user]?.hold(frame) }
            return []
        }
        let held = recent.removeValue(forKey: user)?.held ?? []
        if let row { recent[user] = Recent(row: row) }
        return held.isEmpty ? run : held + run
    }

    /// The window is over.
    ///
    /// - Returns: what waited; it is to be delivered like what comes in, and so opens the next window.
    mutating func turn() -> [SharedFrame] {
        defer { recent.removeAll(keepingCapacity: recent.count < 256) }
        return recent.values.flatMap(\.held)
    }
}

extension RowPacing.Recent {
    /// One frame stands for all that follow each other; what came out of order stays as it is.
    mutating func hold(_ frame: SharedFrame) {
        guard let last = held.last, last.seq == frame.publication.from else { return held.append(frame) }
        var merged = frame.publication
        merged.from = last.publication.from
        held[held.count - 1] = SharedFrame(merged, receivedAt: last.receivedAt)
    }
}

extension SharedFrame {
    /// The row that an event has joined; nil for every other kind of change.
    fileprivate var aggregatedRow: NotificationID? {
        if case .aggregated(let row) = publication.content { row.id } else { nil }
    }
}
