internal import ArgumentParser
internal import Glibc
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// The options of every operator command, and the functions that run commands.
struct OperatorOptions: ParsableArguments {
    @Option(setting: "UP_DATA_DIR") var dataDir: String?
    @Option(setting: "UP_DATABASE_URL") var databaseUrl: String?
    @Option(setting: "UP_MASTER_KEY_FILE") var masterKeyFile: String?

    @Option(help: "A file of NAME=value lines with settings (UP_CONFIG).")
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Calls a verb and prints its result, an object or an array of objects.
    /// - Throws: `ExitCode` after an error was printed: 1 if the verb failed, 2 if a setting is invalid.
    func run(_ verb: (OperatorService) async throws -> JSON) async throws {
        try await open { installation, configuration in
            show(try await verb(OperatorOptions.operations(installation, configuration)))
        }
    }

    /// Calls a verb that issues a setup token, and prints its result, followed by a message to the partner.
    /// - Throws: `ExitCode` after an error was printed.
    func runInviting(_ verb: (OperatorService) async throws -> JSON) async throws {
        try await open { installation, configuration in
            let result = try await verb(OperatorOptions.operations(installation, configuration))
            show(result)
            guard !json, let invitation = PartnerInvitation(result, origin: configuration.originForPartners) else {
                return
            }
            for line in invitation.lines { Terminal.info(line) }
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

    /// Opens the installation for `body`. The actor of its audit entries is the system's user.
    /// - Throws: `ExitCode` after an error was printed.
    func open(_ body: (Installation, ServerConfiguration) async throws -> Void) async throws {
        try await configured { configuration in
            try await Installation.with(configuration) { try await body($0, configuration) }
        }
    }

    /// Reads the settings for `body`. The actor of its audit entries is the system's user.
    /// - Throws: `ExitCode` after an error was printed.
    func configured(_ body: (ServerConfiguration) async throws -> Void) async throws {
        try await Failure.reported {
            let settings = try await Settings(
                flags: [
                    "UP_DATA_DIR": dataDir, "UP_DATABASE_URL": databaseUrl, "UP_MASTER_KEY_FILE": masterKeyFile,
                ], configFile: config)
            settings.announceWarnings()
            let configuration = try ServerConfiguration(settings)
            LogOutput.bootstrap(level: configuration.logLevel, format: configuration.logFormat)
            let origin = AuditOrigin(actor: .operator(OperatorOptions.user), requestID: nil)
            try await AuditOrigin.$current.withValue(origin) {
                try await body(configuration)
            }
        }
    }

    /// The name of the system's user, for the audit log. It contains no spaces.
    static var user: String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "\(geteuid())" }
        return String(cString: name)
    }
}
