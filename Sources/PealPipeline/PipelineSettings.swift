public import PealCore

/// How events become notifications.
public struct PipelineSettings: Sendable, Equatable {
    /// `grouping.types`: what groups without being asked to.
    public var groupedTypes: Set<String>
    /// `grouping.window`, `grouping.max-age`.
    public var grouping: GroupingPolicy

    public static let defaultGroupedTypes: Set<String> = ["like", "comment", "reply", "follow", "mention"]

    public init(
        groupedTypes: Set<String> = Self.defaultGroupedTypes, grouping: GroupingPolicy = GroupingPolicy()
    ) {
        self.groupedTypes = groupedTypes
        self.grouping = grouping
    }
}
