import HTTPTypes
import Hummingbird
import PealCore
import PealPipeline

/// An answer that says what went wrong (RFC 9457), with a `code` that never changes its meaning.
struct Problem: Error, Sendable {
    struct FieldError: Sendable {
        var field: String
        var code: String
        var message: String
    }

    var status: HTTPResponse.Status
    var code: String
    var detail: String
    var errors: [FieldError] = []
    var headers: HTTPFields = [:]
    /// For the log alone: callers learn nothing about the insides.
    var cause: String?

    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, headers: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }

    var response: Response {
        var writer = JSONWriter(reserving: 256)
        write(to: &writer)
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }

    /// The same for every problem of a status, so that people recognise it.
    private var title: String {
        switch status.code {
        case 400, 422: "The request is not valid"
        case 401: "The caller is not known"
        case 403, 421: "The caller is not allowed to do this"
        case 404: "There is nothing here"
        case 500: "Something went wrong in the server"
        case 503: "The server cannot do this right now"
        default: status.reasonPhrase
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("type")
        writer.value("urn:peal:problem:" + code)
        writer.name("title")
        writer.value(title)
        writer.name("status")
        writer.value(status.code)
        writer.name("code")
        writer.value(code)
        writer.name("detail")
        writer.value(detail)
        if !errors.isEmpty {
            writer.name("errors")
            writer.beginArray()
            for error in errors { error.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }
}

extension Problem.FieldError {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("field")
        writer.value(field)
        writer.name("code")
        writer.value(code)
        writer.name("message")
        writer.value(message)
        writer.endObject()
    }
}

// MARK: - Problems of other modules

extension Problem {
    init(_ failure: ValidationFailure) {
        let what = failure.problems.count == 1 ? failure.problems[0].description : "several fields are wrong"
        self.init(.badRequest, "validation_failed", what)
        errors = failure.problems.map { FieldError(field: $0.field, code: $0.code.rawValue, message: $0.message) }
    }

    init(_ error: JSONError) {
        self.init(.badRequest, "invalid_json", "the body is not JSON: \(error)")
    }

    init(_ error: PipelineError) {
        switch error.code {
        case .idempotencyConflict:
            self.init(.unprocessableContent, "idempotency_conflict", error.message)
        case .unavailable: self = .unavailable
        case .internalFault: self = .internalFault
        }
        cause = error.description
    }

    init(_ error: StoreError) {
        switch error.code {
        case .notFound: self.init(.notFound, "not_found", "there is no such notification")
        case .idempotencyConflict: self.init(.unprocessableContent, "idempotency_conflict", error.message)
        case .conflict: self.init(.conflict, "conflict", error.message)
        case .unavailable, .closed: self = .unavailable
        case .internalFault: self = .internalFault
        }
        cause = error.description
    }

    /// One parameter or header that cannot be used.
    static func invalidParameter(_ name: String, _ message: String) -> Problem {
        var problem = Problem(.badRequest, "invalid_parameter", "\(name) \(message)")
        problem.errors = [FieldError(field: name, code: "invalid", message: message)]
        return problem
    }

    static var unavailable: Problem {
        Problem(
            .serviceUnavailable, "unavailable", "nothing can be stored right now; repeat the request",
            headers: [.retryAfter: "1"])
    }

    static var internalFault: Problem {
        Problem(.internalServerError, "internal", "something went wrong here; the log says more")
    }
}
