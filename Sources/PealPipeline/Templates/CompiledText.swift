import Mustache

/// A template after Mustache has decided everything that does not depend on the values: literals and slots.
///
/// Mustache looks variables up by reflection, too slow for a store's transaction. So each template is rendered once for
/// each combination of its sections, with a mark in the place of each value; what is left to do is to join strings.
/// Values are put in afterwards, so nothing in them is escaped, and nothing in them is taken for a template.
struct CompiledText: Sendable {
    enum Slot: String, CaseIterable, Sendable {
        case actors, first, second, others, count, excerpt
        case yourTarget = "your_target"
        case onYourTarget = "on_your_target"

        /// A private-use character that stands for the value while Mustache renders.
        fileprivate var mark: Unicode.Scalar { Self.marks[self] ?? "\u{FFFD}" }

        private static let marks = Dictionary(
            uniqueKeysWithValues: zip(allCases, (0xE000...0xE0FF).lazy.compactMap { Unicode.Scalar($0 as UInt32) }))
    }

    enum Segment: Sendable, Equatable {
        case literal(String)
        case slot(Slot)
    }

    let segments: [Segment]

    /// - Parameter sections: the names of the sections that are shown.
    init(_ template: MustacheTemplate, showing sections: Set<String>) {
        var values: [String: Any] = [:]
        for slot in Slot.allCases { values[slot.rawValue] = String(Character(slot.mark)) }
        for section in sections { values[section] = true }
        self.init(marked: template.render(values))
    }

    private init(marked text: String) {
        let slots = Dictionary(uniqueKeysWithValues: Slot.allCases.map { ($0.mark, $0) })
        var segments: [Segment] = []
        var literal = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard let slot = slots[scalar] else {
                literal.append(scalar)
                continue
            }
            if !literal.isEmpty { segments.append(.literal(String(literal))) }
            literal = String.UnicodeScalarView()
            segments.append(.slot(slot))
        }
        if !literal.isEmpty { segments.append(.literal(String(literal))) }
        self.segments = segments
    }

    /// Nil-free: the caller fills every slot, with an empty string where there is nothing to say.
    func write(to text: inout String, fill: (Slot, inout String) -> Void) {
        for segment in segments {
            switch segment {
            case .literal(let literal): text += literal
            case .slot(let slot): fill(slot, &text)
            }
        }
    }
}
