import Foundation

/// Names of time zones, as the IANA database has them.
public enum TimeZoneName {
    /// What to answer where there is no such zone.
    public static let advice = "must be the name of a time zone such as America/Sao_Paulo (IANA)"

    /// Whether there is a zone of exactly this name. Offsets such as `GMT+3` and abbreviations such as `PST` are none, though
    /// Foundation takes them: they know nothing of summer time.
    public static func exists(_ name: String) -> Bool {
        if name == "UTC" { return true }
        return TimeZone(identifier: name)?.identifier == name && !name.hasPrefix("GMT")
            && TimeZone.abbreviationDictionary[name] == nil
    }
}
