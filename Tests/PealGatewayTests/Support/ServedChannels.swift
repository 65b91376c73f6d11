import NIOCore
import Synchronization

/// The channels on which a router has answered. One lives as long as Hummingbird's task for it, which holds it.
final class ServedChannels: Sendable {
    private struct Reference {
        weak var channel: (any Channel)?
    }

    private let references = Mutex<[ObjectIdentifier: Reference]>([:])

    func note(_ channel: any Channel) {
        references.withLock { $0[ObjectIdentifier(channel)] = Reference(channel: channel) }
    }

    var count: Int { references.withLock { $0.values.count { $0.channel != nil } } }
}
