public import PealRedis

/// What carries messages between programs: the value of `bus.url`.
public enum BusLocation: Sendable, Equatable {
    /// This process is alone.
    case inProcess
    case redis(RedisAddress)
}

extension SettingSyntax where Value == BusLocation {
    static var busLocation: Self {
        let allowed = "in-process, redis://[user:password@]host[:port][/database], or rediss:// for TLS"
        return Self(
            allowed: allowed,
            parse: { text throws(SettingRefusal) in
                if text == "in-process" { return .inProcess }
                if let address = RedisAddress(text) { return .redis(address) }
                for other in ["redis+sentinel://", "redis+cluster://", "postgresql:"] where text.hasPrefix(other) {
                    throw SettingRefusal("names a bus that is not built yet in this version; it must be \(allowed)")
                }
                throw SettingRefusal("must be \(allowed)")
            },
            write: { location in
                switch location {
                case .inProcess: "in-process"
                case .redis(let address): address.text
                }
            })
    }
}
