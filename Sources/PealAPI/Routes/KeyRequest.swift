import PealAuth
import PealCore
import PealPipeline

/// What is asked for an API key, checked field by field.
struct KeyRequest {
    var label: String?
    var scopes: Set<Scope>?
    var quota: KeyChange.Quota = .unchanged

    private static let labelLimit = 100
    private static let rates: ClosedRange<Int64> = 1...1_000_000
    private static let days: ClosedRange<Int64> = 1...1_000_000_000

    /// - Parameter fields: those that may be there.
    init(_ json: JSON, fields: Set<String>) throws(Problem) {
        guard let members = json.members else {
            throw Problem(ValidationFailure([ValidationProblem("", .wrongType, "must be a JSON object")]))
        }
        var problems: [ValidationProblem] = []
        for member in members {
            guard fields.contains(member.name) else {
                problems.append(
                    ValidationProblem(String(member.name.prefix(64)), .unknownField, "is not a field of this request"))
                continue
            }
            switch member.name {
            case "label": readLabel(member.value, &problems)
            case "scopes": readScopes(member.value, &problems)
            default: readQuota(member.value, &problems)
            }
        }
        guard problems.isEmpty else { throw Problem(ValidationFailure(problems)) }
    }

    /// A new key needs to be told apart, and to be good for something.
    static func new(_ json: JSON) throws(Problem) -> (label: String, scopes: Set<Scope>, quota: KeyQuota?) {
        let request = try KeyRequest(json, fields: ["label", "scopes", "quota"])
        var problems: [ValidationProblem] = []
        if request.label == nil { problems.append(ValidationProblem("label", .required, "must be given")) }
        if request.scopes == nil { problems.append(ValidationProblem("scopes", .required, "must be given")) }
        guard let label = request.label, let scopes = request.scopes else {
            throw Problem(ValidationFailure(problems))
        }
        guard case .to(let quota) = request.quota else { return (label, scopes, nil) }
        return (label, scopes, quota)
    }

    private mutating func readLabel(_ value: JSON, _ problems: inout [ValidationProblem]) {
        guard let text = value.string else {
            return problems.append(ValidationProblem("label", .wrongType, "must be a string"))
        }
        guard 1...Self.labelLimit ~= text.utf8.count, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return problems.append(
                ValidationProblem("label", .invalid, "must be 1 to \(Self.labelLimit) bytes, no control characters"))
        }
        label = text
    }

    private mutating func readScopes(_ value: JSON, _ problems: inout [ValidationProblem]) {
        let names = value.array?.map { $0.string ?? "" } ?? []
        let known = names.compactMap(Scope.init(rawValue:))
        guard !names.isEmpty, known.count == names.count else {
            let all = Scope.allCases.map(\.rawValue).joined(separator: ", ")
            return problems.append(ValidationProblem("scopes", .invalid, "must be an array of some of \(all)"))
        }
        scopes = Set(known)
    }

    /// `{per_second?, burst?, per_day?}`; null for none.
    private mutating func readQuota(_ value: JSON, _ problems: inout [ValidationProblem]) {
        if value.isNull { return quota = .to(nil) }
        guard let members = value.members else {
            return problems.append(ValidationProblem("quota", .wrongType, "must be an object or null"))
        }
        var read = KeyQuota()
        let count = problems.count
        for member in members where !member.value.isNull {
            let field = "quota.\(member.name.prefix(64))"
            let range = member.name == "per_day" ? Self.days : Self.rates
            guard ["per_second", "burst", "per_day"].contains(member.name) else {
                problems.append(ValidationProblem(field, .unknownField, "is not a field of a quota"))
                continue
            }
            guard let number = member.value.integer, range.contains(number) else {
                problems.append(
                    ValidationProblem(field, .invalid, "must be a whole number from 1 to \(range.upperBound)"))
                continue
            }
            switch member.name {
            case "per_second": read.perSecond = Int(number)
            case "burst": read.burst = Int(number)
            default: read.perDay = Int(number)
            }
        }
        guard problems.count == count else { return }
        if read.burst != nil, read.perSecond == nil {
            return problems.append(ValidationProblem("quota.burst", .invalid, "needs per_second beside it"))
        }
        quota = .to(read.isEmpty ? nil : read)
    }
}
