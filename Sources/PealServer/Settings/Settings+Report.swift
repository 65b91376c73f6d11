import PealCore

extension Settings {
    /// What `peal config` prints: one setting a line, with the place its value came from.
    public var report: String {
        let rows = Self.all.map { ($0.key.description, shown($0), origin(of: $0.key).description) }
        let keyWidth = rows.map(\.0.count).max() ?? 0
        let valueWidth = rows.map(\.1.count).max() ?? 0
        return rows.map { key, value, origin in
            key.padded(to: keyWidth) + "  " + value.padded(to: valueWidth) + "  " + origin
        }.joined(separator: "\n")
    }

    /// The same as one JSON object by key, with `value` and `origin`.
    public var json: String {
        JSON.object(
            Self.all.map { setting in
                let origin = JSON.string(origin(of: setting.key).description)
                return JSON.Member(
                    setting.key.description,
                    .object([JSON.Member("value", .string(shown(setting))), JSON.Member("origin", origin)]))
            }
        ).text
    }

    private func shown(_ setting: any AnySetting) -> String {
        let text = text(of: setting)
        let isKnownToAll = text.isEmpty || origin(of: setting.key) == .default
        return setting.isSecret && !isKnownToAll ? "(hidden)" : text
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
