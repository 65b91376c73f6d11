import PealGateway

/// Does one workload a number of times, for scripts/instructions, which counts its instructions. Not installed.
@main
struct Instructions {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 2, let workload = arguments.first.flatMap(Workload.init),
            let count = arguments.last.flatMap({ Int($0) })
        else {
            return print("usage: peal-instructions \(Workload.allCases.map(\.rawValue).joined(separator: "|")) COUNT")
        }
        print(workload.run(count))
    }
}
