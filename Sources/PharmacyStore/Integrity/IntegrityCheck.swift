/// A check of a record.
struct IntegrityCheck<Record: SendableMetatype>: Sendable {
    let kind: IntegrityKind
    /// Returns the names of the columns and members that disagree.
    let compare: @Sendable (Record, TenantScope, IntegrityContext) throws -> [String]

    init(
        _ kind: IntegrityKind,
        _ compare: @escaping @Sendable (Record, TenantScope, IntegrityContext) throws -> [String]
    ) {
        self.kind = kind
        self.compare = compare
    }
}
