import NIOCore

/// Notices a peer that takes none of what a full channel holds for it.
struct WriteStall {
    private var held = 0
    private var since: Tick?

    /// Whether nothing has left for this long. To be asked at every tick while the channel is not writable.
    mutating func isOver(_ channel: any Channel, at now: Tick, limit: Tick) -> Bool {
        guard !channel.isWritable, let left = try? channel.syncOptions?.getOption(.bufferedWritableBytes) else {
            since = nil
            return false
        }
        if let since, left == held { return now - since >= limit }
        held = left
        since = now
        return false
    }
}
