internal import Foundation

/// Reports progress on standard error, with the time since the start.
enum Progress {
    private static let start = ContinuousClock.now

    static func report(_ parts: String...) {
        let line = "[\(seconds(since: start))] " + parts.joined(separator: " ") + "\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    static func seconds(since moment: ContinuousClock.Instant) -> String {
        "\(String(format: "%.1f", (ContinuousClock.now - moment).inSeconds)) s"
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Of this process.
struct ResidentMemory: CustomStringConvertible {
    let all: Int
    /// Without files that are mapped, such as the database's.
    let own: Int

    init() {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func megabytes(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) / 1024
        }
        all = megabytes("VmRSS:")
        own = megabytes("RssAnon:")
    }

    var description: String { "\(all) MB (\(own) MB without mapped files)" }
}
