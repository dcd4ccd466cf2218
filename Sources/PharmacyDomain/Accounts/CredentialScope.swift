/// What a credential may do (RFC 6749 §3.3).
package enum CredentialScope: String, CaseIterable, Sendable {
    /// Every `GET`.
    case read
    /// Everything else.
    case write

    /// The scopes in a request's body: an array in which `read` goes without saying. Both where the member is absent or
    /// `null`.
    package static func scopes(in fields: inout FieldReader) -> Set<CredentialScope> {
        guard let names = fields.array("scopes", maximum: allCases.count) else { return Set(allCases) }
        let scopes = names.compactMap { $0.text.flatMap(CredentialScope.init) }
        if scopes.count != names.count { fields.reject("scopes", "scopes may hold read and write.") }
        return Set(scopes).union([.read])
    }

    /// Reads what `text(_:)` wrote.
    package static func scopes(_ text: String) -> Set<CredentialScope> {
        Set(text.split(separator: " ").compactMap { CredentialScope(rawValue: String($0)) })
    }

    /// With spaces between them, in the order of the cases.
    package static func text(_ scopes: Set<CredentialScope>) -> String {
        allCases.filter(scopes.contains).map(\.rawValue).joined(separator: " ")
    }

    /// In the order of the cases.
    package static func json(_ scopes: Set<CredentialScope>) -> JSON {
        .array(allCases.filter(scopes.contains).map { .string($0.rawValue) })
    }
}
