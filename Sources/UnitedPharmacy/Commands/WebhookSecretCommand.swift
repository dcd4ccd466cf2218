internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy webhook-secret`.
struct WebhookSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook-secret", abstract: "Rotate the secret that signs a tenant's webhooks.",
        subcommands: [Rotate.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a webhook secret for a tenant and print it once.",
            discussion: """
                The new secret becomes active after --activate-after. Until then webhook-signature contains the \
                signatures of both secrets, and X-Webhook-Signature uses the old one. A pending rotation is replaced.
                """)

        @Argument var tenant: String

        @Option(help: "Seconds until the new secret replaces the old one, at most 604800 (7 days).")
        var activateAfter = WebhookSecrets.activationDefault

        @OptionGroup var options: OperatorOptions

        func validate() throws {
            let range = WebhookSecrets.activationRange
            guard range.contains(activateAfter) else {
                throw ValidationError(
                    "--activate-after must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            }
        }

        func run() async throws {
            try await options.run { try await $0.rotateWebhookSecret(ofTenant: tenant, after: activateAfter) }
        }
    }
}
