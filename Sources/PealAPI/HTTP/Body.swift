import HTTPTypes
import Hummingbird
import NIOCore
import PealCore

extension Request {
    /// The whole body; 413 where it is longer than the limit.
    func bytes(upTo limit: Int) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Problem.tooLarge(limit) }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit)
        }
    }

    func json(upTo limit: Int) async throws -> JSON {
        try await bytes(upTo: limit).json()
    }

    /// Nil where there is no body at all.
    func optionalJSON(upTo limit: Int) async throws -> JSON? {
        let body = try await bytes(upTo: limit)
        return body.readableBytes == 0 ? nil : try body.json()
    }
}

extension ByteBuffer {
    func json() throws(Problem) -> JSON {
        let result = withUnsafeReadableBytes { bytes -> Result<JSON, JSONError> in
            do throws(JSONError) {
                return .success(try JSON.parse(raw: bytes))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let json): return json
        case .failure(let error): throw Problem(error)
        }
    }
}

extension Problem {
    fileprivate static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            .contentTooLarge, "body_too_large", "the body is longer than \(limit) bytes",
            headers: [.connection: "close"])
    }
}
