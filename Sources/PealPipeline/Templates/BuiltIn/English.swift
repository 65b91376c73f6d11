extension LocaleSource {
    static let english = Self(
        tag: "en",
        actors: """
            {{first}}{{#has_second}} and {{second}}{{/has_second}}{{#has_others}} and {{others}} \
            {{#others_one}}other{{/others_one}}{{^others_one}}others{{/others_one}}{{/has_others}}
            """,
        types: [
            "digest": TextSource(
                title:
                    "{{count}} {{#count_one}}new notification{{/count_one}}{{^count_one}}new notifications{{/count_one}}",
                message:
                    "{{count}} {{#count_one}}new notification{{/count_one}}{{^count_one}}new notifications{{/count_one}}"
            ),
            "like": TextSource(
                title: "{{#is_group}}New likes{{/is_group}}{{^is_group}}New like{{/is_group}}",
                message: """
                    {{#has_actor}}{{actors}} liked {{your_target}}{{/has_actor}}\
                    {{^has_actor}}New like {{on_your_target}}{{/has_actor}}
                    """),
            "comment": TextSource(
                title: "{{#is_group}}New comments{{/is_group}}{{^is_group}}New comment{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} commented {{on_your_target}}{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} commented{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{^has_excerpt}} {{on_your_target}}{{/has_excerpt}}{{/has_actor}}\
                    {{^has_actor}}New comment {{on_your_target}}{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{/has_actor}}{{/is_group}}
                    """),
            "reply": TextSource(
                title: "{{#is_group}}New replies{{/is_group}}{{^is_group}}New reply{{/is_group}}",
                message: """
                    {{#is_group}}{{actors}} replied to your comment{{/is_group}}\
                    {{^is_group}}{{#has_actor}}{{actors}} replied{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{^has_excerpt}} to your comment{{/has_excerpt}}{{/has_actor}}\
                    {{^has_actor}}New reply to your comment{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}\
                    {{/has_actor}}{{/is_group}}
                    """),
            "follow": TextSource(
                title: "{{#is_group}}New followers{{/is_group}}{{^is_group}}New follower{{/is_group}}",
                message: """
                    {{#has_actor}}{{actors}} started following you{{/has_actor}}\
                    {{^has_actor}}You have a new follower{{/has_actor}}
                    """),
            "mention": TextSource(
                title: "{{#is_group}}New mentions{{/is_group}}{{^is_group}}New mention{{/is_group}}",
                message: """
                    {{#has_actor}}{{actors}} mentioned you{{/has_actor}}{{^has_actor}}You were mentioned{{/has_actor}}\
                    {{^is_group}}{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}{{/is_group}}
                    """),
        ],
        general: TextSource(
            title: "New notification",
            message: "New notification{{^is_group}}{{#has_excerpt}}: '{{excerpt}}'{{/has_excerpt}}{{/is_group}}"),
        targets: ["user": PhraseSource(your: "your profile", onYour: "on your profile")],
        noTarget: PhraseSource(your: "your post", onYour: "on your post"),
        otherTarget: PhraseSource(your: "your {{target_type}}", onYour: "on your {{target_type}}"))
}
