import Foundation
import PealCore

/// Templates of your own: a folder with a folder for each locale, and in it a file for each text.
///
/// `pt-BR/like.title.mustache`, `pt-BR/like.message.mustache`, and where they are wanted `_actors.mustache`,
/// `_general.title.mustache`, `_general.message.mustache` and `targets.json`.
public struct TemplateFolder: Sendable {
    public let path: String

    public init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// What a folder has for one locale.
    struct Locale: Sendable {
        let tag: LanguageTag
        let path: String
        var layer: LocaleLayer
    }

    /// Everything that can be read, and everything that cannot.
    func read() -> (locales: [Locale], problems: [TemplateProblem]) {
        var reading = FolderReading()
        reading.read(self)
        return (reading.locales, reading.problems)
    }

    /// Names that are not hidden, in order; nil where there is no such folder.
    static func names(in path: String) -> [String]? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return nil }
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }
}

/// Goes through a folder and collects texts and problems.
private struct FolderReading {
    var locales: [TemplateFolder.Locale] = []
    var problems: [TemplateProblem] = []

    /// More is no text to notify with.
    private static let byteLimit = 65_536

    mutating func read(_ folder: TemplateFolder) {
        guard let names = TemplateFolder.names(in: folder.path) else {
            return report(folder.path, "is no folder that can be read")
        }
        for name in names {
            let path = "\(folder.path)/\(name)"
            if FileStamp(path)?.isFolder == true {
                readLocale(name, at: path)
            } else if name.hasSuffix(".mustache") {
                report(path, "must lie in the folder of a locale, such as \(folder.path)/en/\(name)")
            }
        }
    }

    private mutating func readLocale(_ name: String, at path: String) {
        guard let tag = LanguageTag(name) else {
            return report(path, "is named after no locale; one such as pt-BR is expected")
        }
        guard Language(tag) != nil else {
            return report(path, "no plural rules are known for '\(tag.language)'")
        }
        if let other = locales.first(where: { $0.tag == tag }) {
            return report(path, "is for the same locale as \(other.path)")
        }
        guard let names = TemplateFolder.names(in: path) else { return report(path, "cannot be read") }
        var locale = TemplateFolder.Locale(tag: tag, path: path, layer: LocaleLayer())
        for name in names { readFile(name, at: "\(path)/\(name)", into: &locale.layer) }
        locales.append(locale)
    }

    private mutating func readFile(_ name: String, at path: String, into layer: inout LocaleLayer) {
        let purpose: TemplateFileName?
        do throws(UnknownFile) {
            purpose = try TemplateFileName.read(name)
        } catch {
            return report(path, error.reason)
        }
        guard let purpose, let text = text(of: path) else { return }
        switch purpose {
        case .title(let type): layer.types[type, default: TextPair()].title = template(text, path)
        case .message(let type): layer.types[type, default: TextPair()].message = template(text, path)
        case .generalTitle: layer.general.title = template(text, path)
        case .generalMessage: layer.general.message = template(text, path)
        case .actors: layer.actors = template(text, path, names: .actors)
        case .targets: problems += layer.readTargets(text).map { TemplateProblem(path, $0) }
        }
    }

    private mutating func template(_ text: String, _ path: String, names: TemplateNames = .text) -> CompiledText? {
        do throws(TemplateMistakes) {
            return try CompiledText(text, names: names)
        } catch {
            problems += error.problems(in: path)
            return nil
        }
    }

    private mutating func text(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else {
            report(path, "cannot be read")
            return nil
        }
        guard data.count <= Self.byteLimit else {
            report(path, "has \(data.count) bytes; \(Self.byteLimit) are allowed")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            report(path, "is not UTF-8")
            return nil
        }
        return text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    }

    private mutating func report(_ place: String, _ message: String) {
        problems.append(TemplateProblem(place, message))
    }
}
