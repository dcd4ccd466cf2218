/// The guide's numbers for credentials and tokens (section 1, Authentication).
package enum CredentialPolicy {
    package static let activeLimit = 20
    /// Of a display name.
    package static let name = TextRule(maximum: 100)
    package static let defaultName = "API credential"
    package static let rotationAge = Duration.days(90)
    package static let accessTokenLifetime = Duration.days(30)
    package static let refreshTokenLifetime = Duration.days(60)
}
