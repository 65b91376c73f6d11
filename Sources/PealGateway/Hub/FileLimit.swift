#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

enum FileLimit {
    /// How many sessions the limit of open files leaves, when 256 stay for everything else (RULES 33).
    static var sessions: Int {
        var limit = rlimit()
        #if canImport(Glibc)
            let status = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            let status = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        guard status == 0, limit.rlim_cur < UInt64(Int32.max) else { return .max }
        return max(16, Int(limit.rlim_cur) - 256)
    }
}
