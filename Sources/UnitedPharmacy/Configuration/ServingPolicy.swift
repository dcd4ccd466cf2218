internal import FoundationEssentials
internal import PharmacyDomain

/// What the settings of a server mean together for those who can reach it. What would be insecure is refused unless it
/// was asked for by name.
struct ServingPolicy: Hashable, Sendable {
    /// Whether sandboxes may send webhooks to loopback addresses, where other services of this machine listen.
    let allowsLoopbackWebhooks: Bool
    /// What the operator is told at the start, a sentence each.
    let advice: [String]

    /// - Throws: `ConfigurationError`.
    init(_ configuration: ServerConfiguration) throws {
        let isBoundToLoopback = LoopbackHost.contains(configuration.host)
        let hasCertificate = configuration.certificateFiles != nil
        var advice: [String] = []
        if !isBoundToLoopback, !hasCertificate {
            guard configuration.allowsPlainHTTP else {
                throw ConfigurationError(
                    description: "UP_HOST is not a loopback address and there is no certificate: set UP_TLS_CERT and "
                        + "UP_TLS_KEY, or UP_HTTP_ALLOW_PLAINTEXT=yes where TLS ends in front of this server.")
            }
            advice.append(
                "Plain HTTP is served on \(configuration.host) (UP_HTTP_ALLOW_PLAINTEXT): only what stands in front of "
                    + "this server can keep credentials and patients' data from being read on the network.")
        }
        allowsLoopbackWebhooks = try ServingPolicy.loopbackWebhooks(
            configuration, isBoundToLoopback: isBoundToLoopback, hasCertificate: hasCertificate)
        if configuration.loopbackWebhooks == .on {
            advice.append(
                "Sandboxes may send webhooks to other services of this machine (UP_SANDBOX_LOOPBACK_WEBHOOKS).")
        }
        self.advice = advice
    }

    /// A reverse proxy on the same machine reaches a server on loopback, so the bind address alone does not say that
    /// only this machine does. Without a setting, loopback is allowed only where nothing says that others reach the
    /// server.
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
                description: "UP_SANDBOX_LOOPBACK_WEBHOOKS cannot be on while UP_PUBLIC_URL names another host than "
                    + "this machine: partners could reach its other services through a sandbox.")
        }
        // In a container the server listens on all addresses, and the host may publish the port on loopback alone. The
        // server cannot see that, so the public URL has to say it.
        guard isBoundToLoopback || isPublicURLLocal == true else {
            throw ConfigurationError(
                description: "UP_SANDBOX_LOOPBACK_WEBHOOKS cannot be on while UP_HOST is not a loopback address, "
                    + "unless UP_PUBLIC_URL is one of this machine alone, like http://localhost:8082.")
        }
        return true
    }
}
