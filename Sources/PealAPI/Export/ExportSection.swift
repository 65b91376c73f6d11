import Hummingbird
import PealCore

/// One part of what is kept about a user. Whoever adds a table that knows users adds its section to ``ExportRoutes/sections``.
protocol ExportSection: Sendable {
    /// Writes a line for each record, read from the store in pages.
    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws
}

/// Writes lines of JSON (NDJSON), and sends them on in chunks, so that no more than one is in memory.
struct ExportWriter {
    private var body: any ResponseBodyWriter
    private var pending: [UInt8] = []
    private(set) var lineCount = 0

    private static let chunk = 32 << 10

    init(_ body: any ResponseBodyWriter) { self.body = body }

    /// - Parameter section: what the line is about; its member `section`.
    @concurrent mutating func line(_ section: StaticString, _ write: (inout JSONWriter) -> Void) async throws {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.name("section")
        writer.value(section)
        write(&writer)
        writer.endObject()
        pending += writer.bytes
        pending.append(UInt8(ascii: "\n"))
        lineCount += 1
        if pending.count >= Self.chunk { try await flush() }
    }

    @concurrent mutating func flush() async throws {
        guard !pending.isEmpty else { return }
        try await body.write(ByteBuffer(bytes: pending))
        pending.removeAll(keepingCapacity: true)
    }
}
