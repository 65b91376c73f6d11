import HTTPTypes
import Hummingbird
import NIOCore
import PealCore

/// Takes a batch apart: an array, or one event per line (NDJSON).
enum BatchBody {
    /// - Returns: each item, or why it is none; an array that is not JSON is refused as a whole.
    static func items(
        _ body: ByteBuffer, isLines: Bool, limit: Int
    ) throws(Problem) -> [Result<JSON, Problem>] {
        let items = isLines ? lines(body) : try array(body)
        guard items.count <= limit else {
            throw Problem(.contentTooLarge, "too_many_items", "a batch must not hold more than \(limit) items")
        }
        guard !items.isEmpty else { throw Problem(.badRequest, "empty_batch", "the batch holds no item") }
        return items
    }

    static func namesLines(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        return ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"]
            .contains(type.split(separator: " ").joined())
    }

    private static func array(_ body: ByteBuffer) throws(Problem) -> [Result<JSON, Problem>] {
        guard let elements = try body.json().array else {
            throw Problem(
                .badRequest, "validation_failed", "a batch must be an array, or lines of application/x-ndjson")
        }
        return elements.map { .success($0) }
    }

    /// One line's mistake is that item's problem, with the offset in the line.
    private static func lines(_ body: ByteBuffer) -> [Result<JSON, Problem>] {
        body.readableBytesView.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return nil }
            do throws(Problem) {
                return .success(try ByteBuffer(line).json())
            } catch {
                return .failure(error)
            }
        }
    }
}
