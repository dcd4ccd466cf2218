import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Members of stored documents")
struct StoredMemberTests {
    private struct Note: Hashable, Sendable {
        var title: String
        var body: String?
        var size: Int
    }

    private typealias Member<Value: Sendable> = StoredMember<Note, Value>

    private static let members = StoredMembers(
        Note.init,
        Member<String>("title", { $0.title }, TextRule(maximum: 3)),
        Member<String?>("body", { $0.body }, TextRule(maximum: 3) { $0 == "no" ? "must not be no." : nil }),
        Member<Int>(
            "size", { $0.size }, write: { JSON($0) }, read: { $0?.wholeNumber.map(Int.init) },
            violation: { $0 < 0 ? "must not be negative." : nil }))

    @Test("Members are written in the order of the declaration, without a value as null")
    func write() {
        let members = StoredMemberTests.members.write(Note(title: "T", body: nil, size: 4))
        #expect(JSON.object(members).written == #"{"title":"T","body":null,"size":4}"#)
    }

    @Test("What was written can be read back", arguments: [nil, "B"])
    func roundTrip(body: String?) throws {
        let note = Note(title: "T", body: body, size: 4)
        let bytes = JSON.object(StoredMemberTests.members.write(note)).bytes
        #expect(StoredMemberTests.members.read(try JSON.parse(bytes)) == note)
    }

    @Test("Members are found in any order, and others are ignored")
    func anotherOrder() {
        let documents: [JSON] = [
            ["size": 4, "body": "B", "title": "T"], ["body": "B", "other": [], "title": "T", "more": nil, "size": 4],
            ["title": "T", "size": 4, "body": "B", "end": 1],
        ]
        for document in documents {
            #expect(StoredMemberTests.members.read(document) == Note(title: "T", body: "B", size: 4))
        }
    }

    @Test("A missing optional member has no value; other members must be present and valid")
    func missing() {
        let document: JSON = ["title": "T", "body": "B", "size": 4]
        #expect(
            StoredMemberTests.members.read(document.without("body")) == Note(title: "T", body: nil, size: 4))
        for name in ["title", "size"] {
            #expect(StoredMemberTests.members.read(document.without(name)) == nil)
            #expect(StoredMemberTests.members.read(document.with(name, nil)) == nil)
            #expect(StoredMemberTests.members.read(document.with(name, [])) == nil)
        }
        #expect(StoredMemberTests.members.read([]) == nil)
    }

    @Test("A stored value is read even if it breaks the present rule")
    func olderRule() {
        let document: JSON = ["title": "longer than today's limit", "body": "no", "size": -1]
        #expect(
            StoredMemberTests.members.read(document)
                == Note(title: "longer than today's limit", body: "no", size: -1))
    }

    @Test("Every violation is reported at once, in the order of the declaration")
    func violations() {
        let found = StoredMemberTests.members.violations(in: Note(title: "long", body: "no", size: -1))
        #expect(
            found.fields.flatMap(\.sentences) == [
                "title must be at most 3 characters.", "body must not be no.", "size must not be negative.",
            ])
        let blank = StoredMemberTests.members.violations(in: Note(title: "", body: " ", size: 0))
        #expect(blank.fields.flatMap(\.sentences) == ["title must not be blank.", "body must not be blank."])
        #expect(StoredMemberTests.members.violations(in: Note(title: "T", body: nil, size: 0)).isEmpty)
    }
}
