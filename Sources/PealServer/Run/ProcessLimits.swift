import Foundation

/// What a process with many sockets wants of its system.
enum ProcessLimits {
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        raiseFileLimit()
    }

    /// Up to the hard limit: one descriptor per session.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
