package import PealCore

/// What the writer has taken over and not yet committed.
package struct WriteBacklog {
    /// Requests in their order; the first may be half done.
    package struct Lane {
        private var requests: [PendingRequest] = []
        private var head = 0

        package var isEmpty: Bool { head == requests.count }

        mutating func append(_ more: [WriteQueue.Request]) {
            for request in more { requests.append(PendingRequest(request)) }
        }

        package mutating func next() -> PendingMutation? {
            guard head < requests.count else { return nil }
            let request = requests[head]
            let mutation = PendingMutation(request: request, index: request.started)
            request.started += 1
            if request.started == request.mutations.count {
                head += 1
                if head == requests.count {
                    requests.removeAll(keepingCapacity: true)
                    head = 0
                } else if head >= 1024 {
                    requests.removeFirst(head)
                    head = 0
                }
            }
            return mutation
        }
    }

    /// What a user, or a person at a desk, waits for.
    package var commands = Lane()
    /// What producers send.
    package var events = Lane()
    /// Steps of what goes on for long.
    package var bulk = Lane()
    private var turn = 0

    /// Nothing yet.
    package init() {}

    /// Commands come first, then events, then steps of what goes on for long; but every eighth turn is the events' and every
    /// 64th a step's, so that no flood of the others stops them. A step is worth about so many events.
    package mutating func next() -> PendingMutation? {
        turn &+= 1
        if turn & 63 == 0, let step = bulk.next() { return step }
        let next = turn & 7 == 0 ? events.next() ?? commands.next() : commands.next() ?? events.next()
        return next ?? bulk.next()
    }

    /// Whether nothing waits.
    package var isEmpty: Bool { commands.isEmpty && events.isEmpty && bulk.isEmpty }
}

/// A request in the hands of the writer.
package final class PendingRequest {
    let mutations: [Mutation]
    /// What it holds of the queue's room.
    package let byteCount: Int
    fileprivate var started = 0
    private let reply: CheckedContinuation<[WriteResult], Never>?
    private var results: [WriteResult?]
    private var left: Int

    init(_ request: WriteQueue.Request) {
        mutations = request.mutations
        byteCount = request.byteCount
        reply = request.reply
        results = Array(repeating: nil, count: request.mutations.count)
        left = request.mutations.count
    }

    /// A batch that is done again overwrites its results.
    fileprivate func set(_ result: WriteResult, at index: Int) {
        results[index] = result
    }

    /// Answers the caller once the fate of all is sealed, in whatever order.
    ///
    /// - Returns: whether it was the last.
    fileprivate func finishOne() -> Bool {
        left -= 1
        guard left == 0 else { return false }
        reply?.resume(
            returning: results.map { $0 ?? .failure(StoreError(.internalFault, "a mutation was forgotten")) })
        return true
    }
}

/// One mutation of a request.
package struct PendingMutation {
    /// Of which it is a part.
    package let request: PendingRequest
    let index: Int

    /// What is asked.
    package var mutation: Mutation { request.mutations[index] }

    /// What its caller will be told, unless it is done again.
    package func set(_ result: WriteResult) {
        request.set(result, at: index)
    }

    /// Called once the mutation's fate is sealed.
    ///
    /// - Returns: the bytes of the queue's room that its request gives back with it.
    package func finish() -> Int {
        request.finishOne() ? request.byteCount : 0
    }
}
