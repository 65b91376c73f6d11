extension LocaleSource {
    static let portuguese = Self(
        tag: "pt-BR",
        actors: """
            {{first}}{{#has_second}} e {{second}}{{/has_second}}{{#has_others}} e mais {{others}}\
            {{#others_one}} pessoa{{/others_one}}{{#others_many}} de pessoas{{/others_many}}\
            {{#others_other}} pessoas{{/others_other}}{{/has_others}}
            """,
        types: [
            "digest": TextSource(
                title:
                    "{{count}} {{#count_one}}nova notificação{{/count_one}}{{^count_one}}novas notificações{{/count_one}}",
                message:
                    "{{count}} {{#count_one}}nova notificação{{/count_one}}{{^count_one}}novas notificações{{/count_one}}"
            ),
            "like": TextSource(
                title: "{{#is_group}}Novas curtidas{{/is_group}}{{^is_group}}Nova curtida{{/is_group}}",
                message: """
                    {{#has_actor}}{{actors}} {{#is_group}}curtiram{{/is_group}}{{^is_group}}curtiu{{/is_group}} \
                    {{your_target}}{{/has_actor}}{{^has_actor}}Nova curtida {{on_your_target}}{{/has_actor}}
                    """),
            "comment": TextSource(
                title: "{{#is_group}}Novos comentários{{/is_group}}{{^is_group}}Novo comentário{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} comentaram {{on_your_target}}{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} comentou{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{^has_excerpt}} {{on_your_target}}{{/has_excerpt}}{{/has_actor}}\
                    {{^has_actor}}Novo comentário {{on_your_target}}{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{/has_actor}}{{/is_group}}
                    """),
            "reply": TextSource(
                title: "{{#is_group}}Novas respostas{{/is_group}}{{^is_group}}Nova resposta{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} responderam seu comentário{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} respondeu{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{^has_excerpt}} seu comentário{{/has_excerpt}}{{/has_actor}}\
                    {{^has_actor}}Nova resposta ao seu comentário{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{/has_actor}}{{/is_group}}
                    """),
            "follow": TextSource(
                title: "{{#is_group}}Novos seguidores{{/is_group}}{{^is_group}}Novo seguidor{{/is_group}}",
                message: """
                    {{#has_actor}}{{actors}} {{#is_group}}começaram{{/is_group}}{{^is_group}}começou{{/is_group}} \
                    a te seguir{{/has_actor}}{{^has_actor}}Você tem um novo seguidor{{/has_actor}}
                    """),
            "mention": TextSource(
                title: "{{#is_group}}Novas menções{{/is_group}}{{^is_group}}Nova menção{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} mencionaram você{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} mencionou você{{/has_actor}}\
                    {{^has_actor}}Você recebeu uma menção{{/has_actor}}\
                    {{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}{{/is_group}}
                    """),
        ],
        general: TextSource(
            title: "Nova notificação",
            message: "Nova notificação{{^is_group}}{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}{{/is_group}}"),
        targets: [
            "post": .masculine("post"), "comment": .masculine("comentário"), "photo": .feminine("foto"),
            "picture": .feminine("foto"), "image": .feminine("imagem"), "video": .masculine("vídeo"),
            "article": .masculine("artigo"), "message": .feminine("mensagem"), "reply": .feminine("resposta"),
            "answer": .feminine("resposta"), "question": .feminine("pergunta"), "review": .feminine("avaliação"),
            "list": .feminine("lista"), "playlist": .feminine("playlist"), "album": .masculine("álbum"),
            "event": .masculine("evento"), "page": .feminine("página"), "story": .masculine("story"),
            "profile": .masculine("perfil"), "user": .masculine("perfil"),
        ],
        noTarget: .feminine("publicação"), otherTarget: .masculine("{{target_type}}"))
}

extension PhraseSource {
    fileprivate static func masculine(_ word: String) -> Self { Self(your: "seu \(word)", onYour: "no seu \(word)") }
    fileprivate static func feminine(_ word: String) -> Self { Self(your: "sua \(word)", onYour: "na sua \(word)") }
}
