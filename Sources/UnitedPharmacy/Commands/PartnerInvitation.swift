internal import PharmacyDomain

/// A message with a setup token that an operator can send to the partner as it is.
struct PartnerInvitation {
    let tenant: String
    let token: String
    /// `nil` for a sandbox, whose token is valid until the next wipe.
    let expiresAt: String?
    /// The server's URL, without a trailing slash.
    let origin: String

    /// - Parameter issued: the result of the verb that issued the token; `nil` if it has none.
    init?(_ issued: JSON, origin: String) {
        guard let tenant = (issued["tenant"] ?? issued["name"])?.text, let token = issued["setup_token"]?.text else {
            return nil
        }
        self.tenant = tenant
        self.token = token
        expiresAt = issued["setup_token_expires_at"]?.text
        self.origin = origin
    }

    var lines: [String] {
        let base = "\(origin)/pharmacy/\(tenant)/api/v1"
        let validity =
            expiresAt.map { "It creates one credential, until \($0)." }
            ?? "It creates credentials, until the sandbox is wiped."
        return [
            "", "To send to the partner:", "",
            "Your account at the United Pharmacy Partner API is ready.", "",
            "  Base URL:       \(base)",
            "  Developer hub:  \(origin)/",
            "  Dashboard:      \(origin)/dashboard",
            "  Setup token:    \(token)", "",
            "\(validity) Keep it secret. Create your credentials with it:", "",
            "  curl -s -X POST \(base)/auth/credentials \\",
            "    -H 'Authorization: Bearer \(token)' \\",
            "    -H 'Content-Type: application/json' -d '{\"name\": \"Production server\"}'", "",
            "The quick start continues from there: \(origin)/docs/quick-start",
        ]
    }
}

extension ServerConfiguration {
    /// The URL of the server from outside, without a trailing slash, as far as the settings tell.
    var originForPartners: String {
        publicURL ?? "\(certificateFiles == nil ? "http" : "https")://localhost:\(port)"
    }
}
