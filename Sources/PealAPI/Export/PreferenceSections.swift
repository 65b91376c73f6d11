import PealCore

/// What the user has said about what reaches them.
struct PreferenceSection: ExportSection {
    let store: any Store

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        guard let preferences = try await store.preferences(of: user) else { return }
        try await export.line("preference") { $0.members(of: preferences, now: Timestamp(milliseconds: .min)) }
    }
}

/// What the user has muted, those that are over and not removed yet too. There are few enough for one page.
struct MuteSection: ExportSection {
    let store: any Store

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        for mute in try await store.mutes(of: user) {
            try await export.line("mute") { $0.members(of: mute) }
        }
    }
}
