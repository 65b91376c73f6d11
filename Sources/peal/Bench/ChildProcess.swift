import Foundation
import Synchronization

/// This executable, run once more with other arguments.
final class ChildProcess: Sendable {
    enum Output {
        case file(String)
        case pipe
    }

    let pid: Int32
    private let input: Int32
    private let output: Int32
    private let status = Mutex<Int32?>(nil)

    init(_ arguments: [String], output kind: Output) throws(Failure) {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw Failure("cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        defer {
            close(toChild[0])
            close(fromChild[1])
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], STDIN_FILENO)
        switch kind {
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        case .pipe:
            posix_spawn_file_actions_adddup2(&actions, fromChild[1], STDOUT_FILENO)
        }
        pid = try Self.spawn(arguments, &actions)
        (input, output) = (toChild[1], fromChild[0])
    }

    deinit {
        close(input)
        close(output)
    }

    private static let running = Mutex<Set<Int32>>([])

    /// Takes the children along when the benchmark is interrupted.
    static func endAllWhenInterrupted() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                for pid in running.withLock({ $0 }) { Foundation.kill(pid, SIGKILL) }
                exit(128 + number)
            }
            source.resume()
            // As long as the process.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
    }

    private static func spawn(
        _ arguments: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws(Failure) -> Int32 {
        // Settings of the developer's shell are not what is to be measured.
        let environment = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("PEAL_") && $0.key != "JWT_SECRET"
        }
        var argv = (["peal"] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A child must not inherit that we ignore signals ourselves.
        var signals = sigset_t()
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var child: pid_t = 0
        let result = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw Failure("cannot start a process: \(String(cString: strerror(result)))") }
        let pid = child
        running.withLock { _ = $0.insert(pid) }
        return pid
    }

    var isRunning: Bool { exitStatus == nil }

    /// Nil while it runs.
    private var exitStatus: Int32? {
        status.withLock { status in
            var raw: Int32 = 0
            if status == nil, waitpid(pid, &raw, WNOHANG) == pid {
                status = raw
                Self.running.withLock { _ = $0.remove(pid) }
            }
            return status
        }
    }

    func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Foundation.write(input, bytes, bytes.count)
    }

    func makeReader() -> LinePipe { LinePipe(output) }

    func kill() {
        if isRunning { Foundation.kill(pid, SIGKILL) }
    }

    /// SIGTERM, and SIGKILL for one that does not listen.
    func terminate(within patience: Duration) async {
        if isRunning { Foundation.kill(pid, SIGTERM) }
        let deadline = ContinuousClock.now + patience
        while isRunning, .now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
        kill()
        while isRunning { try? await Task.sleep(for: .milliseconds(10)) }
    }
}
