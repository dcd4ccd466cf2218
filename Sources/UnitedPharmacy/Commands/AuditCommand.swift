internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read and verify the audit log, also while the server runs.",
        subcommands: [List.self, Export.self, Verify.self, AnchorKey.self, AcceptLoss.self])

    /// `audit list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the newest entries, newest first.")

        @OptionGroup var options: OperatorOptions
        @OptionGroup var filter: AuditFilterOptions

        @Option(help: "The maximum number of entries, 1 to 10000.")
        var limit = 100

        func validate() throws {
            guard (1...10_000).contains(limit) else {
                throw ValidationError("--limit must be a number from 1 to 10000.")
            }
        }

        func run() async throws {
            try await options.open { installation, _ in
                let log = AuditLog(store: installation.store)
                let lines = try await log.newest(
                    filter.filter(log), limit: limit, by: OperatorOptions.user, at: SystemClock().now())
                for line in lines {
                    try StandardOutput.write(
                        options.json ? AuditLine(line).json.bytes : Array(AuditLine(line).text.utf8))
                }
            }
        }
    }

    /// `audit export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write every entry as a line of JSON with its hash and the previous hash, oldest first.")

        @OptionGroup var options: OperatorOptions
        @OptionGroup var filter: AuditFilterOptions

        func run() async throws {
            try await options.open { installation, _ in
                let log = AuditLog(store: installation.store)
                try await log.export(
                    filter.filter(log), by: OperatorOptions.user, at: SystemClock().now()
                ) { line, previous in
                    try StandardOutput.write(AuditLine(line).json(after: previous).bytes)
                }
            }
        }
    }
}
