import Logging
import PealPipeline
import ServiceLifecycle

/// The texts of notifications, and what keeps them as their folder has them.
struct Texts: Sendable {
    let live: LiveTemplates
    /// Nil without `templates.directory`: what is built in never changes.
    let watch: TemplateWatch?

    init(_ settings: Settings) throws(StartError) {
        do throws(TemplateFailure) {
            guard let path = settings.templates.directory else {
                live = LiveTemplates(try Templates(defaultLocale: settings.templates.locale))
                watch = nil
                return
            }
            let watch = try TemplateWatch(TemplateFolder(path), defaultLocale: settings.templates.locale)
            live = watch.templates
            self.watch = watch
        } catch {
            throw StartError("the texts cannot be used: \(error.summary)")
        }
    }
}

/// Takes up changes of `templates.directory` while the server runs.
struct TemplateReload: Service {
    static let interval: Duration = .seconds(1)

    private let watch: TemplateWatch
    private let logger = Logger(label: "peal.templates")

    init(_ watch: TemplateWatch) {
        self.watch = watch
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var watch = watch
            while (try? await Task.sleep(for: Self.interval)) != nil {
                switch watch.step() {
                case .unchanged: break
                case .reloaded:
                    let locales = watch.templates.templates.locales.joined(separator: ",")
                    logger.info("Texts reloaded", metadata: ["locales": "\(locales)"])
                case .refused(let failure):
                    logger.error("The texts stay as they were", metadata: ["reason": "\(failure.summary)"])
                }
            }
        }
    }
}

extension TemplateFailure {
    /// The first problem, and how many more there are.
    fileprivate var summary: String {
        let first = problems.first.map(\.description) ?? "unknown"
        guard problems.count > 1 else { return first }
        return "\(first) (and \(problems.count - 1) more; peal templates check shows them)"
    }
}
