#if PostgreSQL
    internal import Dispatch
    internal import Foundation
    internal import Logging
    public import PealCore
    internal import PealSQL
    internal import Synchronization

    /// Carries changes between a few nodes over NOTIFY, where there is no other server but the database.
    ///
    /// A notification leaves after the commit that it tells of, over a connection of its own: inside the writing transaction NOTIFY
    /// would make all commits of the database wait for each other (RULES 24). All nodes hear all of them.
    public final class PostgresBus: Bus {
        private struct State {
            var receive: PublicationSink?
            var missed: (@Sendable (MissedChanges) -> Void)?
            var outbox = BusOutbox(limit: 16_384)
            var isListening = false
        }

        /// Of NOTIFY's 8,000 bytes of text, base 64 leaves so many.
        private static let messageLimit = 5_900
        private static let publicationsAtOnce = 512
        private static let firstPause: Duration = .milliseconds(100)
        private static let longestPause: Duration = .seconds(5)

        private let state = Mutex(State())
        private let options: PostgresStoreOptions
        private let epoch: StoreEpoch
        private let node = UInt64.random(in: .min ... .max)
        private let channel: String
        private let work = Signal()
        private let isClosing = Atomic(false)
        private let threads = DispatchGroup()
        private let heard: @Sendable (Int) -> Void

        private static let notify = PGStatement("SELECT pg_notify($1, $2)")
        private static let ping = PGStatement("SELECT 1::int8")

        /// Starts the threads of the bus. ``close()`` must be called in the end.
        ///
        /// - Parameters:
        ///   - epoch: of the store that all nodes share; those of another store hear nothing of it.
        ///   - heard: takes how many publications of other nodes have come, for metrics.
        public init(
            epoch: StoreEpoch, options: PostgresStoreOptions, heard: @escaping @Sendable (Int) -> Void = { _ in }
        ) {
            self.epoch = epoch
            self.options = options
            self.heard = heard
            channel = "peal_\(String(epoch.high, radix: 16))"
            for (name, run) in [("peal-listen", listen), ("peal-notify", send)]
                as [(String, @Sendable (PGLink) -> Void)]
            {
                threads.enter()
                ThreadConfined(PGLink(options, history: nil)).run(
                    named: name, run, end: { [threads] in threads.leave() })
            }
        }

        public func close() async {
            isClosing.store(true, ordering: .releasing)
            work.raise()
            await withCheckedContinuation { continuation in
                threads.notify(queue: .global()) { continuation.resume() }
            }
        }

        private var isOpen: Bool { !isClosing.load(ordering: .acquiring) }

        // MARK: The hub's end

        public func start(_ receive: @escaping PublicationSink) {
            state.withLock { $0.receive = receive }
        }

        public func watch(_ missed: @escaping @Sendable (MissedChanges) -> Void) {
            state.withLock { $0.missed = missed }
        }

        public var isConnected: Bool { state.withLock { $0.isListening } }

        public func publish(_ batch: [Publication]) {
            let receive = state.withLock { state in
                if state.outbox.add(batch) { work.raise() }
                return state.receive
            }
            receive?(batch)
        }

        public func join(_ user: UserID) {}

        public func leave(_ user: UserID) {}
    }

    // MARK: - Listening

    extension PostgresBus {
        private func listen(over link: PGLink) {
            keepConnected(link) { connection throws(PGFailure) in
                try connection.run("LISTEN \(channel)")
                state.withLock { $0.isListening = true }
                defer { state.withLock { $0.isListening = false } }
                // Before the first connection too: sessions may have come meanwhile.
                missed(.ofAnybody)
                var heardAt = ContinuousClock.now
                while isOpen {
                    let payloads = try connection.notifications(within: .milliseconds(500))
                    for payload in payloads { take(payload) }
                    if !payloads.isEmpty { heardAt = .now }
                    guard ContinuousClock.now - heardAt > .seconds(10) else { continue }
                    // A server that has gone without a word is noticed.
                    _ = try connection.query(Self.ping)
                    heardAt = .now
                }
            }
        }

        private func missed(_ changes: MissedChanges) {
            state.withLock { $0.missed }?(changes)
        }

        private func take(_ payload: String) {
            do throws(BusMessage.Refusal) {
                guard let bytes = Data(base64Encoded: payload) else { throw .malformed }
                let message = try BusMessage(Array(bytes))
                guard message.node != node, message.epoch == epoch else { return }
                guard !message.publications.isEmpty else { return missed(.ofAnybody) }
                heard(message.publications.count)
                state.withLock { $0.receive }?(message.publications)
            } catch {
                options.logger.debug("A message of another node cannot be read", metadata: ["error": "\(error)"])
                missed(.ofAnybody)
            }
        }
    }

    // MARK: - Sending

    extension PostgresBus {
        private func send(over link: PGLink) {
            keepConnected(link) { connection throws(PGFailure) in
                let lost = state.withLock { state in
                    state.outbox.isOpen = true
                    return state.outbox.takeLost()
                }
                defer { state.withLock { $0.outbox.close() } }
                if let lost { try publish(lost, over: connection) } else { try notify([], over: connection) }
                while true {
                    let batch = state.withLock { $0.outbox.take(limit: Self.publicationsAtOnce) }
                    guard batch.isEmpty else {
                        try publish(batch, over: connection)
                        continue
                    }
                    guard isOpen else { return }
                    work.wait(atMost: .seconds(5))
                }
            }
        }

        /// As few messages as hold them, all in one transaction.
        private func publish(_ batch: [Publication], over connection: PGConnection) throws(PGFailure) {
            do throws(PGFailure) {
                var rest = batch[...]
                while !rest.isEmpty {
                    let message = Self.message(from: &rest, epoch: epoch, node: node)
                    try send(message, over: connection)
                }
                if !batch.isEmpty { _ = try connection.finish() }
            } catch {
                state.withLock { $0.outbox.fail(batch) }
                throw error
            }
        }

        private func notify(_ publications: [Publication], over connection: PGConnection) throws(PGFailure) {
            try send(BusMessage(epoch: epoch, node: node, publications: publications).bytes, over: connection)
            _ = try connection.finish()
        }

        private func send(_ message: [UInt8], over connection: PGConnection) throws(PGFailure) {
            var parameters = PGParameters()
            parameters.bind(channel)
            parameters.bind(Data(message).base64EncodedString())
            try connection.send(Self.notify, parameters)
        }

        /// Takes as many as one message holds; of one that is too large for any, only that there was a change.
        static func message(from rest: inout ArraySlice<Publication>, epoch: StoreEpoch, node: UInt64) -> [UInt8] {
            var count = min(rest.count, 32)
            while true {
                let some = Array(rest.prefix(count))
                let bytes = BusMessage(epoch: epoch, node: node, publications: some).bytes
                if bytes.count <= messageLimit {
                    rest.removeFirst(count)
                    return bytes
                }
                if count == 1 {
                    rest.removeFirst()
                    return BusMessage(epoch: epoch, node: node, publications: some.map(\.withoutContent)).bytes
                }
                count = max(1, min(count - 1, count * messageLimit / bytes.count))
            }
        }

        /// Does some work over a connection, and again over a new one after each loss, with growing pauses.
        private func keepConnected(_ link: PGLink, _ body: (PGConnection) throws(PGFailure) -> Void) {
            var pause = Self.firstPause
            while isOpen {
                do throws(PGFailure) {
                    let connection = try link.connected()
                    pause = Self.firstPause
                    try body(connection)
                } catch {
                    options.logger.warning("The bus has lost PostgreSQL", metadata: ["error": "\(error.message)"])
                    link.drop()
                    let end = ContinuousClock.now + pause
                    while isOpen, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
                    pause = min(pause * 2, Self.longestPause)
                }
            }
        }
    }
#endif
