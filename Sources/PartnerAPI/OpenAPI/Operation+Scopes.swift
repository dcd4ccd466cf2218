import HTTPTypes
import PharmacyDomain

extension Operation {
    /// What a caller needs for the operations of a section, unless an operation says otherwise.
    static func scopes(_ method: HTTPRequest.Method, _ tag: Tag) -> [[CredentialScope]] {
        let reads = method == .get || method == .head
        return switch tag {
        // The list of credentials shows no secrets.
        case .authentication: reads ? [[.credentialsManage], [.read]] : [[.credentialsManage]]
        case .patients: reads ? [[.patientsRead]] : [[.write]]
        case .pharmacies, .orders, .webhooks, .sandbox, .status: reads ? [[.read]] : [[.write]]
        }
    }

    /// Whether somebody with these scopes may call.
    func isAllowed(to caller: Set<CredentialScope>) -> Bool {
        scopes.contains { CredentialScope.covers(caller, $0) }
    }

    /// A sentence for the document.
    var scopeDescription: String {
        let sets = scopes.map { $0.map { "`\($0.rawValue)`" }.joined(separator: " and ") }
        let word = scopes.contains { $0.count > 1 } ? "scopes" : "scope"
        return "Needs the \(word) " + sets.joined(separator: " or ") + "."
    }
}
