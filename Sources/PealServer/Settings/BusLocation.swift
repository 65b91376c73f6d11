public import PealRedis

/// What carries messages between programs: the value of `bus.url`.
public enum BusLocation: Sendable, Equatable {
    /// What goes with the store: `inProcess`, or `postgres` where other nodes may write to it.
    case automatic
    /// This process is alone.
    case inProcess
    case redis(RedisAddress)
    /// NOTIFY in the database of the store.
    case postgres
}

extension SettingSyntax where Value == BusLocation {
    static var busLocation: Self {
        let allowed =
            "auto, in-process, postgresql: (the store's), redis://[user:password@]host[:port][/database], or rediss:// for TLS"
        return Self(
            allowed: allowed,
            parse: { text throws(SettingRefusal) in
                if text == "auto" { return .automatic }
                if text == "in-process" { return .inProcess }
                if text == "postgresql:" { return .postgres }
                if let address = RedisAddress(text) { return .redis(address) }
                for other in ["redis+sentinel://", "redis+cluster://"] where text.hasPrefix(other) {
                    throw SettingRefusal("names a bus that is not built yet in this version; it must be \(allowed)")
                }
                throw SettingRefusal("must be \(allowed)")
            },
            write: { location in
                switch location {
                case .automatic: "auto"
                case .inProcess: "in-process"
                case .postgres: "postgresql:"
                case .redis(let address): address.text
                }
            })
    }
}
