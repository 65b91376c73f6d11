#if PostgreSQL
    internal import CLibPQ
    internal import Foundation
    internal import PealCore

    /// One connection of one thread, always in pipeline mode: statements are sent without waiting, and their results are read when
    /// one of them is wanted (PostgreSQL's documentation, "Pipeline Mode" of libpq).
    ///
    /// It never blocks inside libpq: while it waits it both reads and writes, so that neither side can stand on a full buffer, and it
    /// gives a server up that says nothing for ``patience``.
    final class PGConnection {
        private enum Expected {
            case discarded
            /// A statement that was sent to be prepared.
            case prepared(Int)
            case kept
            case sync
        }

        private let handle: OpaquePointer
        private let patience: Duration
        private var expected: [Expected] = []
        /// Statements that the server knows, and under which name.
        private var names: [Int: String] = [:]
        /// Sent to be prepared, and not yet answered.
        private var unanswered: [Int] = []
        /// Part of the names: what was sent before a failure may or may not be there.
        private var series = 0
        private(set) var isBroken = false

        /// - Parameters:
        ///   - address: a URI or a connection string, several hosts too.
        ///   - patience: how long the server may be silent while something is waited for.
        init(_ address: PGAddress, patience: Duration = .seconds(30)) throws(PGFailure) {
            guard let handle = address.connect() else {
                throw PGFailure(.unavailable, "no memory for a connection")
            }
            self.handle = handle
            self.patience = patience
            guard PQstatus(handle) == CONNECTION_OK else {
                // The handle is finished with this object.
                throw PGFailure(.connection, Self.message(of: handle))
            }
            PQsetNoticeProcessor(handle, { _, _ in }, nil)
            guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
                // The handle is finished with this object.
                throw PGFailure(.connection, Self.message(of: handle))
            }
        }

        deinit { PQfinish(handle) }

        private static func message(of handle: OpaquePointer) -> String {
            guard let text = PQerrorMessage(handle) else { return "no message" }
            return String(cString: text).split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }

    // MARK: - Sending

    extension PGConnection {
        /// Sends a statement whose rows nobody wants. That it failed is told by the next ``finish()``.
        func send(_ statement: PGStatement, _ parameters: PGParameters = .none) throws(PGFailure) {
            try send(statement, parameters, as: .discarded)
        }

        /// Sends a statement whose rows are part of what the next ``finish()`` returns.
        func ask(_ statement: PGStatement, _ parameters: PGParameters = .none) throws(PGFailure) {
            try send(statement, parameters, as: .kept)
        }

        /// Lets what was sent leave, without waiting for its results: they come before those of the next statement.
        func flush() throws(PGFailure) {
            guard PQflush(handle) >= 0 else { throw lost() }
        }

        /// Sends a statement and waits for its rows. Nothing else may have been asked.
        func query(_ statement: PGStatement, _ parameters: PGParameters = .none) throws(PGFailure) -> PGRows {
            try ask(statement, parameters)
            guard let rows = try finish().last else { throw PGFailure(.fault, "a statement gave no result") }
            return rows
        }

        private func send(_ statement: PGStatement, _ parameters: PGParameters, as kind: Expected) throws(PGFailure) {
            guard !isBroken else { throw PGFailure(.connection, "the connection was lost") }
            let name = try prepare(statement)
            let sent = withValues(of: parameters) { values, lengths, formats in
                PQsendQueryPrepared(
                    handle, name, Int32(parameters.places.count), values.baseAddress, lengths.baseAddress,
                    formats.baseAddress, 1)
            }
            guard sent == 1 else { throw lost() }
            expected.append(kind)
            // What waits leaves while the next statements are put together.
            if expected.count & 15 == 0, PQflush(handle) < 0 { throw lost() }
        }

        private func prepare(_ statement: PGStatement) throws(PGFailure) -> String {
            if let name = names[statement.number] { return name }
            let name = "s\(statement.number)_\(series)"
            guard PQsendPrepare(handle, name, statement.sql, 0, nil) == 1 else { throw lost() }
            expected.append(.prepared(statement.number))
            unanswered.append(statement.number)
            names[statement.number] = name
            return name
        }

        private func withValues<Result>(
            of parameters: PGParameters,
            _ body: (
                UnsafeMutableBufferPointer<UnsafePointer<CChar>?>, UnsafeMutableBufferPointer<Int32>,
                UnsafeMutableBufferPointer<Int32>
            ) -> Result
        ) -> Result {
            let count = parameters.places.count
            return parameters.bytes.withUnsafeBytes { bytes in
                withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                        let lengths = UnsafeMutableBufferPointer(rebasing: numbers[0..<count])
                        let formats = UnsafeMutableBufferPointer(rebasing: numbers[count...])
                        for (index, place) in parameters.places.enumerated() {
                            // A value without bytes has an address too: nil would be null.
                            let start = bytes.baseAddress ?? UnsafeRawPointer(Self.empty.utf8Start)
                            values[index] = place.map { (start + $0.start).assumingMemoryBound(to: CChar.self) }
                            lengths[index] = Int32(truncatingIfNeeded: place?.count ?? 0)
                            formats[index] = 1
                        }
                        return body(values, lengths, formats)
                    }
                }
            }
        }

        private static var empty: StaticString { "" }
    }

    // MARK: - Receiving

    extension PGConnection {
        /// Waits for all that was sent.
        ///
        /// - Returns: the rows of what was asked, in its order.
        /// - Throws: the first failure. What was sent behind it was not carried out; a transaction must be rolled back.
        func finish() throws(PGFailure) -> [PGRows] {
            guard !isBroken else { throw PGFailure(.connection, "the connection was lost") }
            guard PQpipelineSync(handle) == 1 else { throw lost() }
            expected.append(.sync)
            var rows: [PGRows] = []
            var failure: PGFailure?
            for entry in expected {
                let (result, failed) = try receive(entry)
                if failure == nil { failure = failed }
                if let result { rows.append(result) }
            }
            expected.removeAll(keepingCapacity: true)
            if failure != nil {
                for number in unanswered { names[number] = nil }
                series += 1
            }
            unanswered.removeAll(keepingCapacity: true)
            if let failure { throw failure }
            return rows
        }

        private func receive(_ entry: Expected) throws(PGFailure) -> (rows: PGRows?, failure: PGFailure?) {
            var kept: PGRows?
            var failure: PGFailure?
            while let result = try nextResult() {
                let status = PQresultStatus(result)
                switch status {
                case PGRES_PIPELINE_SYNC:
                    PQclear(result)
                    return (kept, failure)
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                    let rows = PGRows(result)
                    if case .kept = entry { kept = rows }
                case PGRES_PIPELINE_ABORTED:
                    PQclear(result)
                    failure = failure ?? PGFailure(.fault, "not carried out after a failure")
                default:
                    failure = Self.failure(of: result)
                    PQclear(result)
                    if PQstatus(handle) == CONNECTION_BAD { throw lost(failure) }
                }
            }
            return (kept, failure)
        }

        private static func failure(of result: OpaquePointer) -> PGFailure {
            let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
            let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
            return PGFailure(code: code, message: primary ?? "no message")
        }

        /// Nil at the end of one statement's results.
        private func nextResult() throws(PGFailure) -> OpaquePointer? {
            while true {
                let unsent = PQflush(handle)
                guard unsent >= 0 else { throw lost() }
                guard PQisBusy(handle) == 1 else { return PQgetResult(handle) }
                try wait(writing: unsent == 1)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            }
        }

        /// What other connections have notified the channels of that this one listens to, waiting for the first of them.
        func notifications(within limit: Duration) throws(PGFailure) -> [String] {
            guard PQflush(handle) >= 0 else { throw lost() }
            var payloads = takeNotifications()
            if !payloads.isEmpty { return payloads }
            var place = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            guard poll(&place, 1, Int32(clamping: limit.wholeMilliseconds)) > 0 else { return [] }
            guard PQconsumeInput(handle) == 1 else { throw lost() }
            // A connection that was closed may have said why.
            guard PQstatus(handle) == CONNECTION_OK else { throw lost() }
            payloads = takeNotifications()
            return payloads
        }

        private func takeNotifications() -> [String] {
            var payloads: [String] = []
            while let notification = PQnotifies(handle) {
                if let text = notification.pointee.extra { payloads.append(String(cString: text)) }
                PQfreemem(notification)
            }
            return payloads
        }

        private func wait(writing: Bool) throws(PGFailure) {
            var place = pollfd(
                fd: PQsocket(handle), events: Int16(POLLIN) | (writing ? Int16(POLLOUT) : 0), revents: 0)
            let milliseconds = Int32(clamping: patience.wholeMilliseconds)
            while true {
                let ready = poll(&place, 1, milliseconds)
                if ready > 0 { return }
                if ready < 0, errno == EINTR { continue }
                isBroken = true
                throw PGFailure(.connection, "the server has said nothing for \(patience)")
            }
        }

        private func lost(_ reason: PGFailure? = nil) -> PGFailure {
            isBroken = true
            return PGFailure(.connection, reason?.message ?? Self.message(of: handle), code: reason?.code ?? "")
        }
    }
#endif
