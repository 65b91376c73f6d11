import PealCore
import PealPipeline

/// What the demo page lets one person do to another, alone or with a crowd.
struct DemoAct {
    let events: [EventRequest]
    /// What is taken back instead; nil for an act.
    var retraction: Retraction?

    static let burstRange: ClosedRange<Int64> = 1...1000

    /// - `burst`: so many different people instead of the actor.
    /// - `retract`: `true` takes back what the actor did.
    /// - `message`: what the actor wrote, if `excerpt` does not say it.
    init(_ json: JSON) throws(Problem) {
        guard let members = json.members else { throw Problem.invalidParameter("body", "must be an object") }
        let hasExcerpt = json["excerpt"].map { !$0.isNull } ?? false
        let fields = members.filter { !["burst", "retract"].contains($0.name) }.map { member in
            member.name == "message" && !hasExcerpt ? JSON.Member("excerpt", member.value) : member
        }
        let event: EventRequest
        do throws(ValidationFailure) {
            if json["retract"]?.bool == true {
                retraction = try RetractionRequest(.object(fields)).retraction
                events = []
                return
            }
            event = try EventRequest(.object(fields))
        } catch {
            throw Problem(error)
        }
        guard let burst = json["burst"], !burst.isNull else {
            events = [event]
            return
        }
        guard let count = burst.integer, Self.burstRange.contains(count) else {
            throw Problem.invalidParameter("burst", "must be a whole number from 1 to \(Self.burstRange.upperBound)")
        }
        events = (0..<Int(count)).map { number in
            var event = event
            event.actor = Self.person(number)
            return event
        }
    }

    /// 1,000 people with names that are common in Brazil.
    static func person(_ number: Int) -> Actor {
        let first = firstNames[number % firstNames.count]
        let last = lastNames[(number / firstNames.count + number) % lastNames.count]
        return Actor(id: "demo-\(number)", name: "\(first) \(last)")
    }

    private static let firstNames = [
        "Ana", "João", "Maria", "Pedro", "Juliana", "Lucas", "Beatriz", "Gabriel", "Larissa", "Rafael", "Camila",
        "Mateus",
        "Fernanda", "Felipe", "Letícia", "Gustavo", "Mariana", "Bruno", "Aline", "Thiago", "Patrícia", "Rodrigo",
        "Amanda",
        "André", "Vitória", "Diego", "Carolina", "Leonardo", "Isabela", "Marcelo", "Bianca", "Eduardo", "Natália",
        "Vinícius",
        "Renata", "Daniel", "Luana", "Caio", "Débora", "Henrique", "Sofia", "Murilo", "Helena", "Otávio", "Cecília",
        "Davi",
        "Júlia", "Igor", "Clara", "Samuel",
    ]

    private static let lastNames = [
        "Silva", "Santos", "Oliveira", "Souza", "Lima", "Pereira", "Ferreira", "Costa", "Rodrigues", "Almeida",
        "Nascimento",
        "Carvalho", "Araújo", "Ribeiro", "Gomes", "Barbosa", "Rocha", "Dias", "Moreira", "Cardoso",
    ]
}
