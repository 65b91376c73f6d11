import PealAuth
import PealCore

/// Why a command was not carried out; the session lives on.
struct CommandError: Error, Equatable {
    var code: StaticString
    var message: String
    var requestID = ""

    init(_ code: StaticString, _ message: String, requestID: String = "") {
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    static func == (left: Self, right: Self) -> Bool {
        "\(left.code)" == "\(right.code)" && left.message == right.message && left.requestID == right.requestID
    }

    init(_ error: StoreError) {
        switch error.code {
        case .notFound: self.init("not_found", "no such notification")
        case .idempotencyConflict: self.init("conflict", "the request was made before with other content")
        case .conflict: self.init("conflict", error.message)
        case .unavailable, .closed: self.init("unavailable", "the command cannot be carried out now")
        case .internalFault: self.init("internal_error", "the command failed")
        }
    }

    init(_ error: AuthError) {
        switch error.code {
        case .expired: self.init("token_expired", "the token has expired")
        case .unavailable: self.init("unavailable", "the token cannot be checked now")
        case .revoked, .tokenRevoked: self.init(error.code.problemCode, error.message)
        default: self.init("token_invalid", "the token is not valid")
        }
    }
}
