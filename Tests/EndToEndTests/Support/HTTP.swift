import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PealCore

/// Plain requests to a server under test.
enum HTTP {
    struct Response: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: String

        func json() throws -> JSON { try JSON.parse(body.utf8) }
    }

    static func get(_ url: String, headers: HTTPHeaders = [:]) async throws -> Response {
        try await send(.GET, url, headers: headers)
    }

    static func post(_ url: String, _ body: String = "", headers: HTTPHeaders = [:]) async throws -> Response {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        return try await send(.POST, url, headers: headers, body: body)
    }

    static func send(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: String? = nil
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        return Response(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }
}

extension HTTPHeaders {
    static func bearer(_ token: String) -> HTTPHeaders { ["Authorization": "Bearer \(token)"] }
}
