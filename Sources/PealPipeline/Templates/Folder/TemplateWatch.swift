/// Keeps templates as their folder has them. Has no clock of its own: whoever owns it calls ``step()`` every now and then.
public struct TemplateWatch: Sendable {
    /// What a step found.
    public enum Finding: Sendable, Equatable {
        /// The folder looks as it did at the last step.
        case unchanged
        /// The new texts are in use.
        case reloaded
        /// The folder has changed and cannot be used: the texts are as they were.
        case refused(TemplateFailure)
    }

    private let folder: TemplateFolder
    private let defaultLocale: String
    private let live: LiveTemplates
    private var stamp: FolderStamp

    /// Loads the folder for the first time.
    ///
    /// - Throws: ``TemplateFailure`` where it cannot be used: at the start there is nothing to fall back to.
    public init(_ folder: TemplateFolder, defaultLocale: String) throws(TemplateFailure) {
        self.folder = folder
        self.defaultLocale = defaultLocale
        // Taken before the files are read: what changes meanwhile is seen by the next step.
        stamp = FolderStamp(folder)
        live = LiveTemplates(try Templates(defaultLocale: defaultLocale, folder: folder))
    }

    public var templates: LiveTemplates { live }

    /// Looks whether anything has changed, and if so takes the folder as a whole or not at all.
    public mutating func step() -> Finding {
        let now = FolderStamp(folder)
        guard now != stamp else { return .unchanged }
        stamp = now
        do throws(TemplateFailure) {
            live.replace(with: try Templates(defaultLocale: defaultLocale, folder: folder))
            return .reloaded
        } catch {
            return .refused(error)
        }
    }
}
