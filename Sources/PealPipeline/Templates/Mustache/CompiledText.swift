/// A template that has been read: what is left to do for each text is to join strings.
///
/// Values are put in afterwards, so nothing in them is escaped, and nothing in them is taken for a template.
struct CompiledText: Sendable, Equatable {
    indirect enum Node: Sendable, Equatable {
        case literal(String)
        case variable(TemplateVariable)
        /// - shown: whether the nodes are shown where the condition holds, or where it does not.
        case section(TemplateCondition, shown: Bool, [Node])
    }

    private let nodes: [Node]
    /// Whether the event's metadata has to be read for it.
    let usesMetadata: Bool
    /// What it shows, whatever the sections decide.
    let variables: Set<TemplateVariable>

    init(_ source: String, names: TemplateNames = .text) throws(TemplateMistakes) {
        nodes = try TemplateParser.parse(source, names: names)
        guard Self.saysSomething(nodes) else {
            throw TemplateMistakes(list: [TemplateMistake(line: 1, message: "the template is empty")])
        }
        var variables: Set<TemplateVariable> = []
        var conditions: Set<TemplateCondition> = []
        Self.collect(nodes, &variables, &conditions)
        self.variables = variables
        usesMetadata =
            variables.contains { $0.isMetadata }
            || conditions.contains { if case .present(let variable) = $0 { variable.isMetadata } else { false } }
    }

    func write(to text: inout String, _ values: borrowing TextValues) {
        Self.write(nodes, to: &text, values)
    }

    private static func write(_ nodes: [Node], to text: inout String, _ values: borrowing TextValues) {
        for node in nodes {
            switch node {
            case .literal(let literal): text += literal
            case .variable(let variable): values.write(variable, to: &text)
            case .section(let condition, let shown, let inner):
                if values.holds(condition) == shown { write(inner, to: &text, values) }
            }
        }
    }

    private static func saysSomething(_ nodes: [Node]) -> Bool {
        nodes.contains { node in
            switch node {
            case .literal(let text): !text.allSatisfy(\.isWhitespace)
            case .variable: true
            case .section(_, _, let inner): saysSomething(inner)
            }
        }
    }

    private static func collect(
        _ nodes: [Node], _ variables: inout Set<TemplateVariable>, _ conditions: inout Set<TemplateCondition>
    ) {
        for node in nodes {
            switch node {
            case .literal: break
            case .variable(let variable): variables.insert(variable)
            case .section(let condition, _, let inner):
                conditions.insert(condition)
                collect(inner, &variables, &conditions)
            }
        }
    }
}

extension TemplateVariable {
    fileprivate var isMetadata: Bool {
        if case .metadata = self { true } else { false }
    }
}
