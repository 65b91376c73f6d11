import NIOCore

/// What only a session has whose client does not read: the frames that the kernel has not taken, and since when it takes
/// none.
final class UnsentOutput {
    /// In order; SwiftNIO keeps them itself.
    var frames: [WireBytes] = []
    /// Handed to the transport since this began, modulo 2³²: with what is still held it shows whether the kernel takes
    /// anything.
    var handed: UInt32 = 0
    private var taken: UInt32 = 0
    private var since: Tick?

    var frameBytes: Int { frames.reduce(0) { $0 + $1.readableBytes } }

    /// To be asked at every tick while bytes are held.
    ///
    /// - Returns: whether none has left for this long.
    func isStalled(holding held: Int, at now: Tick, limit: Tick) -> Bool {
        let takenNow = handed &- UInt32(truncatingIfNeeded: held)
        guard let since else {
            taken = takenNow
            self.since = now
            return false
        }
        let progress = Int32(bitPattern: takenNow &- taken)
        // What TLS adds to a ping counts as held though it was not handed over: no progress.
        if progress != 0 { taken = takenNow }
        if progress > 0 { self.since = now }
        return progress <= 0 && now - since >= limit
    }
}
