import Dispatch
import Foundation
import Testing

@testable import PealServer

@Suite struct LogWriterTests {
    @Test func aPipeThatNobodyReadsStopsNobody() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1], byteLimit: 4096)
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        // Far more than the pipe and the writer hold: this returns only if nothing blocks.
        for _ in 0..<5000 { writer.write(line) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !String(decoding: text.suffix(200), as: UTF8.self).contains("log lines were dropped") {
            let count = read(ends[0], &chunk, chunk.count)
            try #require(count > 0)
            text += chunk[..<count]
        }
        #expect(text.count < 5000 * 100)
        writer.flush()
        close(ends[0])
        close(ends[1])
    }

    @Test func linesComeWholeAndInOrder() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1])
        for number in 0..<100 { writer.write(Array("line \(number)\n".utf8)) }
        writer.flush(within: 60)
        close(ends[1])
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(ends[0], &chunk, chunk.count)
        close(ends[0])
        let expected = (0..<100).map { "line \($0)\n" }.joined()
        #expect(String(decoding: chunk[..<max(0, count)], as: UTF8.self) == expected)
    }
}
