package import PealCore
internal import Synchronization

/// What became of one mutation.
package typealias WriteResult = Result<MutationAnswer, StoreError>

/// What waits for the writer: commands of users, their preferences, revocations and changes of keys before events of producers
/// (RULES 14).
package final class WriteQueue: Sendable {
    /// Mutations that are answered together.
    package struct Request: Sendable {
        var mutations: [Mutation]
        /// Nil for a command whose answer travels as a publication.
        var reply: CheckedContinuation<[WriteResult], Never>?
        var byteCount = 0

        /// Mutations of one caller.
        package init(mutations: [Mutation], reply: CheckedContinuation<[WriteResult], Never>? = nil) {
            self.mutations = mutations
            self.reply = reply
        }
    }

    private struct State {
        var commands: [Request] = []
        var events: [Request] = []
        /// Steps of what goes on for long.
        var bulk: [Request] = []
        var eventBytes = 0
        var pauses: [WriterPause] = []
        /// Inboxes whose rows should take over their read-all mark.
        var folds: Set<Int64> = []
        var isClosed = false
        var isFinished = false
    }

    private let state = Mutex(State())
    private let hasCommands = Atomic(false)
    private let byteLimit: Int
    private let commandLimit: Int
    /// Raised whenever something waits.
    package let signal = Signal()

    /// - Parameters:
    ///   - byteLimit: of events that may wait.
    ///   - commandLimit: of commands that may wait.
    package init(byteLimit: Int, commandLimit: Int) {
        self.byteLimit = byteLimit
        self.commandLimit = commandLimit
    }

    /// - Returns: why the request was not taken; nil where it was.
    package func push(_ request: Request) -> StoreError? {
        var request = request
        let isCommand = request.mutations.allSatisfy(\.isCommand)
        if !isCommand { request.byteCount = request.mutations.reduce(0) { $0 + $1.byteCount } }
        let refusal = state.withLock { state -> StoreError? in
            if state.isClosed { return StoreError(.closed, "the store is closed") }
            if request.mutations.allSatisfy(\.isBulk) {
                state.bulk.append(request)
                state.eventBytes += request.byteCount
            } else if isCommand {
                guard state.commands.count < commandLimit else { return Self.overload }
                state.commands.append(request)
            } else {
                guard state.eventBytes < byteLimit else { return Self.overload }
                state.events.append(request)
                state.eventBytes += request.byteCount
            }
            return nil
        }
        guard refusal == nil else { return refusal }
        if isCommand { hasCommands.store(true, ordering: .releasing) }
        signal.raise()
        return nil
    }

    private static var overload: StoreError { StoreError(.unavailable, "too much waits to be stored") }

    /// Takes nothing any more.
    package func close() {
        state.withLock { $0.isClosed = true }
        signal.raise()
    }
}

// MARK: - The writer's end

extension WriteQueue {
    /// Moves all that waits to the writer's backlog.
    ///
    /// - Returns: whether nothing can come any more.
    package func collect(into backlog: inout WriteBacklog) -> (isClosed: Bool, pauses: [WriterPause]) {
        hasCommands.store(false, ordering: .relaxed)
        return state.withLock { state in
            backlog.commands.append(state.commands)
            backlog.events.append(state.events)
            backlog.bulk.append(state.bulk)
            state.commands.removeAll(keepingCapacity: true)
            state.events.removeAll(keepingCapacity: true)
            state.bulk.removeAll(keepingCapacity: true)
            defer { state.pauses = [] }
            return (state.isClosed, state.pauses)
        }
    }

    /// The same for commands that came while a batch was being filled. Costs a load where there are none.
    package func collectCommands(into backlog: inout WriteBacklog) {
        guard hasCommands.exchange(false, ordering: .acquiring) else { return }
        state.withLock { state in
            backlog.commands.append(state.commands)
            state.commands.removeAll(keepingCapacity: true)
        }
    }

    /// Called by a reader that had to step over many rows which only a mark has read.
    package func requestFold(of inbox: Int64) {
        state.withLock { if $0.folds.count < 1024 { $0.folds.insert(inbox) } }
        signal.raise()
    }

    /// An inbox whose rows should take over their mark.
    package func nextFold() -> Int64? {
        state.withLock { $0.folds.popFirst() }
    }

    /// Makes room for events.
    package func release(byteCount: Int) {
        state.withLock { $0.eventBytes -= byteCount }
    }

    /// Asks the writer to stop between two batches.
    ///
    /// - Returns: whether it has stopped; it waits until the pause is over. False where it has ended.
    package func pause(_ pause: WriterPause) -> Bool {
        let isFinished = state.withLock { state in
            if !state.isFinished { state.pauses.append(pause) }
            return state.isFinished
        }
        guard !isFinished else { return false }
        signal.raise()
        pause.begun.wait()
        return true
    }

    /// The writer ends.
    package func finish() {
        let pauses = state.withLock { state in
            state.isFinished = true
            defer { state.pauses = [] }
            return state.pauses
        }
        for pause in pauses { pause.begun.raise() }
    }
}

/// An agreed silence of the writer.
package final class WriterPause: Sendable {
    /// The writer has stopped.
    package let begun = Signal()
    /// It may go on.
    package let over = Signal()

    /// One silence.
    package init() {}
}

extension Mutation {
    /// Whether somebody waits for it: it is small, and no backlog of events may hold it up.
    fileprivate var isCommand: Bool {
        switch self {
        case .inbox, .revoke, .addKey, .revokeKey, .preferences, .schedule(.cancel), .fanOut(.cancel): true
        default: false
        }
    }

    /// Whether it is one of many that nobody waits for: everything else goes first.
    package var isBulk: Bool {
        if case .fanOut(.step) = self { true } else { false }
    }

    /// Rows that it may write.
    package var weight: Int {
        switch self {
        case .ingest(let ingest): max(1, ingest.event.recipients.count)
        case .inbox(let command): command.weight
        case .erase(let command): command.weight
        case .topic(let command): command.weight
        case .fanOut(let command): command.weight
        case .delivery(let command): command.weight
        default: 1
        }
    }

    /// About the bytes that it will write.
    package var byteCount: Int {
        guard case .ingest(let ingest) = self else { return 256 * weight }
        let event = ingest.event
        var count = 256 + event.type.utf8.count + event.metadata.utf8.count
        count += (event.title?.utf8.count ?? 0) + (event.message?.utf8.count ?? 0) + (event.url?.utf8.count ?? 0)
        return count * max(1, event.recipients.count)
    }
}

extension InboxCommand {
    fileprivate var weight: Int {
        switch kind {
        case .rows(_, let ids), .snooze(let ids, _): max(1, ids.count)
        case .mark: 1
        }
    }
}
