internal import HTTPTypes
internal import NIOCore
internal import PartnerAPI

/// The request line and the header fields of one request, while they are read.
struct RequestHead {
    /// How long the body is (RFC 9112 §6.3).
    enum Framing: Equatable {
        case length(Int)
        case chunked
    }

    /// HTTPTypes has this name for `HTTPRequest.authority` alone.
    private static let host = HTTPField.Name("Host")

    private var method: HTTPRequest.Method?
    private var path: String?
    /// Of a target that is a whole URL.
    private var targetAuthority: String?
    private var isHTTP10 = false
    private var fields = HTTPFields()
    private var hosts: [String] = []
    private var length: Int?
    private var codings: String?
    private var closes = false
    private var staysOpen = false

    // MARK: Reading

    /// Reads `METHOD TARGET HTTP/1.x` (RFC 9112 §3).
    mutating func readRequestLine(_ line: ByteBufferView) throws(RequestRefusal) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space), let last = line.lastIndex(of: space), first < last,
            let method = HTTPRequest.Method(String(decoding: line[..<first], as: UTF8.self))
        else { throw Self.noRequest }
        self.method = method
        isHTTP10 = try Self.isHTTP10(line[(last + 1)...])
        let target = line[(first + 1)..<last]
        try Self.check(target: target)
        if method == .connect {
            throw RequestRefusal(.notImplemented, "CONNECT is not supported: this server is no proxy.")
        }
        try readTarget(String(decoding: target, as: UTF8.self))
    }

    static let noRequest = RequestRefusal(
        .badRequest, "The request must begin with a method, a path and HTTP/1.1.")

    /// Reads one field (RFC 9112 §5).
    mutating func readField(_ line: ByteBufferView) throws(RequestRefusal) {
        guard line.first != UInt8(ascii: " "), line.first != UInt8(ascii: "\t") else {
            throw RequestRefusal(
                .badRequest, "A header field goes on in a second line. It must stand in one (RFC 9112 section 5.2).")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
            let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
        else {
            throw RequestRefusal(
                .badRequest, "Each header field must be a name, a colon without space in front of it, and a value.")
        }
        let value = Self.trimmed(line[(colon + 1)...])
        guard value.allBytes(are: Self.isFieldByte) else {
            throw RequestRefusal(.badRequest, "The value of a header field contains a control character.")
        }
        try take(HTTPField(name: name, value: String(decoding: value, as: UTF8.self)))
    }

    private mutating func take(_ field: HTTPField) throws(RequestRefusal) {
        switch field.name {
        case Self.host:
            hosts.append(field.value)
            return
        case .contentLength:
            guard length == nil else { throw RequestRefusal(.badRequest, "Content-Length is there twice.") }
            // 18 digits fit in an Int.
            guard (1...18).contains(field.value.utf8.count),
                field.value.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
            else { throw RequestRefusal(.badRequest, "Content-Length must be a number of bytes.") }
            length = Int(field.value)
        case .transferEncoding:
            // Beyond ASCII there is no coding, and comparing may take the square of the length.
            guard HeaderText(field.value, upTo: .max) != nil else { throw Self.unknownCoding }
            codings = codings.map { "\($0),\(field.value)" } ?? field.value
        case .connection:
            for option in field.value.utf8.split(separator: UInt8(ascii: ",")) {
                // Nothing longer is one of these; comparing text beyond ASCII may take the square of its length.
                guard option.count <= 64 else { continue }
                switch Substring(option).trimmedSpace.lowercased() {
                case "close": closes = true
                case "keep-alive": staysOpen = true
                default: break
                }
            }
        case .expect where isHTTP10:
            // HTTP/1.0 has no interim responses (RFC 9110 §10.1.1).
            return
        default: break
        }
        fields.append(field)
    }

    // MARK: What it adds up to

    /// The request.
    /// - Throws: `RequestRefusal` unless there is exactly one valid Host (RFC 9112 §3.2); HTTP/1.0 needs none.
    func request() throws(RequestRefusal) -> HTTPRequest {
        guard hosts.count == 1 || hosts.isEmpty && isHTTP10 else {
            throw RequestRefusal(
                .badRequest,
                hosts.isEmpty ? "The Host header field is missing." : "The Host header field is there more than once.")
        }
        if let host = hosts.first, !host.utf8.allSatisfy(Self.isHostByte) {
            throw RequestRefusal(.badRequest, "The Host header field must be a name or an address, and a port.")
        }
        return HTTPRequest(
            method: method ?? .get, scheme: "http", authority: targetAuthority ?? hosts.first, path: path ?? "/",
            headerFields: fields)
    }

    /// What is known of a request that cannot be read to its end.
    var standIn: HTTPRequest {
        var fields = fields
        // There is no body to wait for.
        fields[.expect] = nil
        return RequestRefusal.standIn(method: method ?? .get, path: path ?? "/", headerFields: fields)
    }

    var manners: RequestManners {
        RequestManners(keepsAlive: !closes && (staysOpen || !isHTTP10), isHTTP10: isHTTP10)
    }

    /// - Throws: `RequestRefusal` where the end of the body could be understood in two ways, or in none.
    func framing() throws(RequestRefusal) -> Framing {
        guard let codings else { return .length(length ?? 0) }
        guard length == nil else {
            throw RequestRefusal(.badRequest, "Content-Length and Transfer-Encoding exclude each other.")
        }
        guard !isHTTP10 else {
            throw RequestRefusal(.badRequest, "HTTP/1.0 has no Transfer-Encoding. Send Content-Length.")
        }
        let names = codings.lowercased().split(separator: ",", omittingEmptySubsequences: false).map(\.trimmedSpace)
        switch (names.last, names.dropLast().contains("chunked")) {
        case ("chunked", false) where names.count == 1: return .chunked
        case ("chunked", false):
            throw RequestRefusal(.notImplemented, "The only Transfer-Encoding that is supported is chunked.")
        default: throw Self.unknownCoding
        }
    }

    private static let unknownCoding = RequestRefusal(.badRequest, "Transfer-Encoding must be chunked.")

    /// The number in the line in front of a chunk (RFC 9112 §7.1); extensions are ignored.
    static func chunkSize(_ line: ByteBufferView) throws(RequestRefusal) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        // 15 digits fit in an Int; no sign, and no space, which implementations disagree about.
        guard (1...15).contains(digits.count), digits.allBytes(are: isHexadecimal),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else {
            throw RequestRefusal(.badRequest, "The size of a chunk of the body must be a hexadecimal number.")
        }
        let extensions = line[digits.endIndex...].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard extensions.dropFirst().allSatisfy(isChunkExtension) else {
            throw RequestRefusal(.badRequest, "The extension of a chunk of the body must be a name, or name=value.")
        }
        return size
    }

    /// `name`, `name=token` or `name="text"`.
    private static func isChunkExtension(_ bytes: ByteBufferView) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        let quote = UInt8(ascii: "\"")
        return parts.enumerated().allSatisfy { index, part in
            if index == 1, part.count >= 2, part.first == quote, part.last == quote {
                return part.dropFirst().dropLast().allBytes { $0 >= 0x20 && $0 < 0x7F && $0 != quote && $0 != 0x5C }
            }
            return !part.isEmpty && part.allBytes(are: isTokenByte)
        }
    }

    // MARK: Parts of the request line

    private static func isHTTP10(_ version: ByteBufferView) throws(RequestRefusal) -> Bool {
        let name = Array("HTTP/".utf8)
        let digits = version.dropFirst(name.count)
        guard version.starts(with: name), digits.count == 3, digits.dropFirst().first == UInt8(ascii: "."),
            let major = digits.first, let minor = digits.last, isDigit(major), isDigit(minor)
        else {
            throw RequestRefusal(.badRequest, "The request line must end in HTTP/1.1.")
        }
        guard major == UInt8(ascii: "1") else {
            throw RequestRefusal(
                .httpVersionNotSupported, "Use HTTP/1.1. HTTP/2 is served over TLS alone, chosen by ALPN.")
        }
        return minor == UInt8(ascii: "0")
    }

    private static func check(target: ByteBufferView) throws(RequestRefusal) {
        func isAllowed(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#") }
        if target.allBytes(are: isAllowed) { return }
        guard let index = target.firstIndex(where: { !isAllowed($0) }) else { return }
        let byte = target[index]
        let text = String(byte, radix: 16, uppercase: true)
        throw RequestRefusal(
            .badRequest,
            "Byte 0x\(byte < 16 ? "0" : "")\(text) at position \(index - target.startIndex + 1) of the path and query "
                + "must be percent-encoded.")
    }

    /// Takes a path and query, a whole URL, which servers must accept (RFC 9112 §3.2.2), or `*`.
    private mutating func readTarget(_ target: String) throws(RequestRefusal) {
        if target.hasPrefix("/") || target == "*" && method == .options {
            path = target
            return
        }
        guard
            let rest = ["http://", "https://"].first(where: target.lowercased().hasPrefix).map({
                target.dropFirst($0.count)
            })
        else {
            throw RequestRefusal(.badRequest, "The path of the request must begin with a slash.")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, authority.utf8.allSatisfy(Self.isHostByte) else {
            throw RequestRefusal(.badRequest, "The URL of the request must have a host and no user.")
        }
        targetAuthority = String(authority)
        let remainder = rest.dropFirst(authority.count)
        path = remainder.hasPrefix("/") ? String(remainder) : "/" + remainder
    }

    // MARK: Bytes

    private static func trimmed(_ bytes: ByteBufferView) -> ByteBufferView {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let rest = bytes.drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }

    /// Visible characters, space, tab, and what is not ASCII (RFC 9110 §5.5).
    private static func isFieldByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// What may stand in a name or address with a port (RFC 3986 §3.2.2); no user, no path.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:[]%".utf8.contains(byte)
        }
    }

    /// What methods and names of fields are made of (RFC 9110 §5.6.2).
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

extension ByteBufferView {
    /// `allSatisfy` over the memory itself: every byte of every request comes through here.
    func allBytes(are isAllowed: (UInt8) -> Bool) -> Bool {
        withContiguousStorageIfAvailable { $0.allSatisfy(isAllowed) } ?? allSatisfy(isAllowed)
    }
}

extension Substring {
    /// Without spaces and tabs at its ends.
    var trimmedSpace: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let rest = drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }
}
