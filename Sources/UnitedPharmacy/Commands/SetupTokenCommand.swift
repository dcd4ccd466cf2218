internal import ArgumentParser
internal import PharmacyServices

/// `united-pharmacy setup-token`.
struct SetupTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup-token", abstract: "The tokens that make first credentials.", subcommands: [Issue.self])

    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a new setup token of a tenant, this once; earlier ones are revoked.",
            discussion:
                "It works once within 7 days. A sandbox's works until the next wipe, and is the same until then.")

        @Argument var tenant: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.issueSetupToken(toTenant: tenant) }
        }
    }
}
