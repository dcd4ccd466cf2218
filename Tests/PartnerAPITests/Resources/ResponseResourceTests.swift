import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("A resource that responses show")
struct ResponseResourceTests {
    private struct Point: Sendable {
        let x: Int
        let label: String?
    }

    private struct Line: Sendable {
        let start: Point
        let end: Point
    }

    private static let point = ResponseResource<Point>(
        [
            ResponseMember("x", .integer()) { JSON($0.x) },
            ResponseMember("label", .string().nullable) { JSON($0.label) },
            ResponseMember("kind", .oneOf(["point"])) { _ in "point" },
            ResponseMember("named", .string().example("own")) { JSON($0.label) },
        ], example: Point(x: 7, label: "A"))

    @Test("Members are encoded in the order of the declaration")
    func encode() {
        let json = ResponseResourceTests.point.encode(Point(x: 1, label: nil))
        #expect(json.written == #"{"x":1,"label":null,"kind":"point","named":null}"#)
    }

    @Test("The schema requires every member and shows the example's value unless the member has an example of its own")
    func schema() {
        let schema = ResponseResourceTests.point.schema.json
        #expect(schema["required"] == ["x", "label", "kind", "named"])
        let properties = schema["properties"]
        #expect(properties?["x"]?["examples"] == [7])
        #expect(properties?["label"]?["examples"] == ["A"])
        #expect(properties?["kind"]?["examples"] == nil, "its values are listed already")
        #expect(properties?["named"]?["examples"] == ["own"])
    }

    @Test("An example without a value shows none")
    func noExample() {
        let resource = ResponseResource<Point>(
            ResponseResourceTests.point.members, example: Point(x: 1, label: nil))
        #expect(resource.schema.json["properties"]?["label"]?["examples"] == nil)
    }

    @Test("A part's members can be members of the whole")
    func lifted() {
        let line = ResponseResource<Line>(
            ResponseResourceTests.point.members.prefix(2).map { member in member.lifted { (line: Line) in line.end } },
            example: Line(start: Point(x: 1, label: "A"), end: Point(x: 2, label: "B")))
        #expect(line.exampleJSON == ["x": 2, "label": "B"])
    }
}
