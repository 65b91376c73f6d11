import NIOCore
import PealAuth
import PealCore

extension Session {
    /// A message came from the client, of whatever kind: a command, a ping, a pong.
    mutating func heard(at now: Tick) {
        lastHeard = now
        spend(messages: 1, at: now)
    }

    /// So many bytes were read from the socket.
    mutating func heard(bytes: Int, at now: Tick) {
        if budget.spend(bytes: bytes, rules, at: now) { flags.insert(.exceededBytes) }
    }

    private mutating func spend(messages count: Int, at now: Tick) {
        if budget.spend(messages: count, rules, at: now) { flags.insert(.exceededMessages) }
    }

    /// A text message, when ``canReceive``.
    mutating func receive(_ message: [UInt8], at now: Tick, time: Timestamp) -> SessionAction {
        guard phase != .closing else { return .none }
        do throws(CommandError) {
            let request = try ClientRequest(parsing: message)
            badCommands = 0
            return carryOut(request, at: now, time: time)
        } catch {
            enqueue(AnswerFrames.error(error, requestID: error.requestID, on: wire))
            badCommands += 1
            guard Int(badCommands) >= rules.badCommandLimit else { return .none }
            return .close(.violation, reason: "too many messages that are not commands")
        }
    }

    private mutating func carryOut(_ request: ClientRequest, at now: Tick, time: Timestamp) -> SessionAction {
        let extra = request.command.extraCost
        if extra > 0 { spend(messages: extra, at: now) }
        switch request.command {
        case .textPing:
            enqueue(AnswerFrames.textPong)
            return .none
        case .ping:
            enqueue(AnswerFrames.pong(at: time, requestID: request.id, on: wire))
            return .none
        case .unreadCount:
            flags.insert(.isBusy)
            return .read(.counts(requestID: request.id))
        case .list(let cursor, let limit, let status, let type):
            flags.insert(.isBusy)
            let query = PageQuery(user: user, limit: limit, after: cursor, status: status, type: type)
            return .read(.list(query, requestID: request.id))
        case .inbox(.snooze(_, let until)) where !Snooze.isAllowed(until, at: time):
            enqueue(
                AnswerFrames.error(
                    CommandError("invalid_field", "until \(Snooze.rule)"), requestID: request.id, on: wire))
            return .none
        case .inbox(let kind):
            unanswered += 1
            lastCommand = now
            return .submit(kind, requestID: request.id)
        case .typing(let topic, let isTyping):
            return .typing(topic, isTyping: isTyping, requestID: request.id)
        case .refresh(let token):
            flags.insert(.isBusy)
            return .verify(token: token, requestID: request.id)
        }
    }

    /// A command was not carried out whose success has no answer.
    mutating func refused(_ error: CommandError, requestID: String) {
        enqueue(AnswerFrames.error(error, requestID: requestID, on: wire))
    }

    /// The answer to `verify`.
    mutating func refreshed(
        _ result: Result<Claims, AuthError>, requestID: String, at now: Tick, time: Timestamp
    ) {
        flags.remove(.isBusy)
        switch result {
        case .success(let claims) where claims.user == user:
            setExpiry(claims.expiresAt, at: now, time: time)
            grant = Grant(claims)
            enqueue(
                AnswerFrames.token("token_refreshed", expiresAt: claims.expiresAt, requestID: requestID, on: wire),
                isPlain: true)
        case .success:
            let error = CommandError("wrong_user", "the token is another user's")
            enqueue(AnswerFrames.error(error, requestID: requestID, on: wire))
        case .failure(let error):
            enqueue(AnswerFrames.error(CommandError(error), requestID: requestID, on: wire))
        }
    }
}
