internal import FoundationEssentials

/// The hub's files: templates, texts, style sheet, scripts. They are in a folder beside the executable.
struct HubFiles: Sendable {
    private let directory: String

    /// - Throws: `HubError.missing` if there is no such folder.
    init() throws {
        // The link in /proc is the file itself, where a name on the search path would be another link.
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let parts = (executable ?? CommandLine.arguments[0]).split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        directory = "\(folder)/united-pharmacy_DeveloperHub.resources/Resources"
        guard FileManager.default.fileExists(atPath: directory) else { throw HubError.missing(directory) }
    }

    /// - Parameter path: below the folder.
    /// - Throws: `HubError.missing`.
    func bytes(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: "\(directory)/\(path)") else {
            throw HubError.missing("\(directory)/\(path)")
        }
        return Array(data)
    }

    /// - Throws: `HubError.missing`, also for a file that is not UTF-8.
    func text(_ path: String) throws -> String {
        guard let text = String(validating: try bytes(path), as: UTF8.self) else {
            throw HubError.missing("\(directory)/\(path)")
        }
        return text
    }

    /// The names of the files in a folder, sorted; none if there is no such folder.
    func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []).sorted()
    }
}
