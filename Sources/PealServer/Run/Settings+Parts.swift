public import PealAuth
import PealCore
import PealGateway
import PealPipeline

// What each part needs of the settings.
extension Settings {
    /// How tokens are judged.
    public var jwt: JWTSettings {
        JWTSettings(
            userClaim: self.auth.jwt.userClaim, requiresExpiry: self.auth.jwt.requireExpiry,
            leeway: self.auth.jwt.leeway, audience: self.auth.jwt.audience, issuer: self.auth.jwt.issuer)
    }

    var pipeline: PipelineSettings {
        PipelineSettings(
            groupedTypes: Set(self.grouping.types),
            grouping: GroupingPolicy(
                window: self.grouping.window, maximumAge: self.grouping.maximumAge,
                maximumEvents: self.grouping.maximumEvents == 0 ? .max : self.grouping.maximumEvents),
            receiptTypes: Set(self.receipts.types))
    }

    var preferencePolicy: PreferencePolicy {
        var policy = PreferencePolicy(defaults: self.preferences.defaults)
        for mandatory in self.preferences.mandatory {
            policy.require(mandatory.type, on: mandatory.channel.map { [$0] } ?? Set(DeliveryChannel.allCases))
        }
        return policy
    }

    var retentionPolicy: RetentionPolicy {
        RetentionPolicy(
            maximumAge: self.retention.maximumAge == .zero ? nil : self.retention.maximumAge,
            maximumRows: self.retention.maximumRows == 0 ? nil : self.retention.maximumRows,
            tombstoneAge: self.retention.tombstoneAge)
    }

    var gatewaySettings: GatewaySettings {
        var gateway = GatewaySettings()
        gateway.transport = self.gateway.transport
        gateway.pingInterval = self.session.pingInterval
        gateway.pongTimeout = self.session.pongTimeout
        gateway.writeTimeout = self.session.writeTimeout
        gateway.maxMessageBytes = self.session.maximumMessageBytes
        gateway.compression = self.session.compression
        gateway.queueBytes = self.session.queueBytes
        gateway.maxPerUser = self.session.maximumPerUser
        gateway.maxSessions = self.session.maximum == 0 ? nil : self.session.maximum
        gateway.dialect = self.session.dialect
        gateway.authRefusal = self.auth.refusal
        gateway.origins = self.http.origins
        gateway.requiresLoopbackHost = self.dev
        gateway.cookie = self.auth.cookie
        gateway.sseHeartbeat = self.session.sseHeartbeat
        gateway.sseRetry = self.session.sseRetry
        gateway.longPollWait = self.session.longPollWait
        gateway.longPollWaitLimit = self.session.longPollMaximumWait
        gateway.expiryWarning = self.session.expiryWarning
        // As long as the token would open a new session there is no point in closing this one.
        gateway.expiryGrace = max(self.session.expiryGrace, self.auth.jwt.leeway)
        gateway.drainDelay = self.drain.delay
        gateway.drainDuration = self.drain.duration
        gateway.reconnectDelay = self.drain.reconnectDelay
        gateway.reconnectSpread = self.drain.reconnectSpread
        gateway.messageRate = self.session.rate
        gateway.messageBurst = self.session.burst
        gateway.byteRate = self.session.byteRate
        gateway.floodPatience = self.session.floodPatience
        gateway.maxPerAddress = self.session.maximumPerAddress == 0 ? nil : self.session.maximumPerAddress
        gateway.acceptRate = self.session.acceptRate == 0 ? nil : self.session.acceptRate
        gateway.maxConnections = self.http.maximumConnections == 0 ? nil : self.http.maximumConnections
        gateway.trustedProxies = self.http.trustedProxies
        gateway.headTimeout = self.http.headTimeout
        gateway.bodyTimeout = self.http.bodyTimeout
        gateway.idleTimeout = self.http.idleTimeout
        gateway.requestPatience = self.http.requestPatience
        return gateway
    }
}
