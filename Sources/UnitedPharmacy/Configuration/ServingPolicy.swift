internal import FoundationEssentials
internal import PharmacyDomain

/// The security consequences of the settings together. Insecure combinations are refused unless a setting allows them
/// explicitly.
struct ServingPolicy: Hashable, Sendable {
    /// Whether sandboxes may send webhooks to loopback addresses, where other services of this machine listen.
    let allowsLoopbackWebhooks: Bool
    /// Warnings for the operator at the start, a sentence each.
    let advice: [String]

    /// - Throws: `ConfigurationError`.
    init(_ configuration: ServerConfiguration) throws {
        let isBoundToLoopback = LoopbackHost.contains(configuration.host)
        let hasCertificate = configuration.certificateFiles != nil
        var advice: [String] = []
        if !isBoundToLoopback, !hasCertificate {
            guard configuration.allowsPlainHTTP else {
                throw ConfigurationError(
                    description:
                        "UP_HOST is not a loopback address and there is no certificate. Set UP_TLS_CERT and "
                        + "UP_TLS_KEY, or "
                        + "UP_HTTP_ALLOW_PLAINTEXT=yes if a proxy in front of this server terminates TLS.")
            }
            advice.append(
                "Plain HTTP is served on \(configuration.host) (UP_HTTP_ALLOW_PLAINTEXT). Without TLS in front of this server, "
                    + "credentials and patients' data can be read on the network.")
        }
        allowsLoopbackWebhooks = try ServingPolicy.loopbackWebhooks(
            configuration, isBoundToLoopback: isBoundToLoopback, hasCertificate: hasCertificate)
        if configuration.loopbackWebhooks == .on {
            advice.append(
                "Sandboxes may send webhooks to other services of this machine (UP_SANDBOX_LOOPBACK_WEBHOOKS).")
        }
        self.advice = advice
    }

    /// A reverse proxy on the same machine reaches a server on loopback, so the bind address alone does not prove that
    /// only this machine reaches the server. Without the setting, loopback is allowed only if no other setting
    /// indicates remote clients.
    private static func loopbackWebhooks(
        _ configuration: ServerConfiguration, isBoundToLoopback: Bool, hasCertificate: Bool
    ) throws -> Bool {
        let isPublicURLLocal = configuration.publicURL.map { url in
            URLComponents(string: url)?.host.map(LoopbackHost.contains) ?? false
        }
        switch configuration.loopbackWebhooks {
        case .off: return false
        case nil:
            return isBoundToLoopback && isPublicURLLocal != false && configuration.trustedProxies.isEmpty
                && !hasCertificate
        case .on: break
        }
        guard isPublicURLLocal != false else {
            throw ConfigurationError(
                description:
                    "UP_SANDBOX_LOOPBACK_WEBHOOKS cannot be on while UP_PUBLIC_URL is the URL of another host: "
                    + "partners could reach other services of this machine through a sandbox.")
        }
        // In a container the server listens on all addresses, and the host may publish the port on loopback alone. The
        // server cannot detect that, so the public URL must state it.
        guard isBoundToLoopback || isPublicURLLocal == true else {
            throw ConfigurationError(
                description: "UP_SANDBOX_LOOPBACK_WEBHOOKS cannot be on while UP_HOST is not a loopback address, "
                    + "unless UP_PUBLIC_URL is a loopback URL, for example http://localhost:8082.")
        }
        return true
    }
}
