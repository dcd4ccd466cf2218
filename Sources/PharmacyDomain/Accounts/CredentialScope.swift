/// What a credential may do (RFC 6749 §3.3).
///
/// `read` and `write` mean everything, as they have from the start. The others are parts of them, for credentials that
/// are to do less: a program that fills orders needs neither to make credentials nor to read every patient.
package enum CredentialScope: String, CaseIterable, Sendable {
    /// Every `GET`.
    case read
    /// Everything else, and every `GET`.
    case write
    /// Patients, which hold most of the health information.
    case patientsRead = "patients:read"
    case patientsWrite = "patients:write"
    /// Everything that is neither a patient nor a credential: orders, pharmacies, webhooks.
    case ordersRead = "orders:read"
    case ordersWrite = "orders:write"
    /// Makes, lists, renames and revokes credentials, and replaces secrets.
    case credentialsManage = "credentials:manage"

    /// What a credential may do unless its creation says otherwise.
    package static let all: Set<CredentialScope> = [.read, .write]

    /// The scope and its parts. Who may change something may read it.
    package var included: Set<CredentialScope> {
        switch self {
        case .write: Set(CredentialScope.allCases)
        case .read: [.read, .patientsRead, .ordersRead]
        case .patientsWrite: [.patientsWrite, .patientsRead]
        case .ordersWrite: [.ordersWrite, .ordersRead]
        case .patientsRead, .ordersRead, .credentialsManage: [self]
        }
    }

    /// All that somebody with these scopes may do.
    package static func included(in scopes: Set<CredentialScope>) -> Set<CredentialScope> {
        scopes.reduce(into: []) { $0.formUnion($1.included) }
    }

    /// Whether somebody with these scopes may do all that others allow.
    package static func covers(_ scopes: Set<CredentialScope>, _ others: Set<CredentialScope>) -> Bool {
        included(in: scopes).isSuperset(of: others)
    }

    /// The scopes in a request's body: an array in which `read` goes without saying unless it names a part.
    /// - Parameter all: what is meant where the member is absent or `null`.
    package static func scopes(
        in fields: inout FieldReader, unlessGiven all: Set<CredentialScope> = CredentialScope.all
    ) -> Set<CredentialScope> {
        guard let names = fields.array("scopes", maximum: allCases.count) else { return all }
        let scopes = names.compactMap { $0.text.flatMap(CredentialScope.init) }
        if scopes.count != names.count {
            let words = allCases.map(\.rawValue)
            fields.reject(
                "scopes", "scopes may hold \(words.dropLast().joined(separator: ", ")) and \(words[words.count - 1]).")
        }
        return normal(Set(scopes))
    }

    /// The same power in the fewest words, with the reading that goes with it said.
    private static func normal(_ scopes: Set<CredentialScope>) -> Set<CredentialScope> {
        if scopes.isEmpty { return [.read] }
        if scopes.contains(.write) { return [.read, .write] }
        let parts = included(in: scopes)
        return scopes.contains(.read) ? parts.subtracting([.patientsRead, .ordersRead]) : parts
    }

    /// Reads what `text(_:)` wrote.
    package static func scopes(_ text: String) -> Set<CredentialScope> {
        Set(text.split(separator: " ").compactMap { CredentialScope(rawValue: String($0)) })
    }

    /// Reads what `json(_:)` wrote.
    package static func scopes(_ json: JSON?) -> Set<CredentialScope> {
        Set((json?.elements ?? []).compactMap { $0.text.flatMap(CredentialScope.init) })
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
