internal import Crypto
internal import Hummingbird
internal import PharmacyDomain

/// The cookies of the dashboard. The prefix `__Host-` binds them to this host and to HTTPS; browsers count a loopback address as
/// secure (RFC 6265bis §4.1.3.2).
enum DashboardCookie: String {
    /// The random id of the session, after the tenant's name and the time of the sign-in, which say why a session has ended.
    case session = "__Host-up_session"
    /// A random value before the sign-in, for the CSRF token of its form.
    case visitor = "__Host-up_visitor"

    func value(_ request: Request) -> String? {
        request.cookies[rawValue].map(\.value).flatMap { $0.utf8.count <= 256 ? $0 : nil }
    }

    /// The header that sets the cookie until the browser is closed or the session ends.
    func setting(_ value: String) -> String {
        let age = self == .session ? SessionPolicy.lifetime.components.seconds : 3_600
        return "\(rawValue)=\(value); Path=/; Max-Age=\(age); HttpOnly; Secure; SameSite=Strict"
    }

    /// The header that removes the cookie.
    var removal: String { "\(rawValue)=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict" }
}

/// The value of the session's cookie: `<tenant>.<seconds since 1970>.<random id>`. Only the random id grants anything.
struct SessionCookieValue {
    let tenant: String
    let signedInAt: Timestamp
    let token: String

    init(tenant: String, signedInAt: Timestamp, token: String) {
        self.tenant = tenant
        self.signedInAt = signedInAt
        self.token = token
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, Tenant.isValid(name: parts[0]), let seconds = ASCIIDigits.number(parts[1].utf8),
            parts[2].hasPrefix(SecretPrefix.session.rawValue)
        else { return nil }
        self.init(
            tenant: parts[0], signedInAt: Timestamp(milliseconds: Int64(seconds) * 1000), token: parts[2])
    }

    var text: String { "\(tenant).\(signedInAt.seconds).\(token)" }
}

/// The CSRF token of a form: a digest of a cookie that another site can neither read nor set.
enum CSRFToken {
    static let field = "csrf"

    static func of(_ cookie: String) -> String { Hexadecimal.text(digest(cookie)) }

    static func isValid(_ token: String?, for cookie: String) -> Bool {
        guard let bytes = token.flatMap({ Hexadecimal.bytes($0) }) else { return false }
        // Digests are compared in constant time.
        return digest(cookie) == bytes
    }

    private static func digest(_ cookie: String) -> SHA256.Digest {
        SHA256.hash(data: Array("united-pharmacy/csrf/\(cookie)".utf8))
    }
}
