internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy quarantine`.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Show and retry records that background work cannot process.",
        discussion: """
            A record that cannot be decrypted or is damaged is retried with increasing delays for half an hour. After \
            that it is not processed until you retry it; all other work continues. Restore the record or the key, then \
            retry.
            """, subcommands: [List.self, Retry.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List records that are retried later, and records that need a retry (no next_try_at).")

        @Option(help: "Only records of this tenant.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { .array(try await $0.quarantinedItems(ofTenant: tenant)) }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Retry records now, with all their attempts.")

        @Argument(help: "Ids from the list.")
        var ids: [Int64] = []

        @Flag(help: "Retry all records.")
        var all = false

        @Option(help: "With --all: only records of this tenant.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if ids.isEmpty != all { throw ValidationError("Specify ids from the list, or --all.") }
            if tenant != nil, !all { throw ValidationError("--tenant requires --all.") }
        }

        func run() async throws {
            try await options.run { try await $0.retryQuarantined(ids, ofTenant: tenant) }
        }
    }
}
