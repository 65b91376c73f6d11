import CZlib

/// Inflates whole messages, each by itself (RFC 7692 §7.2.2): between messages there is nothing to keep.
enum Inflater {
    /// Ends of the deflate stream within one message, which RFC 7692 §7.2.3.4 allows and nobody needs: each costs a copy of
    /// the window.
    private static let streamLimit = 16

    /// - Parameter limit: bytes of the inflated message; not one more than that is kept, whatever it would become.
    /// - Throws: `messageTooBig` or `invalidCompression`.
    static func inflate(_ compressed: [UInt8], limit: Int) throws(Violation) -> [UInt8] {
        guard !compressed.isEmpty else { return [] }
        var stream = z_stream()
        let result = withUnsafeMutablePointer(to: &stream) { stream -> Result<[UInt8], Violation> in
            guard
                inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
            else { return .failure(.invalidCompression) }
            defer { inflateEnd(stream) }
            var input = compressed
            input += Deflater.tail
            return input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(clamping: input.count)
                return run(stream, limit: limit, expecting: 4 * input.count)
            }
        }
        return try result.get()
    }

    private static func run(
        _ stream: UnsafeMutablePointer<z_stream>, limit: Int, expecting expected: Int
    ) -> Result<[UInt8], Violation> {
        var output = [UInt8](repeating: 0, count: min(limit + 1, max(256, expected)))
        var count = 0
        var streams = 1
        while true {
            if count == output.count {
                output.append(contentsOf: repeatElement(0, count: min(count, limit + 1 - count)))
            }
            let status = output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_out = output.baseAddress?.advanced(by: count)
                stream.pointee.avail_out = UInt32(clamping: output.count - count)
                return CZlib.inflate(stream, Z_SYNC_FLUSH)
            }
            count = output.count - Int(stream.pointee.avail_out)
            guard count <= limit else { return .failure(.messageTooBig) }
            switch status {
            case Z_OK, Z_BUF_ERROR:
                // Only the end of a block may be the end of a message; zlib says so once.
                if stream.pointee.avail_in == 0, stream.pointee.data_type & 0x80 != 0 {
                    output.removeLast(output.count - count)
                    return .success(output)
                }
                guard count == output.count else { return .failure(.invalidCompression) }
            case Z_STREAM_END:
                streams += 1
                guard streams <= streamLimit, goOn(stream, after: output[..<count]) else {
                    return .failure(.invalidCompression)
                }
            default: return .failure(.invalidCompression)
            }
        }
    }

    /// A final block ends the stream for zlib, but not the message: what follows may refer to what was before.
    private static func goOn(_ stream: UnsafeMutablePointer<z_stream>, after output: ArraySlice<UInt8>) -> Bool {
        guard inflateReset(stream) == Z_OK else { return false }
        return output.suffix(32_768).withUnsafeBufferPointer { window in
            window.isEmpty || inflateSetDictionary(stream, window.baseAddress, UInt32(clamping: window.count)) == Z_OK
        }
    }
}
