import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import PealCore

/// Asks a server over HTTP, and turns what can go wrong into one line and an exit status.
struct ServerClient: Sendable {
    let server: ServerAddress

    private static let answerByteLimit = 16 << 20

    typealias Method = HTTPMethod

    /// The parsed answer to a POST of JSON; any status but 2xx is a ``Failure``.
    func post(_ path: String, _ body: JSON, bearer: String, headers: [String: String] = [:]) async throws -> JSON {
        try await send(.POST, path, body, bearer: bearer, headers: headers)
    }

    /// The same with any method, and without a body where there is none.
    func send(
        _ method: Method, _ path: String, _ body: JSON?, bearer: String, headers: [String: String] = [:]
    ) async throws -> JSON {
        var request = HTTPClientRequest(url: server.base + path)
        request.method = method
        request.headers = ["Authorization": "Bearer \(bearer)"]
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body.text))
        }
        let (status, bytes) = try await execute(request)
        guard (200...299).contains(status) else { throw refusal(status: status, body: bytes) }
        do {
            return try JSON.parse(bytes.readableBytesView)
        } catch {
            throw Failure("\(server.base) answered with something that is not JSON: \(error)")
        }
    }

    private func execute(_ request: HTTPClientRequest) async throws(Failure) -> (Int, ByteBuffer) {
        do {
            var configuration = HTTPClient.Configuration()
            // Somebody waits for the answer: a refused connection is one.
            configuration.tlsConfiguration = server.tls
            configuration.connectionPool.retryConnectionEstablishment = false
            return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                let response = try await client.execute(request, timeout: .seconds(30))
                return (Int(response.status.code), try await response.body.collect(upTo: Self.answerByteLimit))
            }
        } catch {
            throw Failure(.unavailable, "cannot reach \(server.base): \(plainText(of: error))")
        }
    }

    private func refusal(status: Int, body: ByteBuffer) -> Failure {
        let problem = try? JSON.parse(body.readableBytesView)
        let fields = (problem?["errors"]?.array ?? []).compactMap { error in
            error["message"]?.string.map { "\(error["field"]?.string ?? "?"): \($0)" }
        }
        let summary = problem?["detail"]?.string ?? problem?["title"]?.string ?? "refused"
        let text = fields.isEmpty ? summary : fields.joined(separator: "; ")
        let message = "\(text) (\(status) from \(server.base))"
        return switch status {
        case 401, 403: Failure(.notAuthorised, message)
        case 429, 502, 503, 504: Failure(.unavailable, message)
        default: Failure(message)
        }
    }
}

/// What a failed connection says, without the library's wrapping.
func plainText(of error: any Error) -> String {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
    case let error as NIOConnectionError: error.connectionErrors.first.map { plainText(of: $0.error) } ?? "no such host"
    default: "\(error)"
    }
}
