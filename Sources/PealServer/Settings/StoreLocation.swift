/// Where inboxes are kept: the value of `store.url`.
public enum StoreLocation: Sendable, Equatable {
    /// Forgotten at the end.
    case memory
    /// A file; nil for `peal.db` in the data directory.
    case sqlite(path: String?)
}

extension SettingSyntax where Value == StoreLocation {
    static var storeLocation: Self {
        let allowed = "sqlite: (in the data directory), sqlite:///path or memory:"
        return Self(
            allowed: allowed,
            parse: { text throws(SettingRefusal) in
                if text == "memory:" { return .memory }
                if text == "sqlite:" { return .sqlite(path: nil) }
                if text.hasPrefix("sqlite:///"), text.utf8.count > 10 {
                    return .sqlite(path: String(text.dropFirst(9)))
                }
                if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
                    throw SettingRefusal("names a store that is not built yet in this version; it must be \(allowed)")
                }
                throw SettingRefusal("must be \(allowed)")
            },
            write: { location in
                switch location {
                case .memory: "memory:"
                case .sqlite(let path): path.map { "sqlite://\($0)" } ?? "sqlite:"
                }
            })
    }
}
