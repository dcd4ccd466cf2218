internal import Hummingbird

/// The colors of the pages, as chosen with the switch. A cookie remembers it, so that the server renders it.
enum Theme: String, CaseIterable {
    case system
    case light
    case dark

    private static let cookie = "theme"

    init(_ request: Request) {
        self = request.cookies[Theme.cookie].flatMap { Theme(rawValue: $0.value) } ?? .system
    }

    /// The cookie's header; a year long.
    /// - Parameter isSecure: whether the server is reached by https.
    func cookie(isSecure: Bool) -> String {
        let age = self == .system ? 0 : 31_536_000
        return "\(Theme.cookie)=\(rawValue); Path=/; Max-Age=\(age); SameSite=Lax; HttpOnly"
            + (isSecure ? "; Secure" : "")
    }
}
