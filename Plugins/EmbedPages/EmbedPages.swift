import Foundation
import PackagePlugin

/// Puts the demo page, the browser client and the descriptions of the API into the binary, straight from where they are written.
///
/// As base 64 in string literals: the compiler takes 0.1 s for 100 KB of them, and 17 s for the array literals of
/// SwiftPM's own `.embedInCode`.
@main
struct EmbedPages: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        let pages = try files(in: root.appending(path: "Sources/PealAPI/Pages"))
        let specification = try files(in: root.appending(path: "Sources/PealAPI/Specification"))
        let client = try files(in: root.appending(path: "Clients/js")).filter { $0.pathExtension == "js" }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        var arguments: [String] = ["-euc", Self.script, "embed", output.path]
        for (folder, files) in [("demo", pages), ("specification", specification), ("client", client)] {
            arguments.append(folder)
            arguments.append(contentsOf: files.map { $0.path })
        }
        return [
            .buildCommand(
                displayName: "Embedding the demo page and the browser client",
                executable: URL(filePath: "/bin/sh"),
                arguments: arguments,
                inputFiles: pages + specification + client, outputFiles: [output])
        ]
    }

    private func files(in folder: URL) throws -> [URL] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
            .filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .sorted { $0.path < $1.path }
    }

    /// Arguments: the output, then folder names (`demo`, `specification`, `client`), each followed by its files.
    private static let script = """
        output=$1
        shift
        {
            echo '// Made by the plug-in EmbedPages.'
            echo 'enum EmbeddedFiles {'
            echo '    static let base64: KeyValuePairs<String, StaticString> = ['
            for argument in "$@"; do
                case $argument in
                    demo|specification|client) folder=$argument ;;
                    *)
                        printf '        "%s/%s": "' "$folder" "${argument##*/}"
                        base64 < "$argument" | tr -d '\\n'
                        echo '",' ;;
                esac
            done
            echo '    ]'
            echo '}'
        } > "$output"
        """
}
