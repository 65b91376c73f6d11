/// An event as a store keeps it for later: everything but the recipients, which are kept apart.
extension Event {
    /// A JSON object. Metadata is a text in it, so that it comes back byte by byte.
    public var storedText: String {
        var writer = JSONWriter(reserving: 512 + metadata.utf8.count + (message?.utf8.count ?? 0))
        writer.beginObject()
        writer.member("type", type)
        writer.member("topic", topic?.rawValue)
        writer.member("channels", channels.map { $0.map(\.rawValue).sorted().joined(separator: ",") })
        if let actor {
            writer.member("actor_id", actor.id)
            writer.member("actor_name", actor.name)
        }
        if let target {
            writer.member("target_type", target.type)
            writer.member("target_id", target.id)
        }
        writer.member("title", title)
        writer.member("message", message)
        writer.member("excerpt", excerpt)
        writer.member("url", url)
        writer.member("priority", priority.rawValue)
        writer.member("metadata", metadata)
        writer.member("expires_at", expiresAt)
        writer.member("occurred_at", occurredAt)
        writer.name("receipt")
        writer.value(wantsReceipt)
        writer.member("group_key", groupKey)
        writer.member("group_window", grouping.window)
        writer.member("group_age", grouping.maximumAge)
        writer.name("group_events")
        writer.value(grouping.maximumEvents)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// What ``storedText`` has written; nil for anything else.
    ///
    /// - Parameter recipients: as they were kept apart.
    public init?(storedText text: String, recipients: [Recipient]) {
        guard let json = try? JSON.parse(text.utf8), let type = json["type"]?.string,
            let priority = json["priority"]?.string.flatMap(Priority.init(rawValue:)),
            let metadata = json["metadata"]?.string, let wantsReceipt = json["receipt"]?.bool,
            let window = json["group_window"].flatMap(Duration.init(stored:)),
            let age = json["group_age"].flatMap(Duration.init(stored:)), let events = json["group_events"]?.integer
        else { return nil }
        self.init(
            type: type, recipients: recipients, topic: json["topic"]?.string.map(TopicName.init(trusted:)),
            channels: json["channels"]?.string.map { text in
                Set(text.split(separator: ",").compactMap { DeliveryChannel(rawValue: String($0)) })
            },
            actor: json["actor_id"]?.string.map { Actor(id: $0, name: json["actor_name"]?.string) },
            target: json["target_type"]?.string.map { Target(type: $0, id: json["target_id"]?.string) },
            title: json["title"]?.string, message: json["message"]?.string, excerpt: json["excerpt"]?.string,
            url: json["url"]?.string, priority: priority, metadata: metadata,
            expiresAt: json["expires_at"]?.integer.map(Timestamp.init(milliseconds:)),
            occurredAt: json["occurred_at"]?.integer.map(Timestamp.init(milliseconds:)), wantsReceipt: wantsReceipt,
            groupKey: json["group_key"]?.string,
            grouping: GroupingPolicy(window: window, maximumAge: age, maximumEvents: Int(events)))
    }
}

extension JSONWriter {
    /// Left out where there is no value.
    fileprivate mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        self.name(name)
        value(text)
    }

    fileprivate mutating func member(_ name: StaticString, _ time: Timestamp?) {
        guard let time else { return }
        self.name(name)
        value(time.milliseconds)
    }

    /// Whole seconds and attoseconds.
    fileprivate mutating func member(_ name: StaticString, _ duration: Duration) {
        self.name(name)
        beginArray()
        value(duration.components.seconds)
        value(duration.components.attoseconds)
        endArray()
    }
}

extension Duration {
    fileprivate init?(stored json: JSON) {
        guard let parts = json.array, parts.count == 2, let seconds = parts[0].integer,
            let attoseconds = parts[1].integer
        else { return nil }
        self.init(secondsComponent: seconds, attosecondsComponent: attoseconds)
    }
}
