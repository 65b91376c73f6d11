public import PealCore

extension Retraction {
    /// Reads what is to be taken back. It may be the very body that told of it: what does not name the act is not looked at.
    public init(_ json: JSON) throws(ValidationFailure) {
        let event = try EventRequest(json)
        guard let actor = event.actor else {
            throw ValidationFailure([ValidationProblem("actor_id", .required, "is required: who takes it back")])
        }
        self.init(
            type: event.type, actorID: actor.id,
            target: event.type == Act.followType ? .any : .exactly(event.target), users: event.users,
            occurredAt: event.occurredAt)
    }
}
