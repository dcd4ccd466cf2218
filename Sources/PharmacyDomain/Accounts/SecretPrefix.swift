/// The first characters of each kind of secret, so that one found in the wrong place is recognised for what it is.
package enum SecretPrefix: String, Sendable {
    case setupToken = "up_setup_"
    case clientSecret = "up_secret_"
    case refreshToken = "up_refresh_"
    /// Standard Webhooks' own prefix; base64 follows.
    case webhookSecret = "whsec_"
}
