import Foundation
public import PealCore

/// The clocks of a zone of the IANA database.
public struct IANAZone: LocalClock {
    private let zone: TimeZone

    /// Nil where there is no zone of that name.
    public init?(_ name: String) {
        guard TimeZoneName.exists(name), let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    public func offset(at time: Timestamp) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }

    /// The clocks of the first of these names that is a zone; UTC where none is.
    public static func clock(_ names: String?...) -> any LocalClock {
        names.lazy.compactMap(\.self).compactMap(IANAZone.init).first ?? FixedClock()
    }
}
