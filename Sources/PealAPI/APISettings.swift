public import PealCore

/// How the HTTP API behaves.
public struct APISettings: Sendable, Equatable {
    /// What holds where a user has said nothing, and what is mandatory: the store's.
    public var preferences: PreferencePolicy
    /// `http.origins`: web pages that may call, such as `https://app.example`; empty lets all of them.
    public var origins: [String]
    /// `auth.cookie`: a cookie that may carry a user's token; nil for none.
    public var cookie: String?
    /// `--dev`: opens the demo's door, and answers loopback names only.
    public var isDevelopment: Bool
    /// Bytes of one request's body; 1,000 ids and every field at its limit fit.
    public var bodyLimit: Int
    /// Bytes of a batch.
    public var batchBodyLimit: Int
    /// Items of a batch.
    public var batchLimit: Int
    /// How long the tokens of the demo page live.
    public var demoTokenLifetime: Duration

    public init(
        origins: [String] = [], cookie: String? = nil, isDevelopment: Bool = false, bodyLimit: Int = 1 << 20,
        batchBodyLimit: Int = 4 << 20,
        batchLimit: Int = 1000, demoTokenLifetime: Duration = .seconds(12 * 3600),
        preferences: PreferencePolicy = PreferencePolicy()
    ) {
        self.preferences = preferences
        self.origins = origins
        self.cookie = cookie
        self.isDevelopment = isDevelopment
        self.bodyLimit = bodyLimit
        self.batchBodyLimit = batchBodyLimit
        self.batchLimit = batchLimit
        self.demoTokenLifetime = demoTokenLifetime
    }
}
