/// RFC 6455 §5.3.
enum Masking {
    /// Appends unmasked bytes, eight at a time.
    ///
    /// - Parameters:
    ///   - mask: the four bytes, the first one lowest.
    ///   - offset: how many bytes of this frame came before, modulo four.
    static func append(_ masked: UnsafeRawBufferPointer, to bytes: inout [UInt8], mask: UInt32, offset: UInt8) {
        let start = bytes.count
        bytes.append(contentsOf: masked)
        let shift = UInt32(offset & 3) * 8
        let turned = shift == 0 ? mask : mask >> shift | mask << (32 - shift)
        let wide = UInt64(turned) | UInt64(turned) << 32
        bytes.withUnsafeMutableBytes { all in
            var index = start
            while index + 8 <= all.count {
                let word = UInt64(littleEndian: all.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                all.storeBytes(of: (word ^ wide).littleEndian, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            var rest = turned
            while index < all.count {
                all[index] ^= UInt8(truncatingIfNeeded: rest)
                rest = rest >> 8 | rest << 24
                index += 1
            }
        }
    }
}
