import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import PartnerAPI
import Testing

@testable import UnitedPharmacy

@Suite("Parsing requests")
struct RequestParserTests {
    /// All parts of some bytes, the bodies each in one piece.
    private static func parts(_ pieces: [ArraySlice<UInt8>]) -> [RequestParser.Part] {
        var parser = RequestParser(limits: ConnectionLimits())
        var buffer = ByteBuffer()
        var parts: [RequestParser.Part] = []
        for piece in pieces {
            buffer.writeBytes(piece)
            while let part = parser.next(&buffer) {
                if case .body(var more) = part, case .body(var body) = parts.last {
                    body.writeBuffer(&more)
                    parts[parts.count - 1] = .body(body)
                } else {
                    parts.append(part)
                }
            }
        }
        return parts
    }

    private static func parts(_ text: String) -> [RequestParser.Part] { parts([Array(text.utf8)[...]]) }

    private static func heads(_ parts: [RequestParser.Part]) -> [(HTTPRequest, ConnectionSemantics)] {
        parts.compactMap { if case .head(let request, let semantics) = $0 { (request, semantics) } else { nil } }
    }

    private static func status(_ parts: [RequestParser.Part]) -> Int? {
        guard case .refused(let refusal, _) = parts.last else { return nil }
        return refusal.code.status.code
    }

    /// To compare one such text takes minutes: its marks are put in order for it.
    private static let marks = "a" + String(repeating: "\u{301}\u{323}", count: 200_000)

    @Test("Fields with combining marks are parsed as fast as others", .timeLimit(.minutes(1)))
    func marks() throws {
        func read(_ field: String) throws -> RequestHead {
            var head = RequestHead()
            try head.readField(ByteBuffer(string: field).readableBytesView)
            return head
        }
        #expect(try !read("Connection: \(Self.marks), close").semantics.keepsAlive)
        #expect(try read("Connection: \(Self.marks)").semantics.keepsAlive)
        #expect(throws: RequestRefusal.self) { try read("Transfer-Encoding: chunked, \(Self.marks)") }
    }

    @Test("Valid requests are parsed completely", arguments: RequestText.valid)
    func valid(request: RequestText) {
        let parts = Self.parts(request.text)
        #expect(parts.last == .end)
        #expect(!Self.heads(parts).isEmpty)
    }

    @Test("Invalid requests are refused with the matching status", arguments: RequestText.invalid)
    func invalid(request: RequestText, status: Int) {
        #expect(Self.status(Self.parts(request.text)) == status)
    }

    @Test("A request is parsed in the same way however its bytes are split", arguments: RequestText.valid)
    func pieces(request: RequestText) {
        let bytes = Array(request.text.utf8)
        let whole = Self.parts([bytes[...]])
        #expect(Self.parts(bytes.indices.map { bytes[$0...$0] }) == whole)
        for place in bytes.indices {
            #expect(Self.parts([bytes[..<place], bytes[place...]]) == whole, "in two pieces at \(place)")
        }
    }

    @Test("A refusal is the same however its bytes are split", arguments: RequestText.invalid)
    func piecesOfInvalid(request: RequestText, status: Int) {
        let bytes = Array(request.text.utf8)
        #expect(Self.status(Self.parts(bytes.indices.map { bytes[$0...$0] })) == status)
    }

    @Test("An unknown method, an absolute URL and a later minor version are accepted as in RFC 9110")
    func generous() throws {
        let (brewed, _) = try #require(Self.heads(Self.parts("BREW /a HTTP/1.2\r\nHost: a\r\n\r\n")).first)
        #expect(brewed.method.rawValue == "BREW" && brewed.path == "/a")
        let (absolute, _) = try #require(Self.heads(Self.parts("GET HTTP://b:1?c HTTP/1.1\r\nHost: a\r\n\r\n")).first)
        #expect(absolute.authority == "b:1" && absolute.path == "/?c")
    }

    @Test(
        "The Connection header and the version determine whether the connection stays open",
        arguments: [
            ("1.1", "TE", true), ("1.1", "close", false), ("1.1", "CLOSE", false), ("1.1", "TE,Close", false),
            ("1.1", "keep-alive, close", false), ("1.1", "closed", true), ("1.1", "upgrade", true),
            ("1.0", "TE", false), ("1.0", "Keep-Alive", true), ("1.0", "keep-alive, close", false),
        ])
    func persistence(version: String, connection: String, stays: Bool) throws {
        let parts = Self.parts("GET / HTTP/\(version)\r\nHost: a\r\nConnection: \(connection)\r\n\r\n")
        #expect(try #require(Self.heads(parts).first).1.keepsAlive == stays)
    }

    @Test(
        "A stand-in contains the parsed parts, so that the error has the request id and format that the client expects")
    func standIn() {
        let lines = [
            "POST /pharmacy/sandbox/api/v1/auth/token HTTP/1.1", "X-Request-Id: mine", "Expect: 100-continue", "\r\n",
        ]
        guard case .refused(_, let standIn?) = Self.parts(lines.joined(separator: "\r\n")).last else {
            Issue.record("not refused")
            return
        }
        #expect(standIn.path == "/pharmacy/sandbox/api/v1/auth/token" && standIn.method == .post)
        #expect(standIn.headerFields[.init("X-Request-Id") ?? .accept] == "mine")
        #expect(standIn.headerFields[.expect] == nil, "no body is waited for")
    }

    // MARK: Comparison with another implementation

    /// The content of a request.
    private struct Reading: Equatable {
        var method = ""
        var target = ""
        var fields: [String] = []
        var body: [UInt8] = []
    }

    /// The first request in some bytes, as NIO's decoder reads it.
    private enum Verdict: Equatable {
        case read(Reading)
        /// It knows neither this method nor this version, which is a limit of its own.
        case unknown
        case refused
    }

    private static func nio(_ bytes: [UInt8]) throws -> Verdict {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
        var verdict = Verdict.refused
        do {
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch HTTPParserError.invalidMethod, HTTPParserError.invalidVersion {
            verdict = .unknown
        } catch {
            verdict = .refused
        }
        // The error may be in what comes after the first request.
        var reading = Reading()
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                reading.method = head.method.rawValue
                reading.target = head.uri
                // Tabs at the end of a value it leaves there, which RFC 9110 §5.5 has not.
                reading.fields = head.headers.map { name, value in
                    "\(name.lowercased()): " + String(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
                }
            case .body(let bytes): reading.body += Array(bytes.readableBytesView)
            case .end: return .read(reading)
            }
        }
        return verdict
    }

    /// The first request in some bytes as the parser has it; `nil` where it does not accept it.
    private static func ours(_ bytes: [UInt8]) -> Reading? {
        var reading: Reading?
        for part in parts([bytes[...]]) {
            switch part {
            case .head(let request, _):
                let host = request.authority.map { ["host: \($0)"] } ?? []
                reading = Reading(
                    method: request.method.rawValue, target: request.path ?? "",
                    fields: host + request.headerFields.map { "\($0.name.canonicalName): \($0.value)" })
            case .body(let bytes): reading?.body += Array(bytes.readableBytesView)
            case .end: return reading
            case .refused: return nil
            }
        }
        return nil
    }

    /// Random numbers that are the same in every run.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test("NIO's decoder reads every accepted request in the same way, including 15,000 damaged requests")
    func sameAsNIO() throws {
        var dice = Dice(state: 17)
        let corpus = (RequestText.valid + RequestText.invalid.map(\.0) + RequestText.valid + RequestText.valid).map {
            Array($0.text.utf8)
        }
        .filter { $0.count < 1_000 }
        let spice: [UInt8] = Array("\r\n :;,/?0a1\0\"gzip chunked".utf8) + [0x80, 0xC3, 0x7F, 0x0B]
        var compared = 0
        for number in 0..<15_000 {
            var bytes = corpus[number % corpus.count]
            if number >= corpus.count {
                for _ in 0..<Int.random(in: 1...3, using: &dice) where !bytes.isEmpty {
                    let place = Int.random(in: bytes.indices, using: &dice)
                    switch Int.random(in: 0..<4, using: &dice) {
                    case 0: bytes[place] = spice.randomElement(using: &dice) ?? 0
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(spice.randomElement(using: &dice) ?? 0, at: place)
                    default: bytes.insert(contentsOf: bytes[place...].prefix(12), at: place)
                    }
                }
            }
            guard let ours = Self.ours(bytes) else { continue }
            let theirs = try Self.nio(bytes)
            guard theirs != .unknown else { continue }
            guard case .read(let theirs) = theirs else {
                Issue.record("NIO refuses \(String(reflecting: String(decoding: bytes, as: UTF8.self)))")
                continue
            }
            compared += 1
            // A whole URL is taken apart here, and its host put in the place of Host.
            let isWhole = !theirs.target.hasPrefix("/") && theirs.target != "*"
            let text = String(reflecting: String(decoding: bytes, as: UTF8.self))
            #expect(theirs.method == ours.method && theirs.body == ours.body, "\(text)")
            #expect(isWhole || theirs.target == ours.target, "\(text)")
            // HTTP/1.0 has no Expect, which is dropped.
            if !isWhole { #expect(Set(ours.fields).isSubset(of: theirs.fields), "\(text)") }
        }
        #expect(compared > 1_500)
    }
}
