internal import ArgumentParser
internal import PharmacyDomain
internal import PharmacyServices

/// `united-pharmacy webhook-secret`.
struct WebhookSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook-secret", abstract: "The secret that a tenant's webhooks are signed with.",
        subcommands: [Rotate.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a new webhook secret of a tenant, this once; it takes over later.",
            discussion: """
                Until then webhook-signature lists the signatures of both secrets, and X-Webhook-Signature is made with \
                the old one. A rotation that is pending is replaced.
                """)

        @Argument var tenant: String

        @Option(help: "Seconds until the new secret is the only one, at most 604800 (7 days).")
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
