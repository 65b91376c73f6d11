import ArgumentParser
import PealPipeline
import PealServer

struct TemplatesCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with a folder of templates, one problem a line.",
        discussion: """
            The folder is templates.directory where none is given. Exit status 1 if there is a problem.

            EXAMPLES
              peal templates check ./templates
              PEAL_TEMPLATES_LOCALE=de peal templates check ./templates
            """)

    @Argument(help: "The folder with a folder for each locale.")
    var folder: String?

    @OptionGroup var options: TemplatesOptions

    func run() throws {
        let settings = try options.settings()
        guard let path = folder ?? settings.templates.directory else {
            throw Failure(.usage, "no folder to check: give one, or set templates.directory")
        }
        do throws(TemplateFailure) {
            let templates = try Templates(defaultLocale: settings.templates.locale, folder: TemplateFolder(path))
            for line in templates.missing { Console.print("note: \(line)") }
            Console.print("no problems; there are texts for \(templates.locales.joined(separator: ", "))")
        } catch {
            Console.print(error.description)
            throw Failure("\(path) has \(error.problems.count == 1 ? "a problem" : "\(error.problems.count) problems")")
        }
    }
}
