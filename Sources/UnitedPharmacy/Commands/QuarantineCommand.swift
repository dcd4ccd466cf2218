internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy quarantine`.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Records that background work cannot process.",
        discussion: """
            A record that does not decrypt, or is damaged, is tried again with growing waits for half an hour and then \
            left alone, while all other work goes on. Put back what is damaged, or the key, and retry.
            """, subcommands: [List.self, Retry.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what is tried again later, and what waits for you (no next_try_at).")

        @Option(help: "Of this tenant alone.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { .array(try await $0.quarantinedItems(ofTenant: tenant)) }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try records again at once, with all their tries before them.")

        @Argument(help: "Ids from the list.")
        var ids: [Int64] = []

        @Flag(help: "All of them.")
        var all = false

        @Option(help: "With --all: of this tenant alone.")
        var tenant: String?

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            if ids.isEmpty != all { throw ValidationError("Say ids from the list, or --all.") }
            if tenant != nil, !all { throw ValidationError("--tenant goes with --all.") }
        }

        func run() async throws {
            try await options.run { try await $0.retryQuarantined(ids, ofTenant: tenant) }
        }
    }
}
