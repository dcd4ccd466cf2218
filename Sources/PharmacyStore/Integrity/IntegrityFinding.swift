package import PharmacyDomain

/// A disagreement. It names rows and columns but contains no values, because values are patients' data.
package struct IntegrityFinding: Hashable, Sendable {
    package let kind: IntegrityKind
    /// `nil` for rows that belong to no tenant.
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
