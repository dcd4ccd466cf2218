/// One member of a stored document: its name there, where it lives in the value, how it is written and read back, and the
/// rule that its value follows. A class, because it is declared once and passed on for each document.
package final class StoredMember<Root: Sendable, Value: Sendable>: Sendable {
    let name: String
    let write: @Sendable (Root) -> JSON
    let read: @Sendable (JSON?) throws(UnreadableMember) -> Value
    /// What is wrong with the member, as the end of a sentence that begins with its name; `nil` also if it is the same in
    /// `old`.
    let violation: @Sendable (_ root: Root, _ old: Root?) -> String?

    /// Inlined, so that the closures are compiled for the types of the declaration: they run for each document.
    /// - Parameters:
    ///   - read: reads what `write` wrote; `nil` for anything else. An absent member is passed as `nil`.
    ///   - violation: what is wrong with a value, as the end of a sentence that begins with the member's name.
    @inline(__always)
    package init(
        _ name: String, _ get: @escaping @Sendable (Root) -> Value, write: @escaping @Sendable (Value) -> JSON,
        read: @escaping @Sendable (JSON?) -> Value?, violation: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) {
        self.name = name
        self.write = { write(get($0)) }
        self.read = { json throws(UnreadableMember) in
            guard let value = read(json) else { throw UnreadableMember() }
            return value
        }
        self.violation = { root, old in
            let value = get(root)
            guard let violation = violation(value) else { return nil }
            if let old, write(get(old)).bytes == write(value).bytes { return nil }
            return violation
        }
    }
}

/// A member is missing, or is not what it should be.
struct UnreadableMember: Error {}

extension StoredMember where Value == String {
    @inline(__always)
    package convenience init(_ name: String, _ get: @escaping @Sendable (Root) -> String, _ rule: TextRule) {
        self.init(
            name, get, write: JSON.string, read: { $0?.text }, violation: { rule.violation(inValue: $0) })
    }
}

extension StoredMember where Value == String? {
    @inline(__always)
    package convenience init(_ name: String, _ get: @escaping @Sendable (Root) -> String?, _ rule: TextRule) {
        self.init(
            name, get, write: { JSON($0) }, read: { .some($0?.text) },
            violation: { $0.flatMap(rule.violation(inValue:)) })
    }
}

extension StoredMember where Value == [String] {
    /// A list; empty in documents that are older than the member.
    @inline(__always)
    package convenience init(_ name: String, _ get: @escaping @Sendable (Root) -> [String], _ rule: TextListRule) {
        self.init(
            name, get, write: { .array($0.map(JSON.string)) }, read: { $0?.elements?.compactMap(\.text) ?? [] },
            violation: { rule.violation(inValue: $0) })
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
            written.append(JSON.Member(member.name, member.write(root)))
        }
        return written
    }

    /// Reads back what `write` wrote; `nil` if a member is missing or is not what it should be.
    package func read(_ document: JSON) -> Root? {
        var lookup = MemberLookup(in: document)
        return try? make(repeat (each members).read(lookup[(each members).name]))
    }

    /// Every member that does not follow its rule.
    /// - Parameter old: the value that was changed. A member that is the same there is not checked: it may be older than its
    ///   rule, and must not prevent changes of other members.
    package func violations(in root: Root, changedFrom old: Root? = nil) -> ValidationErrors {
        var errors = ValidationErrors()
        for member in repeat each members {
            if let violation = member.violation(root, old) { errors.add(member.name, "\(member.name) \(violation)") }
        }
        return errors
    }
}

/// Finds members of an object whose names are different, fastest in the order in which they are there.
struct MemberLookup {
    private let members: [JSON.Member]
    private var next = 0

    init(in object: JSON) { members = object.members ?? [] }

    subscript(_ name: String) -> JSON? {
        mutating get {
            if next == members.count || !members[next].name.hasSameBytes(as: name) {
                guard let index = members.firstIndex(where: { $0.name.hasSameBytes(as: name) }) else { return nil }
                next = index
            }
            next += 1
            return members[next - 1].value
        }
    }
}
