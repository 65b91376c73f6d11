public import PealCore

/// What a producer takes back. It may be the very body that told of it: what does not name the act is not looked at.
public struct RetractionRequest: Sendable, Equatable {
    /// The act; of nobody in particular where a topic is named.
    public var retraction: Retraction
    /// From whose members it is taken back; nil where the retraction names users.
    public var topic: TopicName?

    /// Reads and checks one request.
    public init(_ json: JSON) throws(ValidationFailure) {
        let event = try EventRequest(json)
        guard let actor = event.actor else {
            throw ValidationFailure([ValidationProblem("actor_id", .required, "is required: who takes it back")])
        }
        guard event.topic != .online else {
            throw ValidationFailure([
                ValidationProblem(
                    "topic", .invalid, "must have members: who was online is not known any more, name user_ids")
            ])
        }
        topic = event.topic
        retraction = Retraction(
            type: event.type, actorID: actor.id,
            target: event.type == Act.followType ? .any : .exactly(event.target), users: event.users,
            occurredAt: event.occurredAt)
    }
}
