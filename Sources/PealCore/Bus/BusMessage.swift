/// Publications of one node on their way to others, as bytes.
///
/// A format version comes first, then the store's epoch, the sending node and its publications. Integers are LEB128, signed
/// ones folded (zigzag), texts preceded by their length in bytes. A node that meets a newer version does not guess: the users
/// whom the message was for are looked up in the store (RULES 23).
public struct BusMessage: Sendable {
    /// Of the format that this version of Peal writes.
    public static let version: UInt8 = 1

    /// Of the store that the changes are from.
    public var epoch: StoreEpoch
    /// Who sends it: random, made at the start of the process.
    public var node: UInt64
    /// In the order of commits.
    public var publications: [Publication]

    /// Why bytes are not a message that this version can use.
    public enum Refusal: Error, Equatable {
        /// Written by a newer version.
        case version(UInt8)
        case malformed
    }

    /// What one node tells others.
    public init(epoch: StoreEpoch, node: UInt64, publications: [Publication]) {
        self.epoch = epoch
        self.node = node
        self.publications = publications
    }

    /// Reads what ``bytes`` has written.
    public init(_ bytes: [UInt8]) throws(Refusal) {
        guard let version = bytes.first else { throw .malformed }
        guard version == Self.version else { throw .version(version) }
        var reader = ByteReader(bytes[1...])
        let epoch = StoreEpoch(high: try reader.word(), low: try reader.word())
        let node = try reader.word()
        var publications: [Publication] = []
        // Each takes more than a byte: nobody can make room for more than has been sent.
        for _ in 0..<(try reader.count()) { publications.append(try reader.publication()) }
        guard reader.isAtEnd else { throw .malformed }
        self.init(epoch: epoch, node: node, publications: publications)
    }

    /// What changed nothing is left out: only the session that asked hears of it, and that is where it was asked.
    public var bytes: [UInt8] {
        let told = publications.filter(\.isForOtherNodes)
        var writer = ByteWriter()
        writer.bytes.append(Self.version)
        for word in [epoch.high, epoch.low, node] { writer.word(word) }
        writer.count(told.count)
        for publication in told { writer.publication(publication) }
        return writer.bytes
    }
}

extension Publication {
    /// Whether sessions on other nodes may have to hear of it.
    public var isForOtherNodes: Bool {
        if case .unchanged = content { false } else { true }
    }

    /// The same without what has changed: sessions ask the store. For a bus that has no room for it.
    public var withoutContent: Publication {
        Publication(user: user, from: from, inbox: inbox, content: .revised)
    }
}

// MARK: - Writing

private struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func word(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func integer(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func flag(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 {
            count($0.count)
            bytes.append(contentsOf: $0)
        }
    }

    mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }

    mutating func optionalText(_ text: String?) { optional(text) { $0.text($1) } }

    mutating func time(_ time: Timestamp) { integer(time.milliseconds) }

    mutating func optionalTime(_ time: Timestamp?) { optional(time) { $0.time($1) } }

    mutating func id(_ id: NotificationID) {
        word(id.high)
        word(id.low)
    }

    mutating func publication(_ publication: Publication) {
        text(publication.user.rawValue)
        integer(publication.from)
        inbox(publication.inbox)
        content(publication.content)
    }

    private mutating func inbox(_ inbox: Inbox) {
        for value in [
            inbox.seq, Int64(inbox.unreadCount), Int64(inbox.unseenCount), inbox.readMark, inbox.readMarkSeq,
            inbox.seenMark, inbox.seenMarkSeq, inbox.floor,
        ] { integer(value) }
    }

    private mutating func content(_ content: Publication.Content) {
        switch content {
        case .created(let row):
            tag(.created)
            notification(row)
        case .aggregated(let row):
            tag(.aggregated)
            notification(row)
        case .updated(let operation, let rows):
            tag(.updated)
            text(operation.rawValue)
            count(rows.count)
            for row in rows { notification(row) }
        case .marked(let mark, let limit, let number):
            tag(.marked)
            text(mark.rawValue)
            integer(limit)
            integer(Int64(number))
        case .receipt(let receipt):
            tag(.receipt)
            id(receipt.notification)
            text(receipt.reader.rawValue)
            text(receipt.status.rawValue)
            time(receipt.at)
        case .passed(let message):
            tag(.passed)
            text(message.user.rawValue)
            optionalText(message.type)
            count(message.text.count)
            bytes += message.text
        case .typing(let topic, let user, let isTyping):
            tag(.typing)
            text(topic.rawValue)
            text(user.rawValue)
            flag(isTyping)
        case .revised, .unchanged: tag(.revised)
        }
    }

    private mutating func tag(_ tag: ContentTag) { bytes.append(tag.rawValue) }

    private mutating func notification(_ row: Notification) {
        id(row.id)
        text(row.userID.rawValue)
        for value in [row.type, row.title, row.message] { text(value) }
        integer(Int64(row.standing.rawValue))
        for value in [row.isRead, row.isSeen, row.hasOwnText, row.wantsReceipt] { flag(value) }
        count(row.actors.count)
        for actor in row.actors {
            text(actor.id)
            optionalText(actor.name)
        }
        integer(Int64(row.actorCount))
        for value in [row.targetType, row.targetID, row.url, row.groupKey] { optionalText(value) }
        text(row.priority.rawValue)
        text(row.metadata)
        for value in [row.createdAt, row.updatedAt, row.lastEventAt] { time(value) }
        for value in [row.readAt, row.archivedAt, row.snoozedUntil, row.expiresAt, row.deliveredAt] {
            optionalTime(value)
        }
        for value in [row.seq, row.unreadSeq, row.unseenSeq, Int64(row.eventCount)] { integer(value) }
    }
}

private enum ContentTag: UInt8 {
    case created, aggregated, updated, marked, receipt, passed, typing, revised
}

// MARK: - Reading

private struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func byte() throws(BusMessage.Refusal) -> UInt8 {
        guard position < bytes.endIndex else { throw .malformed }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func word() throws(BusMessage.Refusal) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 8) { value |= UInt64(try byte()) << shift }
        return value
    }

    mutating func unsigned() throws(BusMessage.Refusal) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte()
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed
    }

    /// Of things that take a byte at least.
    mutating func count() throws(BusMessage.Refusal) -> Int {
        guard let count = Int(exactly: try unsigned()), count <= bytes.endIndex - position else { throw .malformed }
        return count
    }

    mutating func integer() throws(BusMessage.Refusal) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func flag() throws(BusMessage.Refusal) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw .malformed
        }
    }

    mutating func run() throws(BusMessage.Refusal) -> ArraySlice<UInt8> {
        let count = try count()
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func text() throws(BusMessage.Refusal) -> String {
        guard let text = String(validating: try run(), as: UTF8.self) else { throw .malformed }
        return text
    }

    mutating func optionalText() throws(BusMessage.Refusal) -> String? { try flag() ? try text() : nil }

    mutating func value<Value: RawRepresentable<String>>() throws(BusMessage.Refusal) -> Value {
        guard let value = Value(rawValue: try text()) else { throw .malformed }
        return value
    }

    mutating func time() throws(BusMessage.Refusal) -> Timestamp { Timestamp(milliseconds: try integer()) }

    mutating func optionalTime() throws(BusMessage.Refusal) -> Timestamp? { try flag() ? try time() : nil }

    mutating func id() throws(BusMessage.Refusal) -> NotificationID {
        NotificationID(high: try word(), low: try word())
    }

    mutating func user() throws(BusMessage.Refusal) -> UserID {
        guard let user = UserID(try text()) else { throw .malformed }
        return user
    }

    mutating func publication() throws(BusMessage.Refusal) -> Publication {
        Publication(user: try user(), from: try integer(), inbox: try inbox(), content: try content())
    }

    private mutating func inbox() throws(BusMessage.Refusal) -> Inbox {
        Inbox(
            seq: try integer(), unreadCount: Int(try integer()), unseenCount: Int(try integer()),
            readMark: try integer(), readMarkSeq: try integer(), seenMark: try integer(), seenMarkSeq: try integer(),
            floor: try integer())
    }

    private mutating func content() throws(BusMessage.Refusal) -> Publication.Content {
        guard let tag = ContentTag(rawValue: try byte()) else { throw .malformed }
        switch tag {
        case .created: return .created(try notification())
        case .aggregated: return .aggregated(try notification())
        case .updated:
            let operation: RowOperation = try value()
            var rows: [Notification] = []
            for _ in 0..<(try count()) { rows.append(try notification()) }
            return .updated(operation, rows)
        case .marked: return .marked(try value(), upTo: try integer(), count: Int(try integer()))
        case .receipt:
            return .receipt(
                Publication.Receipt(
                    notification: try id(), reader: try user(), status: try value(), at: try time()))
        case .passed:
            return .passed(PassedMessage(user: try user(), type: try optionalText(), text: Array(try run())))
        case .typing: return .typing(TopicName(trusted: try text()), try user(), isTyping: try flag())
        case .revised: return .revised
        }
    }

    private mutating func notification() throws(BusMessage.Refusal) -> Notification {
        let (id, user) = (try id(), try user())
        let (type, title, message) = (try text(), try text(), try text())
        guard let standing = Standing(rawValue: Int(try integer())) else { throw .malformed }
        let (isRead, isSeen, hasOwnText, wantsReceipt) = (try flag(), try flag(), try flag(), try flag())
        var actors: [Actor] = []
        for _ in 0..<(try count()) { actors.append(Actor(id: try text(), name: try optionalText())) }
        let actorCount = Int(try integer())
        let (targetType, targetID, url) = (try optionalText(), try optionalText(), try optionalText())
        let groupKey = try optionalText()
        let (priority, metadata): (Priority, String) = (try value(), try text())
        let (createdAt, updatedAt, lastEventAt) = (try time(), try time(), try time())
        let (readAt, archivedAt, snoozedUntil) = (try optionalTime(), try optionalTime(), try optionalTime())
        let (expiresAt, deliveredAt) = (try optionalTime(), try optionalTime())
        return Notification(
            id: id, userID: user, type: type, title: title, message: message, standing: standing, isRead: isRead,
            isSeen: isSeen, actors: actors, actorCount: actorCount, targetType: targetType, targetID: targetID,
            url: url, priority: priority, metadata: metadata, createdAt: createdAt, updatedAt: updatedAt,
            lastEventAt: lastEventAt, readAt: readAt, archivedAt: archivedAt, snoozedUntil: snoozedUntil,
            expiresAt: expiresAt, deliveredAt: deliveredAt, seq: try integer(), unreadSeq: try integer(),
            unseenSeq: try integer(), groupKey: groupKey, eventCount: Int(try integer()), hasOwnText: hasOwnText,
            wantsReceipt: wantsReceipt)
    }
}
