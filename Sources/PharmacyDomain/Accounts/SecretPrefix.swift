/// The first characters of each kind of secret, by which a leaked one is recognized.
package enum SecretPrefix: String, Sendable {
    case setupToken = "up_setup_"
    case clientSecret = "up_secret_"
    case refreshToken = "up_refresh_"
    /// A session of the dashboard.
    case session = "up_session_"
    /// The prefix of Standard Webhooks; base64 follows.
    case webhookSecret = "whsec_"
}
