internal import PealCore

/// What the writer has taken over and not yet committed.
struct WriteBacklog {
    /// Requests in their order; the first may be half done.
    struct Lane {
        private var requests: [PendingRequest] = []
        private var head = 0

        var isEmpty: Bool { head == requests.count }

        mutating func append(_ more: [WriteQueue.Request]) {
            for request in more { requests.append(PendingRequest(request)) }
        }

        mutating func next() -> PendingMutation? {
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

    var commands = Lane()
    var events = Lane()
    var bulk = Lane()
    private var turn = 0

    /// Commands come first, then events, then steps of what goes on for long; but every eighth turn is the events' and every
    /// 64th a step's, so that no flood of the others stops them. A step is worth about so many events.
    mutating func next() -> PendingMutation? {
        turn &+= 1
        if turn & 63 == 0, let step = bulk.next() { return step }
        let next = turn & 7 == 0 ? events.next() ?? commands.next() : commands.next() ?? events.next()
        return next ?? bulk.next()
    }

    var isEmpty: Bool { commands.isEmpty && events.isEmpty && bulk.isEmpty }
}

/// A request in the hands of the writer.
final class PendingRequest {
    let mutations: [Mutation]
    let byteCount: Int
    fileprivate var started = 0
    private let reply: CheckedContinuation<[WriteResult], Never>?
    private var results: [WriteResult] = []

    init(_ request: WriteQueue.Request) {
        mutations = request.mutations
        byteCount = request.byteCount
        reply = request.reply
        results.reserveCapacity(mutations.count)
    }

    /// A batch that is done again overwrites its results.
    fileprivate func set(_ result: WriteResult, at index: Int) {
        if index < results.count { results[index] = result } else { results.append(result) }
    }

    /// Answers the caller.
    fileprivate func finish() {
        reply?.resume(returning: results)
    }
}

/// One mutation of a request.
struct PendingMutation {
    let request: PendingRequest
    let index: Int

    var mutation: Mutation { request.mutations[index] }

    var isLast: Bool { index == request.mutations.count - 1 }

    func set(_ result: WriteResult) {
        request.set(result, at: index)
    }

    /// Called once the mutation's fate is sealed.
    func finish() {
        if isLast { request.finish() }
    }
}
