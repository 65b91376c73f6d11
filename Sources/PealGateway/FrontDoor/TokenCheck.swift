import NIOCore
import PealAuth

/// Checks a token: at once where it is known, else in a task that comes back to the loop.
enum TokenCheck {
    static func run(
        _ token: String, verifier: any TokenVerifier, on loop: any EventLoop,
        then take: @escaping (Result<Claims, AuthError>) -> Void
    ) {
        if let claims = verifier.cached(token) { return take(.success(claims)) }
        let take = NIOLoopBound(take, eventLoop: loop)
        Task {
            let result: Result<Claims, AuthError>
            do throws(AuthError) {
                result = .success(try await verifier.verify(token))
            } catch {
                result = .failure(error)
            }
            loop.execute { take.value(result) }
        }
    }
}
