import Logging
import PealAuth
import PealCore
import PealPipeline
import ServiceLifecycle

/// Writes down when keys were used last, and reads those that another node has made or revoked.
struct KeyringService: Service {
    static let interval: Duration = .seconds(60)

    let keyring: APIKeyring
    let store: any Store
    let logger = Logger(label: "peal.auth")

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { await refresh() }
        }
        await refresh()
    }

    private func refresh() async {
        do throws(StoreError) {
            try await keyring.saveUses(to: store)
            try await keyring.load(from: store)
        } catch {
            guard error.code != .closed else { return }
            logger.warning("API keys could not be brought up to date", metadata: ["error": "\(error)"])
        }
    }
}

/// Finishes erasures that an earlier process began, or that took too long for their caller to wait.
struct ErasureService: Service {
    let eraser: Eraser

    func run() async throws {
        await cancelWhenGracefulShutdown { await eraser.run() }
    }
}
