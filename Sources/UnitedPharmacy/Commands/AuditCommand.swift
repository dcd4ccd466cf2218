internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Look into the audit log, also while the server runs.",
        subcommands: [List.self, Export.self, Verify.self, AnchorKey.self, AcceptLoss.self])

    /// `audit list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the newest entries, newest first.")

        @OptionGroup var options: OperatorOptions
        @OptionGroup var filter: AuditFilterOptions

        @Option(help: "The most entries to show, 1 to 10000.")
        var limit = 100

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 10000.") }
        }

        func run() async throws {
            try await options.open { installation, _ in
                let log = AuditLog(store: installation.store)
                let lines = try await log.newest(
                    filter.filter(log), limit: limit, by: OperatorOptions.user, at: SystemTime().now())
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
            abstract: "Write every entry as a line of JSON with its hash and the one before it, oldest first.")

        @OptionGroup var options: OperatorOptions
        @OptionGroup var filter: AuditFilterOptions

        func run() async throws {
            try await options.open { installation, _ in
                let log = AuditLog(store: installation.store)
                try await log.export(
                    filter.filter(log), by: OperatorOptions.user, at: SystemTime().now()
                ) { line, previous in
                    try StandardOutput.write(AuditLine(line).json(after: previous).bytes)
                }
            }
        }
    }
}

/// What narrows a list or an export.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: "Of this tenant: its name, or its uuid.")
    var tenant: String?

    @Option(help: "This action, such as patient.read.")
    var action: String?

    @Option(help: "By this actor, such as credential:CLIENT_ID, operator:NAME or system.")
    var actor: String?

    @Option(help: "With this id among the subjects.")
    var subject: String?

    @Option(help: "Of the request with this id, as in X-Request-Id and in logs.")
    var requestId: String?

    @Option(help: "From this time on, such as 2026-01-31T00:00:00Z.")
    var since: String?

    @Option(help: "Up to this time; without a fraction, to the end of its second.")
    var until: String?

    func validate() throws {
        if let action, AuditAction(rawValue: action) == nil {
            let all = AuditAction.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--action must be one of \(all).")
        }
        if let actor, AuditActor(actor) == nil {
            throw ValidationError("--actor must be credential:…, setup_token:…, operator:…, system or anonymous.")
        }
        for moment in [since, until].compactMap(\.self) where Timestamp(moment) == nil {
            throw ValidationError("--since and --until take times such as 2026-01-31T00:00:00Z.")
        }
    }

    func filter(_ log: AuditLog) async throws -> AuditFilter {
        var filter = AuditFilter()
        if let tenant {
            guard let id = try await log.tenantID(tenant) else {
                throw OperationRefusal.noSuchTenant(tenant)
            }
            filter.tenant = id
        }
        filter.action = action.flatMap(AuditAction.init(rawValue:))
        filter.actor = actor.flatMap(AuditActor.init)
        filter.subject = subject
        filter.requestID = requestId
        filter.since = since.flatMap(Timestamp.init)
        filter.until = until.flatMap(Timestamp.upperBound)
        return filter
    }
}
