#if PostgreSQL
    import PealPostgres
#endif

/// Where inboxes are kept: the value of `store.url`.
public enum StoreLocation: Sendable, Equatable {
    /// Forgotten at the end.
    case memory
    /// A file; nil for `peal.db` in the data directory.
    case sqlite(path: String?)
    /// A URI of libpq, which may hold a password.
    case postgres(url: String)
}

extension SettingSyntax where Value == StoreLocation {
    static var storeLocation: Self {
        let allowed =
            "sqlite: (in the data directory), sqlite:///path, postgresql://[user@]host[:port]/database or memory:"
        return Self(
            allowed: allowed,
            parse: { text throws(SettingRefusal) in
                if text == "memory:" { return .memory }
                if text == "sqlite:" { return .sqlite(path: nil) }
                if text.hasPrefix("sqlite:///"), text.utf8.count > 10 {
                    return .sqlite(path: String(text.dropFirst(9)))
                }
                if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
                    if let reason = refusal(ofPostgres: text) { throw SettingRefusal(reason) }
                    return .postgres(url: text)
                }
                throw SettingRefusal("must be \(allowed)")
            },
            write: { location in
                switch location {
                case .memory: "memory:"
                case .sqlite(let path): path.map { "sqlite://\($0)" } ?? "sqlite:"
                case .postgres(let url): url
                }
            })
    }

    private static func refusal(ofPostgres url: String) -> String? {
        #if PostgreSQL
            PostgresStoreOptions(url: url).refusal
        #else
            "names a store that this build leaves out (its trait PostgreSQL is off)"
        #endif
    }
}
