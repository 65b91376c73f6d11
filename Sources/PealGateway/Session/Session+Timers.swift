import NIOCore
import PealCore

extension Session {
    /// - Parameter time: what the clock on the wall shows at this tick.
    mutating func setExpiry(_ expiresAt: Timestamp?, at now: Tick, time: Timestamp) {
        self.expiresAt = expiresAt
        flags.remove(.wasWarned)
        expiry = expiresAt.map { now.later(by: rules.ticks($0 - time)) } ?? .max
    }

    /// When ``advance(to:)`` is due next.
    var deadline: Tick {
        var deadline = pingDue
        if wire == .webSocket { deadline = min(deadline, lastHeard.later(by: rules.pong)) }
        if budget.isEmpty { deadline = budget.nextFill }
        if phase == .behind { deadline = min(deadline, lastSync.later(by: rules.syncSpacing)) }
        if expiry != .max {
            let warning = expiry - min(expiry, rules.expiryWarning)
            deadline = min(deadline, flags.contains(.wasWarned) ? expiry.later(by: rules.expiryGrace) : warning)
        }
        return deadline
    }

    /// Time has passed. Asked again until it returns `none`; the transport then sends what is queued.
    mutating func advance(to now: Tick) -> SessionAction {
        guard phase != .closing else { return .none }
        // Before the buckets fill: who has emptied one of them again since the last tick goes on.
        if budget.isEmpty, budget.exceededSince > 0, now - budget.exceededSince >= rules.floodPatience {
            return .close(.rateLimited, reason: "too many messages")
        }
        budget.fill(rules, at: now)
        if unanswered > 0, now - lastCommand >= rules.commandPatience { unanswered = 0 }
        if expiry != .max {
            if now >= expiry.later(by: rules.expiryGrace) {
                return .close(.tokenExpired, reason: "the token has expired")
            }
            if !flags.contains(.wasWarned), now >= expiry - min(expiry, rules.expiryWarning) {
                flags.insert(.wasWarned)
                enqueue(
                    AnswerFrames.token("token_expiring", expiresAt: expiresAt, requestID: "", on: wire), isPlain: true)
            }
        }
        if wire == .webSocket {
            // Who is not read cannot be heard (RULES 10).
            if !canReceive { lastHeard = now }
            if now - lastHeard >= rules.pong { return .close(.noPong, reason: "no pong") }
        }
        if now >= pingDue {
            pingDue = now + (wire == .webSocket ? rules.ping : rules.heartbeat)
            return .ping
        }
        return .none
    }
}

extension Tick {
    /// Saturates: far deadlines are as good as none.
    func later(by ticks: Tick) -> Tick {
        let (sum, isOver) = addingReportingOverflow(ticks)
        return isOver ? .max - 1 : sum
    }
}
