public import PealCore

/// How events become notifications.
public struct PipelineSettings: Sendable, Equatable {
    /// `grouping.types`: what groups without being asked to.
    public var groupedTypes: Set<String>
    /// `grouping.window`, `grouping.max-age`.
    public var grouping: GroupingPolicy

    /// `receipts.types`: whose actors are told when they were delivered and read.
    public var receiptTypes: Set<String>

    public static let defaultGroupedTypes: Set<String> = ["like", "comment", "reply", "follow", "mention"]

    public init(
        groupedTypes: Set<String> = Self.defaultGroupedTypes, grouping: GroupingPolicy = GroupingPolicy(),
        receiptTypes: Set<String> = []
    ) {
        self.groupedTypes = groupedTypes
        self.grouping = grouping
        self.receiptTypes = receiptTypes
    }
}
