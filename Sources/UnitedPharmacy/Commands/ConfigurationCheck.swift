internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import NIOPosix
internal import PharmacyStore

/// `united-pharmacy serve --check-config`: finds everything that would stop a start, and makes and changes nothing.
struct ConfigurationCheck {
    private let configuration: ServerConfiguration
    private let directory: DataDirectory
    /// What was found, a sentence each.
    private(set) var findings: [String] = []
    /// What would stop a start, a sentence each.
    private(set) var faults: [String]

    /// Reads the settings; those that cannot be read are faults.
    /// - Throws: `ConfigurationError` where nothing can be checked.
    init(_ settings: Settings) throws {
        (configuration, faults) = try ServerConfiguration.reading(settings)
        directory = DataDirectory(unmade: configuration.dataDirectory)
    }

    /// Checks everything and prints what was found.
    /// - Throws: `ExitCode(2)` where there are faults, after all of them.
    func run() async throws {
        var check = self
        check.checkPolicy()
        check.checkDirectory()
        check.checkCertificate()
        let key = check.checkMasterKey()
        await check.checkDatabase(key)
        let width = configuration.shownSettings.map(\.name.count).max() ?? 0
        for setting in configuration.shownSettings {
            let name = setting.name + String(repeating: " ", count: width - setting.name.count)
            Terminal.info("\(name)  \(setting.value)  (\(setting.origin))")
        }
        for finding in check.findings { Terminal.info(finding) }
        for fault in check.faults { Terminal.error(fault) }
        guard check.faults.isEmpty else { throw ExitCode(2) }
        Terminal.info("No fault was found.")
    }

    /// Whether one of the settings could not be read, so that what depends on it cannot be checked.
    private func isUnread(_ names: String...) -> Bool { !configuration.refusedSettings.isDisjoint(with: names) }

    private mutating func checkPolicy() {
        guard
            !isUnread(
                "UP_HOST", "UP_PUBLIC_URL", "UP_TLS_CERT", "UP_TLS_KEY", "UP_TRUSTED_PROXIES",
                "UP_HTTP_ALLOW_PLAINTEXT", "UP_SANDBOX_LOOPBACK_WEBHOOKS")
        else { return }
        do {
            findings += try ServingPolicy(configuration).advice
        } catch {
            faults.append("\(error)")
        }
    }

    private mutating func checkDirectory() {
        guard !isUnread("UP_DATA_DIR") else { return }
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory) else {
            let ancestor = ConfigurationCheck.nearestAncestor(of: directory.path)
            if FileManager.default.fileExists(atPath: ancestor, isDirectory: &isDirectory), isDirectory,
                access(ancestor, W_OK | X_OK) == 0
            {
                findings.append("Data directory: \(directory.path), which the first start makes.")
            } else {
                faults.append("The data directory \(directory.path) cannot be made.")
            }
            return
        }
        if isDirectory, access(directory.path, R_OK | W_OK | X_OK) == 0 {
            findings.append("Data directory: \(directory.path).")
        } else {
            faults.append("The data directory \(directory.path) cannot be written.")
        }
    }

    /// The longest part of a path that is there.
    private static func nearestAncestor(of path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let root = path.hasPrefix("/") ? "/" : "./"
        while !parts.isEmpty {
            parts.removeLast()
            let parent = root + parts.joined(separator: "/")
            if FileManager.default.fileExists(atPath: parent) { return parent }
        }
        return root
    }

    private mutating func checkCertificate() {
        guard let files = configuration.certificateFiles else { return }
        do {
            _ = try ServerCertificate(
                certificateFile: files.certificate, keyFile: files.key,
                logger: Logger(label: "united-pharmacy", factory: { _ in SwiftLogNoOpLogHandler() }))
            findings.append("Certificate: \(files.certificate) and its private key \(files.key) belong together.")
        } catch {
            faults.append("\(error)")
        }
    }

    /// - Returns: the key, where there is one already.
    private mutating func checkMasterKey() -> MasterKey? {
        guard !isUnread("UP_MASTER_KEY", "UP_MASTER_KEY_FILE", "UP_DATA_DIR") else { return nil }
        do {
            guard let key = try MasterKey.find(configuration, in: directory) else {
                findings.append("Master key: \(directory.masterKeyPath), which the first start makes.")
                return nil
            }
            findings.append("Master key: \(key.file?.path ?? "from UP_MASTER_KEY").")
            return key
        } catch {
            faults.append("\(error)")
            return nil
        }
    }

    private mutating func checkDatabase(_ key: MasterKey?) async {
        guard !isUnread("UP_DATABASE_URL", "UP_DATABASE_ALLOW_PLAINTEXT", "UP_DATA_DIR") else { return }
        let place = configuration.place(in: directory)
        do {
            let found = try await NIOThreadPool.singleton.runIfActive {
                try DatabaseInspection.inspect(place, masterKey: key?.source)
            }
            findings += ConfigurationCheck.sentences(found, path: directory.databasePath, traces: directory.traces)
        } catch {
            faults.append("\(error)")
        }
    }

    private static func sentences(_ found: DatabaseInspection?, path: String, traces: [String]) -> [String] {
        let known = DatabaseInspection.knownStep
        if let found, found.hasUnreadLog {
            return [
                "Database: \(found.product), \(found.place). Its last changes are in its write-ahead file, which has no "
                    + "index: the next start takes them in."
            ]
        }
        guard let found, let step = found.schemaStep else {
            let place = found.map { "\($0.product), \($0.place)" } ?? path
            let warning = traces.isEmpty ? "" : " There are files of an earlier one: \(traces.joined(separator: ", "))."
            return ["Database: \(place), where the first start makes a new one.\(warning)"]
        }
        let next = step < known ? ", which the next start brings to step \(known)" : ""
        return ["Database: \(found.product), \(found.place), schema step \(step) of \(known)\(next)."]
    }
}
