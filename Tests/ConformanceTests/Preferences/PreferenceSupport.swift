import PealCore
import PealSQL

extension TestStore {
    @discardableResult
    func prefer(_ command: PreferenceCommand, of user: UserID = maria) async throws -> Preferences {
        guard case .preferences(let preferences) = try await write(.preferences(user, command)) else {
            throw UnexpectedAnswer()
        }
        return preferences
    }

    /// Puts one type of one user to one setting.
    func set(_ type: String, _ setting: ChannelSetting?, _ channel: DeliveryChannel = .inApp) async throws {
        try await prefer(.merge(PreferenceChange(settings: [.init(type, channel, to: setting)])))
    }

    func mutes(of user: UserID = maria) async throws -> [Mute] { try await store.mutes(of: user) }
}

extension Mute.Subject {
    static func post(_ id: String?) -> Self { .target(TargetMute(type: "post", id: id)) }
}

extension Event {
    /// About a post.
    static func comment(_ user: UserID, by actor: String, on post: String?, type: String = "comment") -> Event {
        var event = Event.plain(user, type: type, actor: actor, group: "comment:\(post ?? "")")
        event.target = Target(type: "post", id: post)
        return event
    }
}
