import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import PealAuth
import PealCore
import ServiceLifecycle

extension TokenKeys {
    /// The secret and the keys of `auth.jwt.*`. Files must be readable now; addresses are read while the server starts.
    static func make(
        _ settings: Settings, secret: String?, clock: @escaping @Sendable () -> Timestamp
    ) async throws(StartError) -> TokenKeys {
        let logger = Logger(label: "peal.auth")
        let locations = settings.auth.jwt.keys
        for location in locations {
            guard case .file = location.place else { continue }
            do throws(KeyError) {
                try location.check(try await KeyPlace.read(location))
            } catch {
                throw StartError("auth.jwt.keys: '\(location)' \(error)")
            }
        }
        return TokenKeys(
            secret: secret, algorithm: settings.auth.jwt.algorithm, locations: locations, clock: clock,
            reader: KeyPlace.read,
            report: { failure in
                logger.error(
                    "The keys that verify tokens cannot be read",
                    metadata: ["place": "\(failure.location)", "error": "\(failure.error)"])
            })
    }
}

/// Reads what `auth.jwt.keys` names.
enum KeyPlace {
    private static let patience: TimeAmount = .seconds(5)

    @Sendable static func read(_ location: KeyLocation) async throws(KeyError) -> [UInt8] {
        switch location.place {
        case .file(let path): try file(path)
        case .url(let url): try await fetch(url)
        }
    }

    private static func file(_ path: String) throws(KeyError) -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: KeyLocation.byteLimit + 1)
        else { throw KeyError("cannot be read") }
        return Array(data)
    }

    /// Follows no redirection: it could lead away from the operator's address, or to one without TLS.
    private static func fetch(_ url: String) async throws(KeyError) -> [UInt8] {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: patience, read: patience)
        let result: Result<[UInt8], KeyError>
        do {
            result = try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                var request = HTTPClientRequest(url: url)
                request.headers.add(name: "Accept", value: "application/json, application/x-pem-file;q=0.9")
                let response = try await client.execute(request, timeout: patience)
                guard response.status == .ok else {
                    return .failure(KeyError("answered \(response.status.code)"))
                }
                let body = try await response.body.collect(upTo: KeyLocation.byteLimit)
                return .success(Array(body.readableBytesView))
            }
        } catch {
            throw KeyError("cannot be fetched: \(error)")
        }
        return try result.get()
    }
}

/// Reads the keys at the start, and from then on every few minutes.
struct KeyRefreshService: Service {
    static let interval: Duration = .seconds(300)

    let keys: TokenKeys

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await keys.refresh()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
