import NIOCore

/// Told what happens on one connection, on its event loop.
protocol WebSocketReceiver: AnyObject {
    func opened()
    /// A whole text message.
    func received(_ text: ByteBuffer)
    /// Called once, last: the server's answer where it refused, the close code where it gave one.
    func ended(_ end: WebSocketEnd)
}

enum WebSocketEnd: Sendable, Equatable {
    case refused(WebSocketAnswer)
    case closed(code: Int?, reason: String)
    case failed(String)
}

/// A WebSocket client as one channel handler: shakes hands, reads frames, answers pings.
final class WebSocketClientHandler<Receiver: WebSocketReceiver>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case shaking, open, ended
    }

    private let handshake: WebSocketHandshake
    private let receiver: Receiver
    private var state = State.shaking
    private var pending: ByteBuffer?
    private var message: ByteBuffer?
    private var context: ChannelHandlerContext?

    init(_ handshake: WebSocketHandshake, receiver: Receiver) {
        self.handshake = handshake
        self.receiver = receiver
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: handshake.request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if var waiting = pending.take() {
            waiting.writeBuffer(&buffer)
            buffer = waiting
        }
        do throws(Failure) {
            try advance(&buffer, context)
        } catch {
            end(.failed(error.message), context)
        }
        if buffer.readableBytes > 0, state != .ended { pending = buffer }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed(code: nil, reason: ""), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failed("\(error)"), context)
    }

    func send(text: some Collection<UInt8>) {
        guard state == .open, let context else { return }
        write(opcode: WebSocketOpcode.text, text, context)
    }

    /// Says goodbye with 1000; the server's answer ends the connection.
    func close() {
        guard state == .open, let context else { return }
        write(opcode: WebSocketOpcode.close, [0x03, 0xE8], context)
    }

    private func advance(_ buffer: inout ByteBuffer, _ context: ChannelHandlerContext) throws(Failure) {
        if state == .shaking {
            guard let answer = try WebSocketAnswer.read(from: &buffer) else { return }
            guard answer.status == 101 else { return end(.refused(answer), context) }
            guard handshake.isAccepted(by: answer) else { throw Failure("the server accepted another handshake") }
            state = .open
            receiver.opened()
        }
        let takesCompressed = handshake.offersCompression
        while state == .open, let frame = try WebSocketFrame.read(from: &buffer, takesCompressed: takesCompressed) {
            take(frame, context)
        }
    }

    private func take(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        var frame = frame
        switch frame.opcode {
        case WebSocketOpcode.text where frame.isFinal: receiver.received(frame.payload)
        case WebSocketOpcode.text: message = frame.payload
        case WebSocketOpcode.continuation:
            message?.writeBuffer(&frame.payload)
            if frame.isFinal, let whole = message.take() { receiver.received(whole) }
        case WebSocketOpcode.ping: write(opcode: WebSocketOpcode.pong, frame.payload.readableBytesView, context)
        case WebSocketOpcode.close:
            let code = frame.payload.readInteger(as: UInt16.self).map(Int.init)
            write(opcode: WebSocketOpcode.close, code.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [], context)
            end(.closed(code: code, reason: String(buffer: frame.payload)), context)
        default: break
        }
    }

    private func write(opcode: UInt8, _ payload: some Collection<UInt8>, _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: payload.count + 14)
        WebSocketFrame.write(opcode: opcode, payload, into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func end(_ reason: WebSocketEnd, _ context: ChannelHandlerContext) {
        guard state != .ended else { return }
        state = .ended
        receiver.ended(reason)
        context.close(promise: nil)
    }
}
