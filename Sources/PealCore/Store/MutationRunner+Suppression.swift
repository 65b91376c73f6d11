extension MutationRunner {
    /// Why this recipient gets nothing of the event; nil where it is to be delivered.
    ///
    /// Asked inside the transaction, at the time of delivery, because what was scheduled or fans out to a topic is decided
    /// long after it was accepted.
    func suppression(
        of event: Event, for recipient: Event.Recipient, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Suppression? {
        if let decided = recipient.suppression { return decided }
        if let actor = event.actor, recipient.user.rawValue.utf8.elementsEqual(actor.id.utf8) { return .own }
        if let expiresAt = event.expiresAt, expiresAt <= transaction.now { return .expired }
        if try isRetracted(event, for: recipient.user, in: &transaction) { return .retracted }
        return try isUnwanted(event, by: recipient.user, in: &transaction) ? .preference : nil
    }

    /// Whether it was taken back before it arrived here.
    func isRetracted(
        _ event: Event, for user: UserID, in transaction: inout some InboxTransaction
    ) throws(StoreError) -> Bool {
        guard let occurredAt = event.occurredAt, let act = Act(event, for: user),
            let retractedAt = try transaction.retraction(of: act)
        else { return false }
        return occurredAt <= retractedAt
    }
}
