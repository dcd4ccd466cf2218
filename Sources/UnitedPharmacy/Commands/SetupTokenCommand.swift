internal import ArgumentParser
internal import PharmacyServices

/// `united-pharmacy setup-token`.
struct SetupTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup-token", abstract: "Issue the tokens with which partners create their first credentials.",
        subcommands: [Issue.self])

    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Issue a setup token for a tenant and print it once, with a message to the partner. Earlier tokens are revoked.",
            discussion:
                "The token can be used once within 7 days. The token of a sandbox stays the same and valid until the "
                + "next wipe."
        )

        @Argument var tenant: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.runInviting { try await $0.issueSetupToken(toTenant: tenant) }
        }
    }
}
