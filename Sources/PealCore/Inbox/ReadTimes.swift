/// When a user's newest read-all marks were made, so that a row that nothing but a mark has read can say when.
///
/// A mark reads rows without touching them; the time of a row is that of the first mark that covers it. A class, because most
/// inboxes have none, and because an inbox travels with every change.
public final class ReadTimes: Sendable, Equatable {
    /// One mark and its time.
    public struct Entry: Sendable, Equatable {
        /// The `unreadSeq` up to which it reads.
        public var mark: Seq
        /// When it was made.
        public var at: Timestamp

        /// A mark made at a time.
        public init(mark: Seq, at: Timestamp) {
            self.mark = mark
            self.at = at
        }
    }

    /// Beyond it the oldest goes: what it covered is then said to have been read with the oldest that is left.
    public static let limit = 64

    /// In order of their marks, at least one.
    public let entries: [Entry]

    /// The newest ``limit`` of these, which are in order.
    public init(_ entries: [Entry]) {
        self.entries = entries.suffix(Self.limit)
    }

    /// The first mark at or above a row's `unreadSeq`.
    public func time(of unreadSeq: Seq) -> Timestamp? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].mark < unreadSeq { low = middle + 1 } else { high = middle }
        }
        return low < entries.count ? entries[low].at : nil
    }

    /// The newest mark.
    public var latest: Entry? { entries.last }

    public static func == (left: ReadTimes, right: ReadTimes) -> Bool {
        left === right || left.entries == right.entries
    }
}

extension ReadTimes? {
    /// With one more mark, which is greater than all before.
    func adding(_ mark: Seq, at time: Timestamp) -> ReadTimes {
        ReadTimes((self?.entries ?? []) + [ReadTimes.Entry(mark: mark, at: time)])
    }
}
