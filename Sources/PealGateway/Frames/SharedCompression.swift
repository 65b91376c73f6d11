import NIOCore
import PealCore
import Synchronization

/// The compressed frame of one publication, for all loops. Compressing takes several times what all else takes that is done
/// for a frame, so the first loop that needs it does it for the others.
final class SharedCompression: Sendable {
    private let made = Mutex<WireBytes?>(nil)
    private let compress: @Sendable (WireBytes) -> WireBytes

    /// - Parameter compress: what to do, once.
    init(_ compress: @escaping @Sendable (WireBytes) -> WireBytes = CompressedFrame.make) {
        self.compress = compress
    }

    /// A copy for the caller's loop, because two cores that count the references of one buffer would slow each other down.
    ///
    /// - Parameter plain: the frame, the same whoever asks.
    func copy(of plain: WireBytes) -> WireBytes {
        made.withLock { made in
            let bytes = made ?? compress(plain)
            made = bytes
            return bytes.withUnsafeReadableBytes { WireBytes(bytes: $0) }
        }
    }
}
