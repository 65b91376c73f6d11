import PealCore

extension LocaleLayer {
    /// Reads `targets.json`: by `target_type` how its owner is told of it, `{"photo": {"your": "dein Foto", "on_your": "zu
    /// deinem Foto"}}`. `_none` stands for no target at all, `_other` for every type that is not listed.
    ///
    /// - Returns: what is wrong with it.
    mutating func readTargets(_ text: String) -> [String] {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(text.utf8)
        } catch {
            return ["is not JSON: \(error)"]
        }
        guard let members = json.members else { return ["must hold a JSON object"] }
        var problems: [String] = []
        for member in members {
            do throws(TargetRefusal) {
                let phrase = try TargetPhrase(member.value)
                switch member.name {
                case "_none": noTarget = phrase
                case "_other": otherTarget = phrase
                default: targets[member.name] = phrase
                }
            } catch {
                problems.append("'\(member.name)' \(error.reason)")
            }
        }
        return problems
    }
}

/// Why something is no target's phrase; continues "'photo' …".
private struct TargetRefusal: Error {
    let reason: String
}

extension TargetPhrase {
    fileprivate init(_ json: JSON) throws(TargetRefusal) {
        guard let members = json.members, members.count == 2, let your = json["your"]?.string,
            let onYour = json["on_your"]?.string
        else { throw TargetRefusal(reason: #"must be {"your": "…", "on_your": "…"}"#) }
        do throws(TemplateMistakes) {
            try self.init(your: your, onYour: onYour)
        } catch {
            throw TargetRefusal(reason: "is wrong: \(error.list.map(\.message).joined(separator: "; "))")
        }
    }
}
