import PealCore

/// The words of the unsubscribe pages in one language. `{topic}` is what the e-mails are about.
struct UnsubscribeTexts: Sendable {
    var language: String
    var question: String
    var about: String
    var aboutEverything: String
    var unsubscribe: String
    var done: String
    var doneAbout: String
    var doneEverything: String
    var changedYourMind: String
    var resubscribe: String
    var back: String
    var backAbout: String
    var backEverything: String
    var mandatory: String
    var someAreMandatory: String
    var invalid: String
    var invalidAdvice: String
    private var topics: [String: String]

    /// English where there are no words for a language.
    static func of(_ tag: LanguageTag) -> UnsubscribeTexts {
        switch tag.description.split(separator: "-").first {
        case "pt": portuguese
        case "es": spanish
        default: english
        }
    }

    /// What e-mails of a type are about: a word for the types that have texts, else the type as it is called.
    func topic(_ type: String) -> String { topics[type] ?? type }

    private static let english = UnsubscribeTexts(
        language: "en", question: "Stop these e-mails?", about: "You will no longer get e-mails about {topic}.",
        aboutEverything: "You will no longer get e-mails about notifications.", unsubscribe: "Unsubscribe",
        done: "You are unsubscribed", doneAbout: "You no longer get e-mails about {topic}.",
        doneEverything: "You no longer get e-mails about notifications.", changedYourMind: "Changed your mind?",
        resubscribe: "Subscribe again", back: "You are subscribed again",
        backAbout: "You get e-mails about {topic} again.", backEverything: "You get e-mails about notifications again.",
        mandatory: "E-mails about {topic} are mandatory, as those about security are. They cannot be switched off.",
        someAreMandatory: "A few mandatory e-mails, such as those about security, may still come.",
        invalid: "This link does not work",
        invalidAdvice: "Perhaps it was copied only in part. Open it from the e-mail.",
        topics: [
            "like": "likes", "comment": "comments", "reply": "replies", "follow": "new followers",
            "mention": "mentions",
        ])

    private static let portuguese = UnsubscribeTexts(
        language: "pt-BR", question: "Parar de receber estes e-mails?",
        about: "Você não receberá mais e-mails sobre {topic}.",
        aboutEverything: "Você não receberá mais e-mails sobre notificações.", unsubscribe: "Cancelar inscrição",
        done: "Inscrição cancelada", doneAbout: "Você não recebe mais e-mails sobre {topic}.",
        doneEverything: "Você não recebe mais e-mails sobre notificações.", changedYourMind: "Mudou de ideia?",
        resubscribe: "Voltar a receber", back: "Inscrição refeita",
        backAbout: "Você voltou a receber e-mails sobre {topic}.",
        backEverything: "Você voltou a receber e-mails sobre notificações.",
        mandatory:
            "E-mails sobre {topic} são obrigatórios, como os de segurança. Não é possível deixar de recebê-los.",
        someAreMandatory: "Alguns e-mails obrigatórios, como os de segurança, ainda podem chegar.",
        invalid: "Este link não funciona",
        invalidAdvice: "Talvez tenha sido copiado só em parte. Abra-o a partir do e-mail.",
        topics: [
            "like": "curtidas", "comment": "comentários", "reply": "respostas", "follow": "novos seguidores",
            "mention": "menções",
        ])

    private static let spanish = UnsubscribeTexts(
        language: "es", question: "¿Dejar de recibir estos correos?",
        about: "Ya no recibirás correos sobre {topic}.",
        aboutEverything: "Ya no recibirás correos sobre notificaciones.",
        unsubscribe: "Cancelar suscripción", done: "Suscripción cancelada",
        doneAbout: "Ya no recibes correos sobre {topic}.",
        doneEverything: "Ya no recibes correos sobre notificaciones.",
        changedYourMind: "¿Cambiaste de opinión?", resubscribe: "Volver a recibirlos", back: "Suscripción recuperada",
        backAbout: "Vuelves a recibir correos sobre {topic}.",
        backEverything: "Vuelves a recibir correos sobre notificaciones.",
        mandatory: "Los correos sobre {topic} son obligatorios, como los de seguridad. No se pueden desactivar.",
        someAreMandatory: "Algunos correos obligatorios, como los de seguridad, todavía pueden llegar.",
        invalid: "Este enlace no funciona",
        invalidAdvice: "Quizás se copió solo una parte. Ábrelo desde el correo.",
        topics: [
            "like": "me gusta", "comment": "comentarios", "reply": "respuestas", "follow": "nuevos seguidores",
            "mention": "menciones",
        ])
}
