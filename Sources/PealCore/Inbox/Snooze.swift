/// How long a row may be put off.
public enum Snooze {
    /// A leap year.
    public static let limit: Duration = .seconds(366 * 86_400)

    /// Reads after the name of a field.
    public static let rule = "must be in the future, at most a year ahead"

    /// Whether a row may be put off until then.
    public static func isAllowed(_ until: Timestamp, at now: Timestamp) -> Bool {
        until > now && until - now <= limit
    }
}
