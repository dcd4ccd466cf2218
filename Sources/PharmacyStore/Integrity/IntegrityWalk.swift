internal import PharmacyDomain

/// A walk through rows of one kind, a page at a time. A page and everything it is compared with are read in the one
/// snapshot of a transaction that only reads: a writer is never held up, and never makes a finding.
///
/// To have another column checked, add a line to the checks of its feature (`Integrity/…` files of the feature
/// folders); to have another table checked, add a walk to `IntegrityChecks`.
package struct IntegrityWalk<Scope>: Sendable {
    /// Of what it walks through, for the operator's log.
    package let name: String
    private let read: @Sendable (Scope, Int64, IntegrityContext) throws -> IntegrityPage

    init(
        _ name: String, read: @escaping @Sendable (Scope, _ after: Int64, IntegrityContext) throws -> IntegrityPage
    ) {
        self.name = name
        self.read = read
    }

    /// The position before the first row.
    package static var start: Int64 { .min }

    /// Looks through one page.
    package func page(in scope: Scope, after position: Int64, _ context: IntegrityContext) throws -> IntegrityPage {
        try read(scope, position, context)
    }
}

extension IntegrityWalk where Scope == TenantScope {
    /// A walk through the records that `read` returns, `IntegrityContext.limit` at most, by ascending position.
    init<Record: IntegrityRecord>(
        _ name: String,
        read: @escaping @Sendable (TenantScope, _ after: Int64, IntegrityContext) throws -> [Record],
        checks: [IntegrityCheck<Record>]
    ) {
        self.init(name) { scope, after, context in
            let records = try read(scope, after, context)
            var findings: [IntegrityFinding] = []
            for record in records {
                for check in checks {
                    let members = try check.compare(record, scope, context)
                    guard !members.isEmpty else { continue }
                    findings.append(
                        IntegrityFinding(check.kind, tenant: scope.tenantID, subject: record.subject, members: members))
                }
            }
            let isLast = records.count < context.limit
            return IntegrityPage(
                next: isLast ? nil : records.last?.position, records: records.count, findings: findings)
        }
    }
}

/// The names of what disagrees, in their order.
func disagreeing(_ members: KeyValuePairs<String, Bool>) -> [String] { members.filter(\.value).map(\.key) }

extension TenantScope {
    /// The key that a record was sealed with; `nil` for any but the tenant's present data key and the one before.
    func ownKey(of sealed: [UInt8]) -> SealingKey? {
        guard let number = try? SealingKey.keyNumber(of: sealed) else { return nil }
        return [key, previousKey].compactMap(\.self).first { $0.number == number }
    }

    /// What was sealed; `nil` where it does not open, or not with a key of the tenant.
    func opened(_ sealed: [UInt8], _ kind: StaticString, _ id: String) -> [UInt8]? {
        try? ownKey(of: sealed)?.open(sealed, as: place(kind, id))
    }

    /// The JSON document that was sealed; `nil` where there is none.
    func openedDocument(_ sealed: [UInt8], _ kind: StaticString, _ id: String) -> JSON? {
        opened(sealed, kind, id).flatMap { try? JSON.parse($0) }
    }
}

extension JSON {
    /// Whether a member is the moment that a column holds: documents carry whole seconds.
    func holds(_ milliseconds: Int64, in member: String) -> Bool {
        self[member]?.text == Timestamp(milliseconds: milliseconds).description
    }
}

extension TenantScope {
    /// Whether the digest of a partner's identifier, or the text that an earlier version has left in clear, is that of the
    /// document.
    func agrees(_ text: String?, _ identifier: PartnerIdentifier, digest: [UInt8]?, clear: String?) -> Bool {
        guard let text else { return digest == nil && clear == nil }
        let (digests, clearText) = identifierMatches(text, identifier)
        if let digest { return clear == nil && digests.contains(digest) }
        return clear != nil && clear == clearText
    }
}
