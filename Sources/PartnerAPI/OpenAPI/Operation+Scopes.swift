import HTTPTypes
import PharmacyDomain

extension Operation {
    /// The scopes that the operations of a section require by default: all scopes of any one set.
    static func scopes(_ method: HTTPRequest.Method, _ tag: Tag) -> [[CredentialScope]] {
        let reads = method == .get || method == .head
        return switch tag {
        // The list of credentials shows no secrets.
        case .authentication: reads ? [[.credentialsManage], [.read]] : [[.credentialsManage]]
        case .patients: reads ? [[.patientsRead]] : [[.write]]
        case .pharmacies, .orders, .webhooks, .requests, .sandbox, .status: reads ? [[.read]] : [[.write]]
        }
    }

    /// Whether a caller with these scopes may call the operation.
    func isAllowed(to caller: Set<CredentialScope>) -> Bool {
        scopes.contains { CredentialScope.covers(caller, $0) }
    }

    /// The required scopes, as a sentence for the document.
    var scopeDescription: String {
        let sets = scopes.map { $0.map { "`\($0.rawValue)`" }.joined(separator: " and ") }
        let word = scopes.contains { $0.count > 1 } ? "scopes" : "scope"
        return "Requires the \(word) " + sets.joined(separator: " or ") + "."
    }
}
