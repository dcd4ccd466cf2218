internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy integrity`.
struct IntegrityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integrity", abstract: "Check the consistency of the records.", subcommands: [Check.self])

    /// `integrity check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare data that is stored twice; exit status 1 if there are inconsistencies.",
            discussion: """
                Runs concurrently with servers and does not delay them. A finding names a record and its inconsistent \
                members, never a value.
                """)

        @Option(help: "Check only the records of this tenant.")
        var tenant: String?

        @Option(help: "The maximum number of findings to show, 1 to 10000. All are counted.")
        var limit = 100

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            guard (1...10_000).contains(limit) else {
                throw ValidationError("--limit must be a number from 1 to 10000.")
            }
        }

        func run() async throws {
            try await options.open { installation, configuration in
                let environment = installation.environment
                let checker = IntegrityChecker(
                    environment: environment, eventRetention: configuration.webhookRetention)
                let names = try await environment.store.systemRead { scope in
                    Dictionary(try scope.tenants().map { ($0.id, $0.name) }) { first, _ in first }
                }
                var shown: [JSON] = []
                var nextReport = environment.now + ServiceLimits.integrityProgressInterval
                let report = try await checker.check(
                    tenant: tenant,
                    progress: { report in
                        guard environment.now >= nextReport, !options.json else { return }
                        nextReport = environment.now + ServiceLimits.integrityProgressInterval
                        Terminal.hint("\(report.records) records so far, \(report.total) findings")
                    },
                    found: { finding in
                        guard shown.count < limit else { return }
                        shown.append(Check.document(finding, names: names))
                    })
                let only = names.first { $0.value == tenant || $0.key == tenant.flatMap(TenantID.init) }?.key
                let now = environment.now
                try await environment.store.systemWrite(.log) {
                    $0.audit(.integrityChecked, ["findings:\(report.total)"], tenant: only, at: now)
                }
                show(shown, report, at: now)
                if report.total > 0 { throw ExitCode(1) }
            }
        }

        private func show(_ shown: [JSON], _ report: IntegrityReport, at now: Timestamp) {
            guard !options.json else {
                let counts = report.counts.sorted { $0.key.rawValue < $1.key.rawValue }
                return options.show([
                    "findings": .array(shown), "total": JSON(report.total),
                    "kinds": .object(counts.map { JSON.Member($0.key.rawValue, JSON($0.value)) }),
                    "tenants": JSON(report.tenants), "records": JSON(report.records), "checked_at": JSON(now),
                ])
            }
            if !shown.isEmpty { options.show(.array(shown)) }
            if report.total > shown.count { Terminal.info("… and \(report.total - shown.count) more") }
            Terminal.info("\(report.records) records of \(report.tenants) tenants, \(report.total) findings")
        }

        private static func document(_ finding: IntegrityFinding, names: [TenantID: String]) -> JSON {
            [
                "kind": .string(finding.kind.rawValue),
                "tenant": JSON(finding.tenant.map { names[$0] ?? $0.description }),
                "subject": .string(finding.subject), "members": .array(finding.members.map(JSON.string)),
            ]
        }
    }
}
