import Hummingbird
import PealAuth

extension Loopback {
    static func isNamed(by request: Request) -> Bool {
        request.head.authority.map(isLoopback) ?? false
    }
}
