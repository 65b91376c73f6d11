#if os(Linux)
    import NIOCore
    import Testing

    @testable import PealGateway

    @Suite struct WriteBufferTests {
        private func bytes(_ value: UInt8, count: Int) -> WireBytes {
            WireBytes(repeating: value, count: count)
        }

        @Test func severalFramesLeaveInOneSend() {
            let pair = SocketPair(packets: true)
            let buffer = WriteBuffer()
            for number in 1...4 { #expect(buffer.append(bytes(UInt8(number), count: 3))) }
            #expect(buffer.count == 12)
            guard case .all = buffer.send(to: pair.ours) else { return #expect(Bool(false), "not all were sent") }
            #expect(pair.receive() == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
            #expect(buffer.count == 0)
        }

        @Test func theOnlyFrameMayBeOfAnySize() {
            let buffer = WriteBuffer()
            #expect(buffer.append(bytes(1, count: 100_000)))
            #expect(!buffer.append(bytes(2, count: 1)))
            buffer.clear()
            #expect(buffer.append(bytes(3, count: 65_000)))
            #expect(!buffer.append(bytes(4, count: 1000)))
            #expect(buffer.append(bytes(5, count: 536)))
        }

        @Test(arguments: [1, 5])
        func whatTheKernelDoesNotTakeComesBack(frames: Int) {
            let pair = SocketPair(sendBuffer: 8192)
            let buffer = WriteBuffer()
            for number in 0..<frames { #expect(buffer.append(bytes(UInt8(number), count: 60_000 / frames))) }
            guard case .rest(var rest) = buffer.send(to: pair.ours) else {
                return #expect(Bool(false), "the kernel took more than its buffer holds")
            }
            #expect(rest.readableBytes > 0 && rest.readableBytes < 60_000)
            var received: [UInt8] = []
            sending: while true {
                while let some = pair.receive(), !some.isEmpty { received += some }
                switch WriteBuffer.send(rest, to: pair.ours) {
                case .all: break sending
                case .rest(let less): rest = less
                case .failed: return #expect(Bool(false), "the socket failed")
                }
            }
            while let some = pair.receive(), !some.isEmpty { received += some }
            #expect(received == (0..<frames).flatMap { [UInt8](repeating: UInt8($0), count: 60_000 / frames) })
        }

        @Test func aConnectionThatIsGoneFails() {
            let buffer = WriteBuffer()
            #expect(buffer.append(bytes(1, count: 1)))
            guard case .failed = buffer.send(to: -1) else { return #expect(Bool(false), "it was sent") }
            #expect(buffer.count == 0)
        }
    }
#endif
