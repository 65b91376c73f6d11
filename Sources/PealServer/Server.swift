/// The whole server, put together from its settings.
public enum Server {
    /// Serves until SIGTERM or SIGINT, then finishes what has been committed.
    public static func run(_ settings: Settings) async throws {
        throw StartError("serving is not put together yet")
    }
}

/// What this program calls itself.
public enum Version {
    public static let current = "0.1.0"
}
