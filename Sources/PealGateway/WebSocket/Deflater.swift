import CZlib
import NIOCore
import Synchronization

/// Compresses one message at a time (RFC 1951; RFC 7692 §7.2.1). One takes about 24 KiB, and there are never more than
/// threads that compress at the same moment.
///
/// @unchecked Sendable because it is a handle of zlib's that belongs to the one thread that took it from the pool.
final class Deflater: @unchecked Sendable {
    /// 4 KiB: the rows of a page repeat each other within it.
    static let windowBits: UInt8 = 12
    private static let memoryLevel: Int32 = 4
    /// The highest without a search for better matches, which costs more than it saves.
    private static let level: Int32 = 3
    /// What a flush ends with, and what is left out on the wire (RFC 7692 §7.2.1).
    static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    private static let pool = Mutex<[Deflater]>([])

    /// zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>

    private init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Self.level, Z_DEFLATED, -Int32(Self.windowBits), Self.memoryLevel, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if status != Z_OK { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Nil where it would not become smaller.
    ///
    /// - Parameter spare: bytes to leave free in front.
    static func compress(_ payload: UnsafeRawBufferPointer, leaving spare: Int) -> [UInt8]? {
        guard let deflater = pool.withLock({ $0.popLast() }) ?? Deflater() else { return nil }
        defer { pool.withLock { $0.append(deflater) } }
        return deflater.compress(payload, leaving: spare)
    }

    private func compress(_ payload: UnsafeRawBufferPointer, leaving spare: Int) -> [UInt8]? {
        guard let input = payload.bindMemory(to: UInt8.self).baseAddress, let count = UInt32(exactly: payload.count),
            deflateReset(stream) == Z_OK
        else { return nil }
        var isSmaller = false
        let bytes = [UInt8](unsafeUninitializedCapacity: spare + payload.count) { buffer, initialized in
            buffer[..<spare].initialize(repeating: 0)
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input)
            stream.pointee.avail_in = count
            stream.pointee.next_out = buffer.baseAddress?.advanced(by: spare)
            stream.pointee.avail_out = count
            let status = deflate(stream, Z_SYNC_FLUSH)
            // With room left everything has been written.
            isSmaller = status == Z_OK && stream.pointee.avail_out > 0
            initialized = isSmaller ? buffer.count - Int(stream.pointee.avail_out) - Self.tail.count : spare
        }
        return isSmaller ? bytes : nil
    }
}

/// A data frame with its payload compressed (RFC 7692 §6).
enum CompressedFrame {
    /// Smaller messages fit into one packet anyway, and are not worth the work.
    static let threshold = 256

    /// The frame itself where compressing it is not worth while or not allowed.
    static func make(from frame: WireBytes) -> WireBytes {
        frame.withUnsafeReadableBytes { bytes in
            guard bytes.count > FrameHeader.byteLimit, let opcode = Opcode(rawValue: bytes[0] & 0x0F),
                bytes[0] & 0x70 == 0, !opcode.isControl
            else { return frame }
            let head = bytes[1] == 127 ? 10 : bytes[1] == 126 ? 4 : 2
            // Some dialects say two things at once, in two frames.
            let length = head == 2 ? Int(bytes[1]) : bytes[2..<head].reduce(0) { $0 << 8 | Int($1) }
            let payload = UnsafeRawBufferPointer(rebasing: bytes[head...])
            guard payload.count >= threshold, payload.count == length,
                var compressed = Deflater.compress(payload, leaving: FrameHeader.byteLimit)
            else { return frame }
            let start = FrameHeader.fill(&compressed, opcode: opcode, isCompressed: true)
            return WireBytes(bytes: compressed[start...])
        }
    }
}
