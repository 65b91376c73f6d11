import Foundation
import PealCore

/// Compares a value with a JSON Schema (draft 2020-12), as far as our own documents use it; another keyword is an error,
/// so that none is passed over.
struct SchemaCheck {
    let document: JSON

    /// What is wrong, with the place in the value; empty where nothing is.
    func problems(_ value: JSON, _ schema: JSON, at place: String = "$") -> [String] {
        if let reference = schema["$ref"]?.string {
            guard let target = resolve(reference) else { return ["\(place): no \(reference)"] }
            return problems(value, target, at: place)
        }
        return (schema.members ?? []).flatMap { keyword in
            problems(value, keyword.name, keyword.value, schema, at: place)
        }
    }

    func resolve(_ reference: String) -> JSON? {
        reference.dropFirst(2).split(separator: "/").reduce(Optional(document)) { place, part in
            place?[String(part).replacing("~1", with: "/")]
        }
    }

    /// The value itself, or what it refers to.
    func resolved(_ value: JSON) -> JSON { value["$ref"]?.string.flatMap(resolve) ?? value }

    private func problems(
        _ value: JSON, _ keyword: String, _ rule: JSON, _ schema: JSON, at place: String
    ) -> [String] {
        switch keyword {
        case "description": []
        case "type":
            (rule.array ?? [rule]).contains { Self.isOf(value, type: $0.string ?? "") }
                ? [] : ["\(place): \(value.text.prefix(80)) is not of type \(rule.text)"]
        case "const": value == rule ? [] : ["\(place): \(value.text.prefix(80)) is not \(rule.text)"]
        case "enum":
            rule.array?.contains(value) == true ? [] : ["\(place): \(value.text.prefix(80)) is none of \(rule.text)"]
        case "oneOf":
            oneOf(value, rule.array ?? [], at: place)
        case "properties":
            (rule.members ?? []).flatMap { member in
                value[member.name].map { problems($0, member.value, at: "\(place).\(member.name)") } ?? []
            }
        case "required":
            (rule.array ?? []).compactMap(\.string).filter { value.members != nil && value[$0] == nil }.map {
                "\(place): \($0) is missing"
            }
        case "additionalProperties":
            (value.members ?? []).filter { schema["properties"]?[$0.name] == nil }.flatMap { member in
                rule == .bool(false)
                    ? ["\(place): \(member.name) is not described"]
                    : problems(member.value, rule, at: "\(place).\(member.name)")
            }
        case "items":
            (value.array ?? []).enumerated().flatMap { problems($1, rule, at: "\(place)[\($0)]") }
        case "minimum": value.integer.map { $0 < rule.integer ?? .min } == true ? ["\(place) is too small"] : []
        case "maximum": value.integer.map { $0 > rule.integer ?? .max } == true ? ["\(place) is too large"] : []
        case "minLength", "maxLength", "minItems", "maxItems", "maxProperties":
            size(value, keyword, rule, at: place)
        case "pattern":
            value.string?.range(of: rule.string ?? "", options: .regularExpression) == nil && value.string != nil
                ? ["\(place): \(value.text.prefix(80)) does not fit \(rule.text)"] : []
        case "format": format(value, rule.string ?? "", at: place)
        default: ["\(place): the keyword \(keyword) is not understood"]
        }
    }

    private func oneOf(_ value: JSON, _ schemas: [JSON], at place: String) -> [String] {
        let results = schemas.map { problems(value, $0, at: place) }
        return results.count(where: \.isEmpty) == 1
            ? [] : ["\(place): fits \(results.count(where: \.isEmpty)) of \(schemas.count) kinds"] + results.joined()
    }

    private func size(_ value: JSON, _ keyword: String, _ rule: JSON, at place: String) -> [String] {
        let count =
            if keyword.hasSuffix("Items") { value.array?.count } else if keyword.hasSuffix("Properties") {
                value.members?.count
            } else { value.string?.unicodeScalars.count }
        guard let count, let limit = rule.integer else { return [] }
        return keyword.hasPrefix("min")
            ? (count < limit ? ["\(place) is too short"] : [])
            : (count > limit ? ["\(place) is too long"] : [])
    }

    private func format(_ value: JSON, _ name: String, at place: String) -> [String] {
        guard let text = value.string else { return [] }
        let fits =
            switch name {
            case "date-time": text.contains("T") && Timestamp(iso8601: text) != nil
            case "uuid": UUID(uuidString: text) != nil
            case "uri-reference": true
            default: false
            }
        return fits ? [] : ["\(place): \(text) is no \(name)"]
    }

    private static func isOf(_ value: JSON, type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.array, "array"), (.object, "object"): true
        case (.number, "integer"): value.integer != nil
        case (.number, "number"): true
        default: false
        }
    }
}
