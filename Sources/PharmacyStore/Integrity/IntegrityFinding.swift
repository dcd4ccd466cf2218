package import PharmacyDomain

/// One thing that disagrees. It names rows and columns and carries no value of them: values are patients' data.
package struct IntegrityFinding: Hashable, Sendable {
    package let kind: IntegrityKind
    /// `nil` for what belongs to no tenant.
    package let tenant: TenantID?
    /// The row's uuid, or its table and number.
    package let subject: String
    /// The columns of the row, and the members of its document, that disagree.
    package let members: [String]

    package init(_ kind: IntegrityKind, tenant: TenantID?, subject: String, members: [String]) {
        self.kind = kind
        self.tenant = tenant
        self.subject = subject
        self.members = members
    }
}
