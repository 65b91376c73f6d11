import PealCore
import PealPipeline

/// What a batch takes out of its key's quota: item by item, until one does not fit. That one and all behind it are refused, so
/// that what was stored is a beginning of the batch, in its order.
struct BatchCharge {
    private let quotas: Quotas
    private let key: APIKeyRecord
    /// Of the first item that did not fit; nil where all did.
    private(set) var refusal: Problem?

    init(_ quotas: Quotas, key: APIKeyRecord) {
        self.quotas = quotas
        self.key = key
    }

    /// - Throws: 429 `quota_exceeded`.
    mutating func take(_ cost: Int) throws(Problem) {
        if let refusal { throw refusal }
        do throws(Problem) {
            try quotas.take(cost, from: key)
        } catch {
            refusal = error
            throw error
        }
    }

    /// Gives back what an item cost that was not stored, or had been before.
    func settled(_ result: Result<AcceptedAnswer, Problem>, cost: Int) -> Result<AcceptedAnswer, Problem> {
        if case .success(let answer) = result, !answer.isReplay { return result }
        quotas.giveBack(cost, to: key)
        return result
    }
}

extension EventRequest {
    /// What it takes out of a quota: its recipients; a topic counts as one, since nobody knows yet how many they are.
    var cost: Int { topic == nil ? users.count : 1 }
}
