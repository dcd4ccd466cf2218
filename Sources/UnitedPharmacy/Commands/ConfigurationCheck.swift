internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import NIOPosix
internal import PharmacyStore

/// `united-pharmacy serve --check-config`: finds everything that would prevent a start. Creates and changes nothing.
struct ConfigurationCheck {
    private let configuration: ServerConfiguration
    private let directory: DataDirectory
    /// Results, a sentence each.
    private(set) var findings: [String] = []
    /// Errors that would prevent a start, a sentence each.
    private(set) var faults: [String]

    /// Reads the settings. Invalid settings are faults.
    init(_ settings: Settings) {
        (configuration, faults) = ServerConfiguration.reading(settings)
        directory = DataDirectory(unchecked: configuration.dataDirectory)
    }

    /// Checks everything and prints the results.
    /// - Throws: `ExitCode(2)` after all faults have been printed.
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
        Terminal.info("No faults found.")
    }

    /// Whether one of the settings is invalid, so that checks that depend on it are skipped.
    private func isInvalid(_ names: String...) -> Bool { !configuration.refusedSettings.isDisjoint(with: names) }

    private mutating func checkPolicy() {
        guard
            !isInvalid(
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
        guard !isInvalid("UP_DATA_DIR") else { return }
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory) else {
            let ancestor = ConfigurationCheck.nearestAncestor(of: directory.path)
            if FileManager.default.fileExists(atPath: ancestor, isDirectory: &isDirectory), isDirectory,
                access(ancestor, W_OK | X_OK) == 0
            {
                findings.append("Data directory: \(directory.path), which the first start creates.")
            } else {
                faults.append("The data directory \(directory.path) cannot be created.")
            }
            return
        }
        if isDirectory, access(directory.path, R_OK | W_OK | X_OK) == 0 {
            findings.append("Data directory: \(directory.path).")
        } else {
            faults.append("The data directory \(directory.path) cannot be written.")
        }
    }

    /// The nearest ancestor of a path that exists.
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

    /// - Returns: the key; `nil` if there is none yet.
    private mutating func checkMasterKey() -> MasterKey? {
        guard !isInvalid("UP_MASTER_KEY", "UP_MASTER_KEY_FILE", "UP_DATA_DIR") else { return nil }
        do {
            guard let key = try MasterKey.find(configuration, in: directory) else {
                findings.append("Master key: \(directory.masterKeyPath), which the first start creates.")
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
        guard !isInvalid("UP_DATABASE_URL", "UP_DATABASE_ALLOW_PLAINTEXT", "UP_DATA_DIR") else { return }
        let place = configuration.databaseLocation(in: directory)
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
                "Database: \(found.product), \(found.place). Its last changes are in its write-ahead log, which has no "
                    + "index. The next start recovers them."
            ]
        }
        guard let found, let step = found.schemaStep else {
            let place = found.map { "\($0.product), \($0.place)" } ?? path
            let warning =
                traces.isEmpty ? "" : " There are files of an earlier database: \(traces.joined(separator: ", "))."
            return ["Database: \(place), where the first start creates a new one.\(warning)"]
        }
        let next = step < known ? ", which the next start migrates to step \(known)" : ""
        return ["Database: \(found.product), \(found.place), schema step \(step) of \(known)\(next)."]
    }
}
