/// Why a connection ends (RFC 6455 §7.4; DESIGN §4). 4000–4499 tell the client to come back, 4500–4999 not to.
struct CloseCode: Sendable, Equatable, RawRepresentable {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }

    static let normal = Self(rawValue: 1000)
    static let goingAway = Self(rawValue: 1001)
    static let protocolError = Self(rawValue: 1002)
    static let invalidPayload = Self(rawValue: 1007)
    static let policyViolation = Self(rawValue: 1008)
    static let messageTooBig = Self(rawValue: 1009)
    static let internalError = Self(rawValue: 1011)
    static let tokenExpired = Self(rawValue: 4001)
    static let noPong = Self(rawValue: 4002)
    static let rateLimited = Self(rawValue: 4003)
    static let notReading = Self(rawValue: 4004)
    static let revoked = Self(rawValue: 4500)
    static let violation = Self(rawValue: 4501)
    static let tooManyConnections = Self(rawValue: 4502)

    /// Whether a peer may send it in a close frame: defined, and not one of those that are only ever reported.
    var isAllowedOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
