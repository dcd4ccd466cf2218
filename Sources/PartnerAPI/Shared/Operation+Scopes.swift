import HTTPTypes
package import PharmacyDomain

extension Operation {
    /// The scopes of which a caller needs any one. Those that include one of them will do, too.
    package var scopes: [CredentialScope] {
        let reads = method == .get || method == .head
        if managesCredentials || tag == .authentication {
            // Whoever may read everything has always been shown the credentials, which the list has no secrets of.
            return reads ? [.credentialsManage, .read] : [.credentialsManage]
        }
        if tag == .patients { return reads ? [.patientsRead] : [.patientsWrite] }
        return reads ? [.ordersRead] : [.ordersWrite]
    }

    /// Whether somebody with these scopes may call.
    func isAllowed(to caller: Set<CredentialScope>) -> Bool {
        !CredentialScope.included(in: caller).isDisjoint(with: scopes)
    }

    /// A sentence for the document.
    var scopeDescription: String {
        let reads = method == .get || method == .head
        let names = [reads ? CredentialScope.read : .write] + scopes.filter { $0 != .read }
        return "Needs the scope " + names.map { "`\($0.rawValue)`" }.joined(separator: " or ") + "."
    }
}
