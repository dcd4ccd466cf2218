import HTTPTypes
import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("Request bodies")
struct RequestContentTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func read(_ bytes: [UInt8], _ type: String = "application/json") throws -> JSON {
        try RequestContent.object(bytes, headers: [.contentType: type])
    }

    private func message(_ bytes: [UInt8]) -> String? {
        (#expect(throws: APIError.self) { try read(bytes) })?.message
    }

    @Test("One byte order mark at the start is skipped, and error positions are counted after it")
    func byteOrderMark() throws {
        #expect(try read(RequestContentTests.mark + Array(#"{"a":1}"#.utf8)) == ["a": 1])
        #expect(try read(RequestContentTests.mark + Array("\n{}".utf8)) == [:])
        #expect(
            message(RequestContentTests.mark + Array("{?".utf8))
                == "The body is not valid JSON: a member's name should be here (line 1, column 2).")
    }

    @Test(
        "A byte order mark anywhere else, or a second one, is not valid JSON",
        arguments: [
            mark + mark + Array("{}".utf8), Array(" ".utf8) + mark + Array("{}".utf8),
            Array("{".utf8) + mark + Array("}".utf8),
            Array("{}".utf8) + mark, mark, [0xEF, 0xBB] + Array("{}".utf8),
        ])
    func elsewhere(bytes: [UInt8]) {
        #expect(message(bytes)?.hasPrefix("The body is not valid JSON: ") == true)
    }

    @Test("A byte order mark in a string is a character")
    func inString() throws {
        #expect(try read(Array("{\"a\":\"\u{FEFF}b\"}".utf8)) == ["a": "\u{FEFF}b"])
    }

    @Test("A body that exceeds a limit is refused with the position")
    func limits() {
        let members = (0...256).map { #""n\#($0)":1"# }.joined(separator: ",")
        #expect(
            message(Array("{\(members)}".utf8))?.hasPrefix(
                "The body exceeds a limit: an object has more than 256 members (line 1, column ") == true)
    }
}
