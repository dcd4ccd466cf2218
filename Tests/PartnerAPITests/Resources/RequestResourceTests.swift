import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("A resource that is declared once")
struct RequestResourceTests {
    struct Pet: Hashable, Sendable {
        var name: String
        var nickname: String?
        var age: Int
        var color: String
        var weight: Int?
    }

    private typealias Member<Value: Sendable> = ResourceMember<Pet, Value>

    static let resource = RequestResource(
        Pet.init,
        Member<String>("name", { $0.name }, .text(TextRule(maximum: 5)), "What it is called.", example: "Rex"),
        Member<String?>(
            "nickname", { $0.nickname }, .optional(.text(TextRule(maximum: 3))), "What friends call it.", example: nil),
        Member<Int>("age", { $0.age }, .integer(0...30), "In years.", example: 4),
        Member<String>(
            "color", { $0.color }, .text(TextRule(maximum: 9)).defaulting(to: "brown"), "Of its fur.", example: "white"),
        Member<Int?>("weight", { $0.weight }, .optional(.integer(1...99)), "In pounds.", example: 30))

    private static let old = Pet(name: "Tom", nickname: "T", age: 3, color: "black", weight: 9)
    private static let context = WireContext(today: CalendarDate(Timestamp(milliseconds: 0)), egress: .publicOnly)

    private func parse(_ body: JSON, merging old: Pet? = nil) throws(ValidationErrors) -> Pet {
        try RequestResourceTests.resource.parse(body, merging: old, RequestResourceTests.context)
    }

    private func errors(_ body: JSON, merging old: Pet? = nil) -> [ValidationErrors.Field]? {
        #expect(throws: ValidationErrors.self) { try parse(body, merging: old) }?.fields
    }

    // MARK: Creating

    @Test("A body makes a value; members that the declaration does not name are ignored")
    func whole() throws {
        let body: JSON = [
            "weight": 9, "color": "black", "age": 3, "nickname": " T ", "name": "Tom", "legs": 4, "": [],
        ]
        #expect(try parse(body) == RequestResourceTests.old)
    }

    @Test(
        "Optional members that are absent, null or blank are nil, and one with a default has it",
        arguments: [nil, JSON.null, " "])
    func absent(value: JSON?) throws {
        let members = ["nickname", "color"].compactMap { name in value.map { JSON.Member(name, $0) } }
        let body = JSON.object([JSON.Member("name", "Tom"), JSON.Member("age", 3)] + members)
        #expect(try parse(body) == Pet(name: "Tom", nickname: nil, age: 3, color: "brown", weight: nil))
    }

    @Test("Every error is reported at once, in the order of the declaration")
    func everyProblem() {
        let body: JSON = ["weight": 0, "color": 7, "age": "4", "nickname": "long", "name": "   "]
        #expect(
            errors(body)?.map(\.name) == ["name", "nickname", "age", "color", "weight"])
        #expect(
            errors(body)?.flatMap(\.sentences) == [
                "name must not be blank.", "nickname must be at most 3 characters.", "age must be an integer.",
                "color must be a string.", "weight must be a whole number from 1 to 99.",
            ])
    }

    @Test("Required members that are missing are reported together with those that are wrong")
    func missing() {
        #expect(
            errors(["weight": true])?.flatMap(\.sentences) == [
                "name is required.", "age is required.", "weight must be an integer.",
            ])
    }

    @Test("A body that is not an object has no members", arguments: [[], "name", 7, nil, true] as [JSON])
    func noObject(body: JSON) {
        #expect(errors(body)?.flatMap(\.sentences) == ["name is required.", "age is required."])
    }

    // MARK: Changing

    @Test("Members that a change leaves out keep their values")
    func unchanged() throws {
        #expect(try parse([:], merging: RequestResourceTests.old) == RequestResourceTests.old)
        var changed = RequestResourceTests.old
        changed.age = 4
        #expect(try parse(["age": 4], merging: RequestResourceTests.old) == changed)
        var sparse = RequestResourceTests.old
        (sparse.nickname, sparse.weight) = (nil, nil)
        #expect(try parse(["age": 3], merging: sparse) == sparse)
    }

    @Test(
        "null and a blank text clear an optional member, and return one with a default to it",
        arguments: [nil, " \n"] as [JSON])
    func cleared(value: JSON) throws {
        var changed = RequestResourceTests.old
        changed.nickname = nil
        #expect(try parse(["nickname": value], merging: RequestResourceTests.old) == changed)
        changed = RequestResourceTests.old
        changed.color = "brown"
        #expect(try parse(["color": value], merging: RequestResourceTests.old) == changed)
    }

    @Test("null and a blank text are errors of a required member")
    func notCleared() {
        let old = RequestResourceTests.old
        #expect(
            errors(["name": nil, "age": nil], merging: old)?.flatMap(\.sentences) == [
                "name must not be null.", "age must not be null.",
            ])
        #expect(errors(["name": ""], merging: old)?.flatMap(\.sentences) == ["name must not be blank."])
    }

    // MARK: Schemas and examples

    @Test("The schema requires the members that have no value when they are absent")
    func schema() {
        let schema = RequestResourceTests.resource.schema.json
        #expect(schema["required"] == ["name", "age"])
        #expect(schema["properties"]?.members?.map(\.name) == ["name", "nickname", "age", "color", "weight"])
        let properties = schema["properties"]
        #expect(
            properties?["name"] == [
                "type": "string", "minLength": 1, "maxLength": 5, "description": "What it is called.",
                "examples": ["Rex"],
            ])
        #expect(
            properties?["nickname"]?["type"] == ["string", "null"] && properties?["nickname"]?["examples"] == nil,
            "an example that is null is not shown")
        #expect(
            properties?["age"] == [
                "type": "integer", "minimum": 0, "maximum": 30, "description": "In years.", "examples": [4],
            ])
        #expect(properties?["color"]?["type"] == ["string", "null"])
    }

    @Test("The schema of changes requires nothing")
    func changesSchema() {
        let schema = RequestResourceTests.resource.changesSchema.json
        #expect(schema["required"] == nil)
        #expect(schema["properties"] == RequestResourceTests.resource.schema.json["properties"])
    }

    @Test("The example's body makes the example, without members that have no value")
    func example() throws {
        let example = Pet(name: "Rex", nickname: nil, age: 4, color: "white", weight: 30)
        #expect(RequestResourceTests.resource.example == example)
        let body = RequestResourceTests.resource.exampleBody
        #expect(body == ["name": "Rex", "age": 4, "color": "white", "weight": 30])
        #expect(try parse(body) == example)
    }

    // MARK: Responses

    @Test("Responses show every member, without a value as null")
    func response() throws {
        let shown = ResponseResource(
            RequestResourceTests.resource.responseMembers, example: RequestResourceTests.resource.example)
        #expect(
            shown.exampleJSON.written
                == #"{"name":"Rex","nickname":null,"age":4,"color":"white","weight":30}"#)
        #expect(shown.schema.json["required"] == ["name", "nickname", "age", "color", "weight"])
        #expect(shown.schema.json["properties"]?["color"]?["type"] == "string", "it is never null there")
        #expect(try parse(shown.encode(RequestResourceTests.old)) == RequestResourceTests.old)
    }
}
