public import PealCore

extension Pipeline {
    /// Begins to take back from all members of a topic what an event told them, durably before it returns. What would still tell
    /// them is given up at once.
    public func retract(_ retraction: Retraction, from topic: TopicName) async -> Result<FanOut, PipelineError> {
        switch await store.write([.fanOut(.retract(retraction, topic: topic))]).first {
        case .success(.fanOut(let fanOut, _)):
            fanOutAlarm.added(fanOut.createdAt)
            return .success(fanOut)
        case .failure(let error): return .failure(PipelineError(error))
        default: return .failure(PipelineError(.internalFault, "the store gave another answer than was asked for"))
        }
    }
}
