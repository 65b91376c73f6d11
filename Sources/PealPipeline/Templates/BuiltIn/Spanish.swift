extension LocaleSource {
    /// Understood from Madrid to Buenos Aires: *tú*, no *vosotros*, and words that are used on both sides.
    static let spanish = Self(
        tag: "es",
        actors: """
            {{first}}{{#has_second}} {{#second_begins_with_i}}e{{/second_begins_with_i}}\
            {{^second_begins_with_i}}y{{/second_begins_with_i}} {{second}}{{/has_second}}\
            {{#has_others}} y {{others}}{{#others_one}} persona{{/others_one}}\
            {{#others_many}} de personas{{/others_many}}{{#others_other}} personas{{/others_other}} más{{/has_others}}
            """,
        types: [
            "digest": TextSource(
                title:
                    "{{count}} {{#count_one}}notificación nueva{{/count_one}}{{^count_one}}notificaciones nuevas{{/count_one}}",
                message:
                    "{{count}} {{#count_one}}notificación nueva{{/count_one}}{{^count_one}}notificaciones nuevas{{/count_one}}"
            ),
            "like": TextSource(
                title: "{{#is_group}}Nuevos me gusta{{/is_group}}{{^is_group}}Nuevo me gusta{{/is_group}}",
                message: """
                    {{#has_actor}}A {{actors}} {{#is_group}}les{{/is_group}}{{^is_group}}le{{/is_group}} gustó \
                    {{your_target}}{{/has_actor}}{{^has_actor}}Nuevo me gusta {{on_your_target}}{{/has_actor}}
                    """),
            "comment": TextSource(
                title: "{{#is_group}}Nuevos comentarios{{/is_group}}{{^is_group}}Nuevo comentario{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} comentaron {{on_your_target}}{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} comentó{{#has_excerpt}}: “{{excerpt}}”{{/has_excerpt}}\
                    {{^has_excerpt}} {{on_your_target}}{{/has_excerpt}}{{/has_actor}}\
                    {{^has_actor}}Nuevo comentario {{on_your_target}}{{#has_excerpt}}: “{{excerpt}}”{{/has_excerpt}}\
                    {{/has_actor}}{{/is_group}}
                    """),
            "reply": TextSource(
                title: "{{#is_group}}Nuevas respuestas{{/is_group}}{{^is_group}}Nueva respuesta{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} respondieron a tu comentario{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} respondió{{#has_excerpt}}: “{{excerpt}}”{{/has_excerpt}}\
                    {{^has_excerpt}} a tu comentario{{/has_excerpt}}{{/has_actor}}\
                    {{^has_actor}}Nueva respuesta a tu comentario{{#has_excerpt}}: “{{excerpt}}”{{/has_excerpt}}\
                    {{/has_actor}}{{/is_group}}
                    """),
            "follow": TextSource(
                title: "{{#is_group}}Nuevos seguidores{{/is_group}}{{^is_group}}Nuevo seguidor{{/is_group}}",
                message: """
                    {{#has_actor}}{{actors}} {{#is_group}}empezaron{{/is_group}}{{^is_group}}empezó{{/is_group}} \
                    a seguirte{{/has_actor}}{{^has_actor}}Tienes un nuevo seguidor{{/has_actor}}
                    """),
            "mention": TextSource(
                title: "{{#is_group}}Nuevas menciones{{/is_group}}{{^is_group}}Nueva mención{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} te mencionaron{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} te mencionó{{/has_actor}}\
                    {{^has_actor}}Te mencionaron{{/has_actor}}\
                    {{#has_excerpt}}: “{{excerpt}}”{{/has_excerpt}}{{/is_group}}
                    """),
        ],
        general: TextSource(
            title: "Nueva notificación",
            message: "Nueva notificación{{^is_group}}{{#has_excerpt}}: “{{excerpt}}”{{/has_excerpt}}{{/is_group}}"),
        // *tu* and *en tu* are the same for both genders.
        targets: [
            "post": .tu("publicación"), "comment": .tu("comentario"), "photo": .tu("foto"), "picture": .tu("foto"),
            "image": .tu("imagen"), "video": .tu("video"), "article": .tu("artículo"), "message": .tu("mensaje"),
            "reply": .tu("respuesta"), "answer": .tu("respuesta"), "question": .tu("pregunta"),
            "review": .tu("reseña"), "list": .tu("lista"), "playlist": .tu("lista de reproducción"),
            "album": .tu("álbum"), "event": .tu("evento"), "page": .tu("página"), "story": .tu("historia"),
            "profile": .tu("perfil"), "user": .tu("perfil"),
        ],
        noTarget: .tu("publicación"), otherTarget: .tu("{{target_type}}"))
}

extension PhraseSource {
    fileprivate static func tu(_ word: String) -> Self { Self(your: "tu \(word)", onYour: "en tu \(word)") }
}
