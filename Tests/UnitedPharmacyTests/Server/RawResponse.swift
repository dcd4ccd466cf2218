import Foundation
import PharmacyDomain
import Testing

/// A response as it came over a connection.
struct RawResponse {
    let status: Int
    /// By their names in lower case.
    let fields: [String: String]
    let body: [UInt8]

    /// Takes a response with a Content-Length, or without a body, from the beginning of some bytes.
    /// - Returns: `nil` where it is not whole.
    init?(_ bytes: inout [UInt8], hasBody: Bool = true) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        let pairs = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts.dropFirst().joined().trimmingCharacters(in: .whitespaces))
        }
        let fields = Dictionary(pairs) { "\($0), \($1)" }
        let length = hasBody ? fields["content-length"].flatMap { Int($0) } ?? 0 : 0
        guard bytes.count - end.upperBound >= length else { return nil }
        self.status = status
        self.fields = fields
        body = Array(bytes[end.upperBound..<(end.upperBound + length)])
        bytes.removeFirst(end.upperBound + length)
    }

    /// All of what came over a connection until its end.
    static func all(_ text: String) -> [RawResponse] {
        var bytes = Array(text.utf8)
        var responses: [RawResponse] = []
        while let response = RawResponse(&bytes) { responses.append(response) }
        #expect(bytes.isEmpty, "half a response: \(String(decoding: bytes, as: UTF8.self))")
        return responses
    }

    var json: JSON { get throws { try JSON.parse(body) } }

    /// Expects the contract's error: a body with its members, and the id of the request in it and in the header.
    /// - Returns: the id.
    @discardableResult
    func expectError(_ status: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        #expect(self.status == status, sourceLocation: sourceLocation)
        #expect(fields["content-type"] == "application/json; charset=utf-8", sourceLocation: sourceLocation)
        let json = try json
        let code = try #require(json["code"]?.text, sourceLocation: sourceLocation)
        #expect(json["doc_url"]?.text?.hasSuffix("/docs/errors#\(code)") == true, sourceLocation: sourceLocation)
        #expect(json["message"]?.text?.isEmpty == false, sourceLocation: sourceLocation)
        let id = try #require(json["request_id"]?.text, sourceLocation: sourceLocation)
        #expect(fields["x-request-id"] == id, sourceLocation: sourceLocation)
        return id
    }
}
