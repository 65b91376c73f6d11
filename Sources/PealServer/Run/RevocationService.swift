import Logging
import PealAuth
import PealCore
import ServiceLifecycle

/// Asks the store for revocations that other nodes have made (RULES 45).
struct RevocationService: Service {
    static let interval: Duration = .seconds(5)

    let revocations: Revocations
    let store: any Store
    let logger = Logger(label: "peal.auth")

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do {
                    try await Task.sleep(for: Self.interval)
                    try await revocations.poll(store, now: .now())
                } catch let error as StoreError {
                    logger.warning("Revocations could not be read", metadata: ["error": "\(error)"])
                } catch {
                    return
                }
            }
        }
    }
}

extension Settings {
    /// Those of the store, before anybody is let in.
    func revocations(of store: any Store, now: Timestamp) async throws(StartError) -> Revocations {
        let revocations = Revocations()
        do throws(StoreError) {
            try await revocations.poll(store, now: now)
        } catch {
            throw StartError("cannot read the revoked tokens: \(error)")
        }
        return revocations
    }
}
