internal import ArgumentParser
internal import Glibc
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// What every command of the operator understands, and the way each of them runs.
struct OperatorOptions: ParsableArguments {
    @Option(help: "Where data is kept (UP_DATA_DIR).")
    var dataDir: String?

    @Option(help: "Where data is kept instead of SQLite (UP_DATABASE_URL).")
    var databaseUrl: String?

    @Option(help: "A file with the master key (UP_MASTER_KEY_FILE).")
    var masterKeyFile: String?

    @Option(help: "A file of NAME=value lines with UP_ settings (UP_CONFIG).")
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Does one verb and prints what it returns: an object or an array of them.
    /// - Throws: `ExitCode`, after one sentence: 1 where it is refused, 2 for a setting that cannot be read.
    func run(_ verb: (OperatorService) async throws -> JSON) async throws {
        try await open { installation, configuration in
            show(try await verb(OperatorOptions.operations(installation, configuration)))
        }
    }

    static func operations(_ installation: Installation, _ configuration: ServerConfiguration) -> OperatorService {
        OperatorService(
            environment: installation.environment, setupTokens: installation.setupTokens,
            wipeEvery: configuration.sandboxWipeEvery)
    }

    /// Prints an object or an array of them.
    func show(_ result: JSON) {
        for line in json ? [String(decoding: result.bytes, as: UTF8.self)] : PlainText.lines(result) {
            Terminal.info(line)
        }
    }

    /// Opens the installation for `body`, in whose audit lines the system's user is the operator.
    /// - Throws: `ExitCode`, after one sentence.
    func open(_ body: (Installation, ServerConfiguration) async throws -> Void) async throws {
        try await configured { configuration in
            try await Installation.with(configuration) { try await body($0, configuration) }
        }
    }

    /// Reads the settings for `body`, in whose audit lines the system's user is the operator.
    /// - Throws: `ExitCode`, after one sentence.
    func configured(_ body: (ServerConfiguration) async throws -> Void) async throws {
        try await Failure.reported {
            let settings = try await Settings(
                flags: [
                    "UP_DATA_DIR": dataDir, "UP_DATABASE_URL": databaseUrl, "UP_MASTER_KEY_FILE": masterKeyFile,
                ], configFile: config)
            settings.introduce()
            let configuration = try ServerConfiguration(settings)
            LogOutput.bootstrap(level: configuration.logLevel, format: configuration.logFormat)
            let origin = AuditOrigin(actor: .operator(OperatorOptions.user), requestID: nil)
            try await AuditOrigin.$current.withValue(origin) {
                try await body(configuration)
            }
        }
    }

    /// The system's user, without spaces: the operator's name in the audit log.
    static var user: String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "\(geteuid())" }
        return String(cString: name)
    }
}
