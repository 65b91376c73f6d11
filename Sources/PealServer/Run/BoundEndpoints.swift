import Synchronization

/// Waits until every endpoint is bound, and says so once.
final class BoundEndpoints: Sendable {
    private let addresses: Mutex<[String?]>
    private let onComplete: @Sendable ([String]) -> Void

    /// - Parameter onComplete: gets the addresses in the order of the endpoints.
    init(count: Int, onComplete: @escaping @Sendable ([String]) -> Void) {
        addresses = Mutex(Array(repeating: nil, count: count))
        self.onComplete = onComplete
    }

    func bound(_ index: Int, _ address: String) {
        let all: [String]? = addresses.withLock { addresses in
            addresses[index] = address
            return addresses.contains(nil) ? nil : addresses.compactMap(\.self)
        }
        if let all { onComplete(all) }
    }
}
