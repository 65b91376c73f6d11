import PealCore

extension EventRequest {
    /// What this event shares with those that it may join; nil where it stands alone (DESIGN §6).
    func groupKey(_ settings: PipelineSettings) -> String? {
        var ownKey: String?
        switch group {
        case .never: return nil
        case .always(let key, _, _, _): ownKey = key
        case .byType:
            // A text that the producer wrote must not disappear under the next one.
            guard settings.groupedTypes.contains(type), title == nil, message == nil else { return nil }
        }
        if let ownKey { return Self.key("key", type, ownKey) }
        // One is followed as a user: whatever the event calls its target, the group is the recipient's.
        if type == "follow" { return Self.key("type", type) }
        guard let target, let id = target.id else { return nil }
        return Self.key("target", type, target.type, id)
    }

    /// With lengths, so that no part can be taken for another: `like|a:b` and `like:a|b` are two groups.
    private static func key(_ parts: String...) -> String {
        parts.map { "\($0.utf8.count):\($0)" }.joined()
    }

    func groupingPolicy(_ settings: PipelineSettings) -> GroupingPolicy {
        guard case .always(_, let window, let maximumAge, let maximumEvents) = group else { return settings.grouping }
        return GroupingPolicy(
            window: window ?? settings.grouping.window, maximumAge: maximumAge ?? settings.grouping.maximumAge,
            maximumEvents: maximumEvents ?? settings.grouping.maximumEvents)
    }
}
