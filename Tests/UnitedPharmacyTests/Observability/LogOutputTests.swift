import Foundation
import Logging
import PharmacyDomain
import Testing

@testable import UnitedPharmacy

@Suite("Log lines")
struct LogOutputTests {
    private static let event = LogEvent(
        level: .warning, message: "went\r\nwrong\u{2028}here", metadata: ["b": "2\n3", "a": "1"], source: "test",
        file: #fileID, function: #function, line: #line)

    private func line(_ format: LogFormat) throws -> String {
        var output = LogOutput(label: "up", level: .info, format: format)
        output[metadataKey: "request_id"] = "r-1"
        output[metadataKey: "a"] = "overridden"
        return output.line(of: Self.event, at: try #require(Timestamp("2026-01-02T03:04:05+00:00")))
    }

    @Test("A text entry is one line, even if its parts contain line ends")
    func text() throws {
        #expect(
            try line(.text)
                == #"2026-01-02T03:04:05+00:00 warning up: went\nwrong\nhere a=1 b=2\n3 request_id=r-1"#)
    }

    @Test("A JSON entry is one object with a member for each detail")
    func json() throws {
        let line = try line(.json)
        #expect(!line.contains { $0 == "\n" || $0 == "\r\n" })
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(
            object == [
                "time": "2026-01-02T03:04:05+00:00", "level": "warning", "label": "up",
                "message": "went\r\nwrong\u{2028}here", "a": "1", "b": "2\n3", "request_id": "r-1",
            ])
    }

    @Test(
        "Numbers and booleans retain their types, text of digits stays text, and no detail replaces a standard member")
    func types() throws {
        var output = LogOutput(label: "up", level: .info, format: .json)
        output[metadataKey: "request_id"] = "12345"
        output[metadataKey: "client_id"] = .stringConvertible(ClientID(UUID()))
        let details: Logger.Metadata = [
            "count": .stringConvertible(3), "small": .stringConvertible(UInt8(4)), "ratio": .stringConvertible(0.5),
            "huge": .stringConvertible(UInt64.max), "odd": .stringConvertible(Double.nan),
            "is_new": .stringConvertible(true), "message": "hidden",
            "list": .array([.stringConvertible(1), "one"]), "inner": .dictionary(["n": .stringConvertible(-1)]),
        ]
        let event = LogEvent(
            level: .info, message: "said", metadata: details, source: "test", file: #fileID, function: #function,
            line: #line)
        let entry = try JSON.parse(Array(output.line(of: event, at: Timestamp(milliseconds: 0)).utf8))
        #expect(entry["message"] == "said" && entry["message_"] == "hidden")
        #expect(entry["count"] == 3 && entry["small"] == 4 && entry["ratio"] == 0.5 && entry["is_new"] == true)
        #expect(entry["huge"] == .string("\(UInt64.max)") && entry["odd"] == "nan")
        #expect(entry["list"] == [1, "one"] && entry["inner"] == ["n": -1])
        #expect(entry["request_id"] == "12345" && entry["client_id"]?.text?.count == 36)
    }
}
