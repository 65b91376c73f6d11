import PealAuth
import PealCore
import PealGateway
import PealPipeline

// What each part needs of the settings.
extension Settings {
    var jwt: JWTSettings {
        JWTSettings(
            userClaim: self.auth.jwt.userClaim, requiresExpiry: self.auth.jwt.requireExpiry,
            leeway: self.auth.jwt.leeway)
    }

    var pipeline: PipelineSettings {
        PipelineSettings(
            groupedTypes: Set(self.grouping.types),
            grouping: GroupingPolicy(window: self.grouping.window, maximumAge: self.grouping.maximumAge))
    }

    var gateway: GatewaySettings {
        var gateway = GatewaySettings()
        gateway.pingInterval = self.session.pingInterval
        gateway.pongTimeout = self.session.pongTimeout
        gateway.writeTimeout = self.session.writeTimeout
        gateway.maxMessageBytes = self.session.maximumMessageBytes
        gateway.queueBytes = self.session.queueBytes
        gateway.maxPerUser = self.session.maximumPerUser
        gateway.maxSessions = self.session.maximum == 0 ? nil : self.session.maximum
        gateway.origins = self.http.origins
        gateway.drainDelay = self.drain.delay
        gateway.drainDuration = self.drain.duration
        return gateway
    }
}
