import HTTPTypes
import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// Topics and their members: a topic is there as long as it has one.
struct TopicRoutes: Sendable {
    let authentication: Authentication
    let store: any Store

    private static let limitRange = 1...200
    /// So much fits 1,000 of the longest ids.
    private static let bodyLimit = 256 << 10
    private static let emptyStep = 1000

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/topics") { request, _ in try await list(request) }
        routes.on(.get, "/v1/topics/{topic}") { request, context in try await show(request, context) }
        routes.on(.delete, "/v1/topics/{topic}") { request, context in try await empty(request, context) }
        routes.on(.get, "/v1/topics/{topic}/members") { request, context in try await members(request, context) }
        routes.on(.post, "/v1/topics/{topic}/members") { request, context in
            try await change(request, context) { .add($0, $1) }
        }
        routes.on(.post, "/v1/topics/{topic}/members/remove") { request, context in
            try await change(request, context) { .remove($0, $1) }
        }
        routes.on(.put, "/v1/topics/{topic}/members/{user}") { request, context in
            try await changeOne(request, context) { .add($0, $1) }
        }
        routes.on(.delete, "/v1/topics/{topic}/members/{user}") { request, context in
            try await changeOne(request, context) { .remove($0, $1) }
        }
        routes.on(.get, "/v1/users/{id}/topics") { request, context in try await topics(request, context) }
    }

    // MARK: Members

    private func change(
        _ request: Request, _ context: APIContext, _ command: (TopicName, [UserID]) -> TopicCommand
    ) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify)
        let topic = try context.topic()
        let json = try await request.json(upTo: Self.bodyLimit)
        let asked: MembersRequest
        do throws(ValidationFailure) {
            asked = try MembersRequest(json)
        } catch {
            throw Problem(error)
        }
        let changed = try await carryOut(command(topic, asked.users))
        return try await answer(topic) { writer in
            writer.name("changed")
            writer.value(Int64(changed))
        }
    }

    private func changeOne(
        _ request: Request, _ context: APIContext, _ command: (TopicName, [UserID]) -> TopicCommand
    ) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify)
        let topic = try context.topic()
        guard let user = context.parameter("user").flatMap(UserID.init) else {
            throw Problem.invalidParameter("user", "must be 1 to 128 bytes without control characters")
        }
        _ = try await carryOut(command(topic, [user]))
        return Response(status: .noContent)
    }

    private func empty(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify)
        let topic = try context.topic()
        // In steps, so that a large one holds nobody up. One that is broken off may be repeated.
        while try await carryOut(.empty(topic, limit: Self.emptyStep)) == Self.emptyStep {}
        return Response(status: .noContent)
    }

    private func carryOut(_ command: TopicCommand) async throws(Problem) -> Int {
        switch await store.write([.topic(command)]).first {
        case .success(.topic(let changed)): return changed
        case .failure(let error): throw Problem(error)
        default: throw Problem.internalFault
        }
    }

    private func members(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        let topic = try context.topic()
        let limit = try request.number("limit", in: Self.limitRange) ?? 100
        let after = try request.name("cursor").map(UserID.init(trusted:))
        let found: [TopicMember]
        do throws(StoreError) {
            found = try await store.members(of: topic, after: after, limit: limit + 1)
        } catch {
            throw Problem(error)
        }
        let page = found.prefix(limit)
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + page.count * 96) { writer in
            writer.name("members")
            writer.beginArray()
            for member in page {
                writer.beginObject()
                writer.name("user_id")
                writer.value(member.user.rawValue)
                writer.name("added_at")
                writer.value(member.addedAt)
                writer.endObject()
            }
            writer.endArray()
            writer.next(found.count > limit ? page.last?.user.rawValue : nil)
        }
    }

    // MARK: Topics

    private func list(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        let limit = try request.number("limit", in: Self.limitRange) ?? 50
        let after = try request.name("cursor").map(TopicName.init(trusted:))
        let found: [Topic]
        do throws(StoreError) {
            found = try await store.topics(after: after, limit: limit + 1)
        } catch {
            throw Problem(error)
        }
        let page = found.prefix(limit)
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + page.count * 64) { writer in
            writer.name("topics")
            writer.beginArray()
            for topic in page {
                writer.beginObject()
                writer.members(of: topic)
                writer.endObject()
            }
            writer.endArray()
            writer.next(found.count > limit ? page.last?.name.rawValue : nil)
        }
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        let topic = try context.topic()
        return try await answer(topic) { _ in }
    }

    private func answer(_ name: TopicName, _ write: (inout JSONWriter) -> Void) async throws(Problem) -> Response {
        let topic: Topic
        do throws(StoreError) {
            topic = try await store.topic(name)
        } catch {
            throw Problem(error)
        }
        return .json(headers: [.cacheControl: "no-store"]) { writer in
            writer.members(of: topic)
            write(&writer)
        }
    }

    private func topics(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .notify, .read)
        let user = try context.user()
        let limit = try request.number("limit", in: Self.limitRange) ?? 100
        let after = try request.name("cursor").map(TopicName.init(trusted:))
        let found: [TopicName]
        do throws(StoreError) {
            found = try await store.topics(of: user, after: after, limit: limit + 1)
        } catch {
            throw Problem(error)
        }
        let page = found.prefix(limit)
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + page.count * 48) { writer in
            writer.name("topics")
            writer.beginArray()
            for topic in page { writer.value(topic.rawValue) }
            writer.endArray()
            writer.next(found.count > limit ? page.last?.rawValue : nil)
        }
    }
}

extension APIContext {
    /// The topic of the path, whose members can be changed.
    fileprivate func topic() throws(Problem) -> TopicName {
        guard let topic = parameter("topic").flatMap({ TopicName($0) }), !topic.isReserved else {
            throw Problem.invalidParameter(
                "topic", "must be 1 to 128 bytes without control characters, and not begin with $")
        }
        return topic
    }
}

extension Request {
    /// What ``JSONWriter/next(_:)`` wrote: the last name of the page before.
    fileprivate func name(_ parameter: String) throws(Problem) -> String? {
        guard let text = query(parameter), !text.isEmpty else { return nil }
        guard UserID(text) != nil else {
            throw Problem.invalidParameter(parameter, "is not a next_cursor of an earlier answer")
        }
        return text
    }
}

extension JSONWriter {
    fileprivate mutating func members(of topic: Topic) {
        name("topic")
        value(topic.name.rawValue)
        name("member_count")
        value(Int64(topic.memberCount))
    }

    fileprivate mutating func next(_ last: String?) {
        name("next_cursor")
        optional(last)
    }
}
