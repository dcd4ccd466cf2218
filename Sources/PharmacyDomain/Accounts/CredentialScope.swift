/// What a credential may do (RFC 6749 §3.3). Only `write` includes another scope, `read`.
package enum CredentialScope: String, CaseIterable, Sendable {
    /// Every `GET` that returns no patient.
    case read
    /// Every change except those that need `credentialsManage`. A change that returns a whole patient also needs
    /// `patientsRead`.
    case write
    /// Patients' records, which hold most of the health information.
    case patientsRead = "patients:read"
    /// Creating, renaming and revoking credentials, rotating webhook secrets, and wiping the sandbox with its credentials.
    case credentialsManage = "credentials:manage"

    /// The scopes of a new credential unless its creation names others.
    package static let all = Set(allCases)

    /// Whether a credential with these scopes may do what this scope allows.
    package func isIncluded(in scopes: Set<CredentialScope>) -> Bool {
        scopes.contains(self) || self == .read && scopes.contains(.write)
    }

    /// Whether a credential with these scopes may do all that others allow.
    package static func covers(
        _ scopes: Set<CredentialScope>, _ others: some Sequence<CredentialScope>
    ) -> Bool {
        others.allSatisfy { $0.isIncluded(in: scopes) }
    }

    /// The scopes of a credential whose creation names some: with those that they include, and `read` if it names none.
    package static func granted(_ scopes: Set<CredentialScope>) -> Set<CredentialScope> {
        scopes.isEmpty ? [.read] : Set(allCases.filter { $0.isIncluded(in: scopes) })
    }

    /// The scopes of a credential that was created before `patientsRead` and `credentialsManage` existed, with everything that
    /// it was allowed then.
    /// - Parameter text: written by an earlier version's `text(_:)`.
    package static func undivided(_ text: String) -> Set<CredentialScope> {
        text.split(separator: " ").reduce(into: []) { scopes, name in
            switch name {
            case "read": scopes.formUnion([.read, .patientsRead])
            case "write": scopes.formUnion(all)
            // Names that no released version wrote. Reading is what they have in common with these scopes.
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

    /// The scopes separated by spaces, in the order of the cases.
    package static func text(_ scopes: Set<CredentialScope>) -> String {
        allCases.filter(scopes.contains).map(\.rawValue).joined(separator: " ")
    }

    /// The scopes as an array, in the order of the cases.
    package static func json(_ scopes: Set<CredentialScope>) -> JSON {
        .array(allCases.filter(scopes.contains).map { .string($0.rawValue) })
    }
}
