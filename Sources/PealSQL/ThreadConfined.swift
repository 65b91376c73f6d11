internal import Foundation

/// Carries what one thread has built to the one thread that will use it.
///
/// Unchecked, because the compiler cannot see that the first thread does not keep it.
package final class ThreadConfined<Value>: @unchecked Sendable {
    private var value: Value?

    /// A value that nobody else keeps.
    package init(_ value: Value) {
        self.value = value
    }

    /// Starts a thread outside of Swift's cooperative pool, which may wait for a disk.
    ///
    /// - Parameter end: called after the value is gone, with all that it held.
    package func run(
        named name: String, _ body: @escaping @Sendable (Value) -> Void, end: @escaping @Sendable () -> Void
    ) {
        let thread = Thread {
            self.spend(body)
            end()
        }
        thread.name = name
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func spend(_ body: (Value) -> Void) {
        guard let value = value.take() else { return }
        body(value)
    }
}
