import NIOCore
import PealAuth
public import PealCore

extension Hub {
    /// Closes what was opened with tokens that have been revoked (RULES 45). Returns at once.
    public func close(_ revocations: [Revocation]) {
        let here = revocations.filter { isConnected($0.user) }
        guard !here.isEmpty else { return }
        for shard in shards {
            shard.loop.execute {
                for revocation in here {
                    for node in shard.sessions(of: revocation.user) where revocation.covers(node.grant) {
                        node.revoke(revocation.refusal)
                    }
                }
            }
        }
    }
}
