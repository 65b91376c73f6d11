import HTTPTypes

/// What browsers are told beside the answer itself.
enum SecurityHeaders {
    /// For everything that a browser shows or runs (RULES 46): nothing from elsewhere, nothing inline, no framing.
    static let page: HTTPFields = [
        .contentSecurityPolicy: """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
        media-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
        form-action 'self'; frame-ancestors 'none'
        """,
        .crossOriginOpenerPolicy: "same-origin",
    ]

    /// On every answer: a token in a query must not travel on as a referrer (RULES 40), and what differs by origin
    /// must not be kept for another.
    ///
    /// - Parameter isSecure: whether this server itself speaks TLS; with a proxy before it this is the proxy's to say.
    static func complete(_ headers: inout HTTPFields, isSecure: Bool) {
        headers[.xContentTypeOptions] = "nosniff"
        headers[.referrerPolicy] = "no-referrer"
        headers[.vary] = headers[.vary].map { "\($0), Origin" } ?? "Origin"
        if isSecure { headers[.strictTransportSecurity] = "max-age=31536000" }
    }
}
