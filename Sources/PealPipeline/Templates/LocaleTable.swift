import PealCore

/// The texts of all locales by tag, made from what is built in and what a folder has over it.
struct LocaleTable: Sendable {
    /// By tag in the recommended spelling and in lower case; languages without a region too.
    private(set) var locales: [String: LocaleTexts] = [:]

    init(folder: TemplateFolder?) throws(TemplateFailure) {
        var (own, problems) = folder?.read() ?? ([], [])
        own.sort { $0.tag.description < $1.tag.description }
        var builtIn: [LanguageTag: LocaleLayer] = [:]
        let neutral: NeutralTexts
        do throws(TemplateMistakes) {
            for source in LocaleSource.all {
                if let tag = LanguageTag(source.tag) { builtIn[tag] = try source.compiled() }
            }
            neutral = try NeutralTexts()
        } catch {
            throw TemplateFailure(problems: error.problems(in: "built-in texts"))
        }
        let layers = LocaleLayers(own: own, builtIn: builtIn)
        for tag in layers.tags {
            guard let language = Language(tag) else { continue }
            let layer = layers.merged(for: tag)
            // A file that is there and wrong is not missing as well.
            problems += layers.gaps(in: layer, for: tag).filter { gap in !problems.contains { $0.place == gap.place } }
            add(LocaleTexts(tag: tag, language: language, layer, neutral: neutral))
        }
        guard problems.isEmpty else { throw TemplateFailure(problems: problems) }
        for tag in layers.tags where locales[tag.language] == nil {
            locales[tag.language] = layers.tag(ofLanguage: tag.language).flatMap { locales[$0.description] }
        }
    }

    /// RFC 4647 §3.4: exactly, then with fewer and fewer subtags; nil where there is nothing of the language.
    func find(_ locale: String) -> LocaleTexts? {
        if let exact = locales[locale] { return exact }
        var tag = LanguageTag(locale)
        while let current = tag {
            if let texts = locales[current.description] { return texts }
            tag = current.parent
        }
        return nil
    }

    /// Each once, in the order of their tags.
    var all: [LocaleTexts] {
        var seen: Set<LanguageTag> = []
        return locales.values.filter { seen.insert($0.tag).inserted }
            .sorted { $0.tag.description < $1.tag.description }
    }

    private mutating func add(_ texts: LocaleTexts) {
        locales[texts.tag.description] = texts
        locales[texts.tag.description.lowercased()] = texts
    }
}

/// Which layers lie on each other for a locale.
private struct LocaleLayers {
    let own: [TemplateFolder.Locale]
    let builtIn: [LanguageTag: LocaleLayer]

    /// What there are texts for, in order.
    var tags: [LanguageTag] {
        Set(own.map(\.tag) + builtIn.keys).sorted { $0.description < $1.description }
    }

    /// The one that speaks for a language: that which is named like it, else the built-in one, else the first.
    func tag(ofLanguage language: String) -> LanguageTag? {
        let candidates = tags.filter { $0.language == language }
        return candidates.first { $0.description == language } ?? candidates.first { builtIn[$0] != nil }
            ?? candidates.first
    }

    /// A region's own texts, then the language's own, then those over the built-in ones, then the built-in ones.
    func merged(for tag: LanguageTag) -> LocaleLayer {
        var order: [LanguageTag] = []
        var current: LanguageTag? = tag
        while let next = current {
            order.append(next)
            current = next.parent
        }
        let base = builtIn.keys.first { $0.language == tag.language }
        if let base, !order.contains(base) { order.append(base) }
        let lowest = base.flatMap { builtIn[$0] } ?? LocaleLayer()
        return order.reversed().compactMap { tag in own.first { $0.tag == tag }?.layer }
            .reduce(lowest) { lower, upper in upper.over(lower) }
    }

    /// Types of the folder that have a title and no message, or the other way round.
    func gaps(in merged: LocaleLayer, for tag: LanguageTag) -> [TemplateProblem] {
        guard let locale = own.first(where: { $0.tag == tag }) else { return [] }
        var problems: [TemplateProblem] = []
        func check(_ name: String, own: TextPair, merged: TextPair) {
            if own.title != nil, merged.message == nil {
                problems.append(
                    TemplateProblem(
                        "\(locale.path)/\(name).message.mustache", "is missing beside \(name).title.mustache"))
            }
            if own.message != nil, merged.title == nil {
                problems.append(
                    TemplateProblem(
                        "\(locale.path)/\(name).title.mustache", "is missing beside \(name).message.mustache"))
            }
        }
        check("_general", own: locale.layer.general, merged: merged.general)
        for (type, pair) in locale.layer.types.sorted(by: { $0.key < $1.key }) {
            check(type, own: pair, merged: merged.types[type] ?? TextPair())
        }
        return problems
    }
}
