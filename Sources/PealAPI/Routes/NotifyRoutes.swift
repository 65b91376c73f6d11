import HTTPTypes
import Hummingbird
import PealAuth
import PealCore
import PealPipeline

/// What producers send: one event, or many.
struct NotifyRoutes: Sendable {
    let authentication: Authentication
    let pipeline: Pipeline
    let quotas: Quotas
    let settings: APISettings

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/notifications") { request, _ in try await one(request) }
        routes.on(.post, "/v1/notifications/batch") { request, _ in try await batch(request) }
    }

    private func one(_ request: Request) async throws -> Response {
        let key = try await authentication.key(of: request, scope: .notify)
        let name = try Self.checked(request.headers[.idempotencyKey], "Idempotency-Key")
        let json = try await request.json(upTo: settings.bodyLimit)
        let event = try event(json)
        let idempotency = name.map { key.idempotencyKey($0, for: json) }
        try quotas.take(event.cost, from: key)
        let answer: AcceptedAnswer
        do throws(Problem) {
            switch await pipeline.accept([(event, idempotency)]).first {
            case .success(let accepted): answer = accepted
            case .failure(let error): throw Problem(error)
            case nil: throw Problem.internalFault
            }
        } catch {
            quotas.giveBack(event.cost, to: key)
            throw error
        }
        if answer.isReplay { quotas.giveBack(event.cost, to: key) }
        var headers = quotas.headers(for: key)
        if answer.isReplay { headers[.idempotentReplayed] = "true" }
        if let (topic, id) = answer.fanOut {
            headers[.location] = "/v1/fanouts/\(id)"
            return .json(.accepted, headers: headers) { $0.accepted(topic, id) }
        }
        return .json(.created, headers: headers, reserving: 32 + answer.outcomes.count * 160) {
            $0.outcomes(answer.outcomes)
        }
    }

    private func batch(_ request: Request) async throws -> Response {
        let key = try await authentication.key(of: request, scope: .notify)
        let name = try Self.checked(request.headers[.idempotencyKey], "Idempotency-Key")
        let isLines = request.headers[.contentType].map(BatchBody.namesLines) ?? false
        let body = try await request.bytes(upTo: settings.batchBodyLimit)
        let items = try BatchBody.items(body, isLines: isLines, limit: settings.batchLimit)
        var charge = BatchCharge(quotas, key: key)
        let checked = items.enumerated().map { index, item -> Result<(EventRequest, IdempotencyKey?), Problem> in
            do throws(Problem) {
                let checked = try batchItem(try item.get(), key: key, name: name.map { "\($0)/\(index)" })
                try charge.take(checked.0.cost)
                return .success(checked)
            } catch {
                return .failure(error)
            }
        }
        var answers = await pipeline.accept(checked.compactMap { try? $0.get() })[...]
        let results = checked.map { item -> Result<AcceptedAnswer, Problem> in
            switch item {
            case .failure(let problem): .failure(problem)
            case .success(let (event, _)):
                charge.settled(answers.popFirst()?.mapError(Problem.init) ?? .failure(.internalFault), cost: event.cost)
            }
        }
        // A caller that looks at the status alone must not take a full disk for success.
        let isDown = !results.isEmpty && results.allSatisfy { $0.problem?.status == .serviceUnavailable }
        if isDown { throw Problem.unavailable }
        if let refusal = charge.refusal, !checked.contains(where: \.isSuccess) { throw refusal }
        return .json(headers: quotas.headers(for: key), reserving: 64 + results.count * 200) { writer in
            writer.name("results")
            writer.beginArray()
            for result in results { writer.value(result) }
            writer.endArray()
        }
    }

    /// - Parameter name: of the item by its place in a batch that has a key, so that a batch which is sent again doubles
    ///   nothing; one that the item brings itself goes before.
    private func batchItem(
        _ json: JSON, key: APIKeyRecord, name: String?
    ) throws(Problem) -> (EventRequest, IdempotencyKey?) {
        let field = "idempotency_key"
        var name = name
        if let value = json[field], !value.isNull {
            guard let text = value.string else { throw Problem.invalidParameter(field, "must be a string") }
            name = try Self.checked(text, field)
        }
        let event = try event(json, extraFields: [field])
        return (event, name.map { key.idempotencyKey($0, for: json) })
    }

    private func event(_ json: JSON, extraFields: Set<String> = []) throws(Problem) -> EventRequest {
        do throws(ValidationFailure) {
            return try pipeline.request(json, extraFields: extraFields)
        } catch {
            throw Problem(error)
        }
    }

    private static func checked(_ key: String?, _ name: String) throws(Problem) -> String? {
        guard let key else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem.invalidParameter(name, "must be 1 to 255 printable ASCII characters")
        }
        return key
    }
}

extension APIKeyRecord {
    /// Two keys of ours may use the same idempotency key for different things.
    fileprivate func idempotencyKey(_ key: String, for json: JSON) -> IdempotencyKey {
        IdempotencyKey(
            source: "http", caller: id, key: key, fingerprint: json.fingerprint(ignoring: "idempotency_key"))
    }
}

extension AcceptedAnswer {
    /// What notifies the members of a topic; nil where recipients were named, or the event waits for its time.
    fileprivate var fanOut: (topic: TopicName, id: NotificationID)? {
        guard let first = outcomes.first, let topic = first.topic, let id = first.fanOutID else { return nil }
        return (topic, id)
    }
}

extension Result where Failure == Problem {
    fileprivate var isSuccess: Bool { problem == nil }

    fileprivate var problem: Problem? {
        if case .failure(let problem) = self { problem } else { nil }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ result: Result<AcceptedAnswer, Problem>) {
        beginObject()
        name("status")
        switch result {
        case .success(let answer):
            if let (topic, id) = answer.fanOut {
                value(202)
                accepted(topic, id)
            } else {
                value(201)
                outcomes(answer.outcomes)
            }
            name("replayed")
            value(answer.isReplay)
        case .failure(let problem):
            value(problem.status.code)
            name("problem")
            problem.write(to: &self)
        }
        endObject()
    }
}
