import PealCore

/// What the app told about the user.
struct ProfileSection: ExportSection {
    let store: any Store

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        guard let profile = try await store.profile(of: user) else { return }
        try await export.line("profile") { writer in
            writer.name("name")
            writer.optional(profile.name)
            writer.name("email")
            writer.optional(profile.email)
            writer.name("locale")
            writer.optional(profile.locale)
            writer.name("timezone")
            writer.optional(profile.timezone)
        }
    }
}

/// The counters, the marks, and every row: active, archived, and deleted ones that have not been removed yet.
struct InboxSection: ExportSection {
    let store: any Store

    private static let pageSize = 64

    /// In the order of changes, as a client would follow them. What changes meanwhile comes once more at its new place, so that
    /// the last line of an id is its present state.
    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        let inbox = try await store.inbox(of: user)
        try await export.line("inbox") { writer in
            writer.counters(inbox, of: user, epoch: store.epoch)
        }
        var seq: Seq = 0
        while true {
            let page = try await store.changes(of: user, after: seq, limit: Self.pageSize)
            for change in page.changes {
                switch change {
                case .row(let row): try await export.line("notification") { $0.members(of: row) }
                case .mark(let mark, let limit, let seq, _):
                    try await export.line("mark") { writer in
                        writer.name("mark")
                        writer.value(mark.word)
                        writer.name("up_to_seq")
                        writer.value(limit)
                        writer.name("seq")
                        writer.value(seq)
                    }
                }
            }
            guard page.hasMore, page.through > seq else { return }
            seq = page.through
        }
    }
}

/// That tokens of the user are refused.
struct RevocationSection: ExportSection {
    let store: any Store

    private static let pageSize = 1000

    @concurrent func write(_ user: UserID, to export: inout ExportWriter) async throws {
        var number: Int64 = 0
        while true {
            let page = try await store.revocations(after: number, limit: Self.pageSize)
            for revocation in page where revocation.user == user {
                try await export.line("revocation") { writer in
                    switch revocation.extent {
                    case .issuedBefore(let time):
                        writer.name("not_before")
                        writer.value(time)
                    case .token(let id, let endsAt):
                        writer.name("jti")
                        writer.value(id)
                        writer.name("ends_at")
                        writer.optional(endsAt)
                    }
                }
            }
            guard page.count == Self.pageSize, let last = page.last else { return }
            number = last.number
        }
    }
}
