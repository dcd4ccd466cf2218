/// One member of a stored document: its name there, where it lives in the value, how it is written and read back, and the
/// rule that its value follows.
package struct StoredMember<Root: Sendable, Value: Sendable>: Sendable {
    let name: String
    let get: @Sendable (Root) -> Value
    let write: @Sendable (Value) -> JSON
    /// Reads what `write` wrote; `nil` for anything else. An absent member is passed as `nil`.
    let read: @Sendable (JSON?) -> Value?
    /// What is wrong with a value, as the end of a sentence that begins with the member's name.
    let violation: @Sendable (Value) -> String?

    package init(
        _ name: String, _ get: @escaping @Sendable (Root) -> Value, write: @escaping @Sendable (Value) -> JSON,
        read: @escaping @Sendable (JSON?) -> Value?, violation: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) {
        self.name = name
        self.get = get
        self.write = write
        self.read = read
        self.violation = violation
    }
}

extension StoredMember where Value == String {
    package init(_ name: String, _ get: @escaping @Sendable (Root) -> String, _ rule: TextRule) {
        self.init(
            name, get, write: JSON.string, read: { $0?.text }, violation: { rule.violation(inValue: $0) })
    }
}

extension StoredMember where Value == String? {
    package init(_ name: String, _ get: @escaping @Sendable (Root) -> String?, _ rule: TextRule) {
        self.init(
            name, get, write: { JSON($0) }, read: { .some($0?.text) },
            violation: { $0.flatMap(rule.violation(inValue:)) })
    }
}

/// The members of a stored document and the initializer of the value that they make: one declaration from which its
/// writer, its reader and the check of its rules come.
package struct StoredMembers<Root: Sendable, each Value: Sendable>: Sendable {
    private let make: @Sendable (repeat each Value) -> Root
    private let members: (repeat StoredMember<Root, each Value>)

    package init(
        _ make: @escaping @Sendable (repeat each Value) -> Root, _ members: repeat StoredMember<Root, each Value>
    ) {
        self.make = make
        self.members = (repeat each members)
    }

    /// The members of a document, in the order of the declaration.
    package func write(_ root: Root) -> [JSON.Member] {
        var written: [JSON.Member] = []
        for member in repeat each members {
            written.append(JSON.Member(member.name, member.write(member.get(root))))
        }
        return written
    }

    /// Reads back what `write` wrote; `nil` if a member is missing or is not what it should be.
    package func read(_ document: JSON) -> Root? {
        try? make(repeat StoredMembers.required((each members).read(document[(each members).name])))
    }

    /// Every member that does not follow its rule.
    /// - Parameter old: the value that was changed. A member that is the same there is not checked: it may be older than its
    ///   rule, and must not prevent changes of other members.
    package func violations(in root: Root, changedFrom old: Root? = nil) -> ValidationErrors {
        var errors = ValidationErrors()
        for member in repeat each members {
            let value = member.get(root)
            if let old, member.write(member.get(old)).bytes == member.write(value).bytes { continue }
            if let violation = member.violation(value) {
                errors.add(member.name, "\(member.name) \(violation)")
            }
        }
        return errors
    }

    private struct Missing: Error {}

    private static func required<Member>(_ value: Member?) throws(Missing) -> Member {
        guard let value else { throw Missing() }
        return value
    }
}
