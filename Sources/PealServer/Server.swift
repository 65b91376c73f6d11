import Logging
import PealMetrics

/// The whole server, put together from its settings.
public enum Server {
    /// Serves until SIGTERM or SIGINT, then finishes what has been committed.
    ///
    /// - Throws: ``StartError`` where something that it needs cannot be had: a port, the data directory, a secret.
    public static func run(_ settings: Settings) async throws {
        let start = ContinuousClock.now
        defer { LogWriter.standardError.flush() }
        ProcessLimits.prepare()
        let registry = PrometheusRegistry.forPeal()
        Observability.bootstrap(settings, registry: registry)
        let certificate = try settings.certificate()
        let parts = try await Assembly.make(settings, registry: registry)
        let banner = Banner(settings: settings, newKey: parts.newKey, start: start)
        try await Listeners.run(parts, settings: settings, certificate: certificate, registry: registry, banner: banner)
    }
}

/// What this program calls itself.
public enum Version {
    public static let current = "0.1.0"
}
