import ArgumentParser
import Foundation
import PealServer

/// What the shell is told; 69 and 77 as in sysexits(3).
enum ExitStatus: Int32 {
    case success = 0
    case failure = 1
    case usage = 2
    case unavailable = 69
    case notAuthorised = 77

    /// Says what went wrong in one line on standard error, and ends the process.
    static func end(with error: any Error) -> Never {
        switch error {
        case let error as Failure: end(error.status, "peal: \(error.message)")
        case let error as SettingsError: end(.usage, "peal: \(error)")
        case let error as StartError: end(.failure, "peal: \(error)")
        default: end(parsing: error)
        }
    }

    private static func end(parsing error: any Error) -> Never {
        let code = Peal.exitCode(for: error)
        let text = Peal.fullMessage(for: error)
        if code == .success {
            Console.print(text)
            exit(0)
        }
        end(code == .validationFailure ? .usage : .failure, text)
    }

    private static func end(_ status: Self, _ text: String) -> Never {
        Console.complain(text)
        exit(status.rawValue)
    }
}

/// A reason to stop, with the status that a script can act on.
struct Failure: Error, Equatable {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    init(_ message: String) {
        self.init(.failure, message)
    }
}
