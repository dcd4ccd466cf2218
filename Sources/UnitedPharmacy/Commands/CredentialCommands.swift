internal import ArgumentParser
internal import PharmacyDomain
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

/// `united-pharmacy credential`.
struct CredentialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "The client credentials of a tenant.",
        subcommands: [List.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's active credentials.")

        @Argument var tenant: String

        @Flag(help: "Revoked ones too.")
        var includeRevoked = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run {
                .array(try await $0.credentials(ofTenant: tenant, includingRevoked: includeRevoked))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a credential with all its tokens.")

        @Argument var tenant: String
        @Argument(help: "Its client id.") var clientId: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.revokeCredential(clientId, ofTenant: tenant) }
        }
    }
}
