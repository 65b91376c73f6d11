import HTTPTypes
import Hummingbird
import PealAuth
import PealCore

/// The API keys of the store: list, make, change, revoke. For keys with scope `admin` alone, because whoever makes keys can give
/// themselves every right.
struct KeyRoutes: Sendable {
    let authentication: Authentication
    let store: any Store
    let keyring: APIKeyring
    let clock: @Sendable () -> Timestamp

    private static let bodyLimit = 16_384

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/keys") { request, _ in try await list(request) }
        routes.on(.post, "/v1/keys") { request, _ in try await create(request) }
        routes.on(.patch, "/v1/keys/{id}") { request, context in
            let id = try await subject(request, context)
            let change = try KeyRequest(try await request.json(upTo: Self.bodyLimit), fields: ["label", "quota"])
            return try await carryOut(.change(id: id, KeyChange(label: change.label, quota: change.quota)))
        }
        routes.on(.delete, "/v1/keys/{id}") { request, context in
            let id = try await subject(request, context)
            return try await carryOut(.revoke(id: id, isForced: try request.flag("force")))
        }
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .admin)
        let stored: [APIKeyRecord]
        do throws(StoreError) {
            stored = try await store.keys()
        } catch {
            throw Problem(error)
        }
        return .json(headers: [.cacheControl: "no-store"], reserving: 64 + stored.count * 256) { writer in
            writer.name("keys")
            writer.beginArray()
            for key in keyring.configuredKeys + stored {
                writer.beginObject()
                writer.members(of: key, in: keyring)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private func create(_ request: Request) async throws -> Response {
        _ = try await authentication.key(of: request, scope: .admin)
        let asked = try KeyRequest.new(try await request.json(upTo: Self.bodyLimit))
        var (plain, record) = APIKey.generate(label: asked.label, scopes: asked.scopes, now: clock())
        record.quota = asked.quota
        if case .failure(let error) = await store.write([.addKey(record)]).first { throw Problem(error) }
        try await reload()
        return .json(.created, headers: [.cacheControl: "no-store"]) { [plain, record] writer in
            writer.name("key")
            writer.value(plain)
            writer.members(of: record, in: keyring)
        }
    }

    /// The key that the path names, which must be one of the store.
    private func subject(_ request: Request, _ context: APIContext) async throws -> String {
        _ = try await authentication.key(of: request, scope: .admin)
        guard let id = context.parameter("id") else { throw Problem.unknownKey }
        guard !keyring.isConfigured(id) else {
            throw Problem(
                .conflict, "key_configured",
                "this key stands in the configuration; take it out of auth.api-keys and restart")
        }
        return id
    }

    private func carryOut(_ command: KeyCommand) async throws -> Response {
        let key: APIKeyRecord
        switch await store.write([.key(command)]).first {
        case .success(.key(let changed?)): key = changed
        case .failure(let error): throw Problem(key: error, command)
        default: throw Problem.internalFault
        }
        try await reload()
        return .json(headers: [.cacheControl: "no-store"]) { $0.members(of: key, in: keyring) }
    }

    /// From here on this node goes by what is in the store.
    private func reload() async throws(Problem) {
        do throws(StoreError) {
            try await keyring.load(from: store)
        } catch {
            throw Problem(error)
        }
    }
}

extension Request {
    /// `?name=true` or `?name=false`; false where it is absent.
    func flag(_ name: String) throws(Problem) -> Bool {
        switch query(name) {
        case nil, "", "false": false
        case "true": true
        default: throw Problem.invalidParameter(name, "must be true or false")
        }
    }
}

extension Problem {
    fileprivate static var unknownKey: Problem { Problem(.notFound, "not_found", "there is no such key") }

    fileprivate init(key error: StoreError, _ command: KeyCommand) {
        switch (error.code, command) {
        case (.notFound, _): self = .unknownKey
        case (.conflict, .revoke):
            self.init(
                .conflict, "last_admin_key",
                "this is the last key of the store with scope admin; ?force=true revokes it all the same")
        case (.conflict, _): self.init(.conflict, "key_revoked", "the key has been revoked; make a new one")
        default: self.init(error)
        }
    }
}

extension JSONWriter {
    /// What is known of a key, without the key.
    fileprivate mutating func members(of key: APIKeyRecord, in keyring: APIKeyring) {
        let isConfigured = keyring.isConfigured(key.id)
        name("id")
        value(key.id)
        name("label")
        value(key.label)
        name("source")
        value(isConfigured ? "configuration" : "store" as StaticString)
        name("scopes")
        beginArray()
        for scope in key.scopes.sorted() { value(scope) }
        endArray()
        name("quota")
        if let quota = key.quota { value(quota) } else { null() }
        name("created_at")
        if isConfigured { null() } else { value(key.createdAt) }
        name("last_used_at")
        optional(keyring.lastUse(of: key))
        name("revoked_at")
        optional(key.revokedAt)
    }

    private mutating func value(_ quota: KeyQuota) {
        beginObject()
        name("per_second")
        optional(quota.perSecond)
        name("burst")
        optional(quota.burst)
        name("per_day")
        optional(quota.perDay)
        endObject()
    }

    private mutating func optional(_ number: Int?) {
        if let number { value(number) } else { null() }
    }
}
