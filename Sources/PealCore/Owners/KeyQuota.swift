/// How many notifications one API key may ask for, counted by recipient.
public struct KeyQuota: Sendable, Equatable {
    /// In the long run; nil for no such limit.
    public var perSecond: Int?
    /// At once, after a rest; nil for as many as in one second.
    public var burst: Int?
    /// Between two midnights, UTC; nil for no such limit.
    public var perDay: Int?

    /// A quota without any limit that is not named.
    public init(perSecond: Int? = nil, burst: Int? = nil, perDay: Int? = nil) {
        self.perSecond = perSecond
        self.burst = burst
        self.perDay = perDay
    }

    /// Whether it limits nothing.
    public var isEmpty: Bool { perSecond == nil && perDay == nil }
}
