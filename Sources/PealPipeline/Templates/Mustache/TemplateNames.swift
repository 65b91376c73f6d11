/// What a template can show: `{{actors}}`.
enum TemplateVariable: Sendable, Hashable {
    case actors, first, second, others, count, excerpt, yourTarget, onYourTarget, targetType, targetID
    /// Names of members, from the outside inwards: `{{metadata.customer.name}}`.
    case metadata([String])
}

/// What a section asks: `{{#is_group}}…{{/is_group}}`, and the opposite with `^`.
enum TemplateCondition: Sendable, Hashable {
    case hasActor, isGroup, hasSecond, hasOthers, hasExcerpt, hasTarget
    case secondBeginsWithI
    case others(PluralCategory)
    case count(PluralCategory)
    /// A variable as a section: whether there is anything to show.
    case present(TemplateVariable)
}

/// The names that a kind of template knows.
struct TemplateNames: Sendable {
    let variables: [String: TemplateVariable]
    let conditions: [String: TemplateCondition]
    /// Whether `metadata.NAME` is a variable too.
    let hasMetadata: Bool

    /// Titles and messages.
    static let text = Self(
        variables: people.merging(
            [
                "actors": .actors, "excerpt": .excerpt, "your_target": .yourTarget, "on_your_target": .onYourTarget,
                "target_type": .targetType, "target_id": .targetID,
            ], uniquingKeysWith: { $1 }),
        conditions: numbers.merging(
            ["has_actor": .hasActor, "is_group": .isGroup, "has_excerpt": .hasExcerpt, "has_target": .hasTarget],
            uniquingKeysWith: { $1 }),
        hasMetadata: true)

    /// The joined names, which stand in other texts as `{{actors}}`.
    static let actors = Self(variables: people, conditions: numbers, hasMetadata: false)

    /// What stands in other texts as `{{your_target}}` and `{{on_your_target}}`.
    static let target = Self(
        variables: ["target_type": .targetType, "target_id": .targetID], conditions: [:], hasMetadata: false)

    func variable(_ name: String) -> TemplateVariable? { variables[name] ?? metadata(name) }

    func condition(_ name: String) -> TemplateCondition? {
        conditions[name] ?? variable(name).map(TemplateCondition.present)
    }

    private func metadata(_ name: String) -> TemplateVariable? {
        let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard hasMetadata, path.count > 1, path[0] == "metadata", !path.contains("") else { return nil }
        return .metadata(Array(path.dropFirst()))
    }

    private static let people: [String: TemplateVariable] = [
        "first": .first, "second": .second, "others": .others, "count": .count,
    ]

    private static let numbers: [String: TemplateCondition] = {
        var conditions: [String: TemplateCondition] = [
            "has_second": .hasSecond, "has_others": .hasOthers, "second_begins_with_i": .secondBeginsWithI,
        ]
        for category in PluralCategory.allCases {
            conditions["others_\(category.rawValue)"] = .others(category)
            conditions["count_\(category.rawValue)"] = .count(category)
        }
        return conditions
    }()
}
