/// What a credential may do (RFC 6749 §3.3). Each scope stands for itself: none but `write`, which includes `read`,
/// includes another.
package enum CredentialScope: String, CaseIterable, Sendable {
    /// Every `GET` that shows no patient.
    case read
    /// Every change but those that need `credentialsManage`. Where the response shows the whole record of a patient,
    /// `patientsRead` is needed, too.
    case write
    /// Patients' records, which hold most of the health information.
    case patientsRead = "patients:read"
    /// Creates, renames and revokes credentials, replaces secrets, and wipes the sandbox with all its credentials.
    case credentialsManage = "credentials:manage"

    /// What a credential may do unless its creation says otherwise.
    package static let all = Set(allCases)

    /// Whether a credential with these scopes may do what this one allows: whoever may change something may read it.
    package func isIncluded(in scopes: Set<CredentialScope>) -> Bool {
        scopes.contains(self) || self == .read && scopes.contains(.write)
    }

    /// Whether a credential with these scopes may do all that others allow.
    package static func covers(
        _ scopes: Set<CredentialScope>, _ others: some Sequence<CredentialScope>
    ) -> Bool {
        others.allSatisfy { $0.isIncluded(in: scopes) }
    }

    /// The scopes in a request's body: an array in which `read` goes without saying beside `write` and where it is empty.
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
        return scopes.isEmpty ? [.read] : Set(allCases.filter { $0.isIncluded(in: Set(scopes)) })
    }

    /// The scopes of a credential from before `patientsRead` and `credentialsManage` were scopes of their own: it keeps
    /// what it could do.
    /// - Parameter text: as `text(_:)` wrote it at that time.
    package static func undivided(_ text: String) -> Set<CredentialScope> {
        text.split(separator: " ").reduce(into: []) { scopes, name in
            switch name {
            case "read": scopes.formUnion([.read, .patientsRead])
            case "write": scopes.formUnion(all)
            // Names that no released version has written: reading is all that they have in common with these.
            case "orders:read", "orders:write": scopes.insert(.read)
            case "patients:read", "patients:write": scopes.insert(.patientsRead)
            case "credentials:manage": scopes.insert(.credentialsManage)
            default: break
            }
        }
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
