internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy credential`.
struct CredentialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credential", abstract: "Manage the client credentials of a tenant.",
        subcommands: [List.self, Revoke.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's active credentials.")

        @Argument var tenant: String

        @Flag(help: "Include revoked credentials.")
        var includeRevoked = false

        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run {
                .array(try await $0.credentials(ofTenant: tenant, includingRevoked: includeRevoked))
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a credential and all its tokens.")

        @Argument var tenant: String
        @Argument(help: "The client id of the credential.") var clientId: String
        @OptionGroup var options: OperatorOptions

        func run() async throws {
            try await options.run { try await $0.revokeCredential(clientId, ofTenant: tenant) }
        }
    }
}
