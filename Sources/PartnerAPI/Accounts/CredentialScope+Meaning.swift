package import PharmacyDomain

extension CredentialScope {
    /// What a credential with the scope may do, for partners.
    package var meaning: String {
        switch self {
        case .read: "Every `GET` request that returns no patient"
        case .write: "Every change except those that need `credentials:manage`; includes `read`"
        case .patientsRead: "Reading patients"
        case .credentialsManage: "Managing credentials, rotating the webhook secret and wiping a sandbox"
        }
    }
}
