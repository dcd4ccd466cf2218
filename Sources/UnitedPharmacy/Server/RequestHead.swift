internal import HTTPTypes
internal import NIOCore
internal import PartnerAPI

/// The request line and the header fields of one request while they are parsed.
struct RequestHead {
    /// How long the body is (RFC 9112 §6.3).
    enum Framing: Equatable {
        case length(Int)
        case chunked
    }

    /// HTTPTypes only has `HTTPRequest.authority` for this field.
    private static let host = HTTPField.Name("Host")

    private var method: HTTPRequest.Method?
    private var path: String?
    /// The authority of a target in absolute form.
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
            throw RequestRefusal(.notImplemented, "CONNECT is not supported: this server is not a proxy.")
        }
        try readTarget(String(decoding: target, as: UTF8.self))
    }

    static let noRequest = RequestRefusal(
        .badRequest, "The request line must contain a method, a path and HTTP/1.1.")

    /// Reads one field (RFC 9112 §5).
    mutating func readField(_ line: ByteBufferView) throws(RequestRefusal) {
        guard line.first != UInt8(ascii: " "), line.first != UInt8(ascii: "\t") else {
            throw RequestRefusal(
                .badRequest, "A header field must not continue on a second line (RFC 9112 section 5.2).")
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
        try add(HTTPField(name: name, value: String(decoding: value, as: UTF8.self)))
    }

    private mutating func add(_ field: HTTPField) throws(RequestRefusal) {
        switch field.name {
        case Self.host:
            hosts.append(field.value)
            return
        case .contentLength:
            guard length == nil else { throw RequestRefusal(.badRequest, "Content-Length must not be repeated.") }
            // 18 digits fit in an Int.
            guard (1...18).contains(field.value.utf8.count),
                field.value.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
            else { throw RequestRefusal(.badRequest, "Content-Length must be a number of bytes.") }
            length = Int(field.value)
        case .transferEncoding:
            // No coding has other than ASCII characters, and comparing such text can take quadratic time.
            guard HeaderText(field.value, upTo: .max) != nil else { throw Self.unknownCoding }
            codings = codings.map { "\($0),\(field.value)" } ?? field.value
        case .connection:
            for option in field.value.utf8.split(separator: UInt8(ascii: ",")) {
                // Longer options are none of these, and comparing text that is not ASCII can take quadratic time.
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

    // MARK: Results

    /// The request.
    /// - Throws: `RequestRefusal` unless there is exactly one valid Host (RFC 9112 §3.2); HTTP/1.0 needs none.
    func request() throws(RequestRefusal) -> HTTPRequest {
        guard hosts.count == 1 || hosts.isEmpty && isHTTP10 else {
            throw RequestRefusal(
                .badRequest,
                hosts.isEmpty ? "The Host header field is missing." : "The Host header field must not be repeated.")
        }
        if let host = hosts.first, !host.utf8.allSatisfy(Self.isHostByte) {
            throw RequestRefusal(.badRequest, "The Host header field must be a name or an address, and a port.")
        }
        return HTTPRequest(
            method: method ?? .get, scheme: "http", authority: targetAuthority ?? hosts.first, path: path ?? "/",
            headerFields: fields)
    }

    /// A request made of the parts that were parsed before the request was refused.
    var standIn: HTTPRequest {
        var fields = fields
        // The body will not be read.
        fields[.expect] = nil
        return RequestRefusal.standIn(method: method ?? .get, path: path ?? "/", headerFields: fields)
    }

    var semantics: ConnectionSemantics {
        ConnectionSemantics(keepsAlive: !closes && (staysOpen || !isHTTP10), isHTTP10: isHTTP10)
    }

    /// - Throws: `RequestRefusal` if the end of the body is ambiguous or unknown.
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

    /// The size in the line in front of a chunk (RFC 9112 §7.1). Extensions are ignored.
    static func chunkSize(_ line: ByteBufferView) throws(RequestRefusal) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        // 15 digits fit in an Int. Signs and spaces are refused: implementations disagree about them.
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
                .httpVersionNotSupported, "Use HTTP/1.1, or HTTP/2 over TLS with ALPN.")
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

    /// Reads a path with a query, an absolute URL, which servers must accept (RFC 9112 §3.2.2), or `*`.
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

    /// Visible characters, space, tab, and bytes that are not ASCII (RFC 9110 §5.5).
    private static func isFieldByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// A byte of a host name or an address with a port (RFC 3986 §3.2.2), without a user and a path.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:[]%".utf8.contains(byte)
        }
    }

    /// A byte of a method or of a field name (RFC 9110 §5.6.2).
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
    /// `allSatisfy` on contiguous memory, for speed: it runs over every byte of every request.
    func allBytes(are isAllowed: (UInt8) -> Bool) -> Bool {
        withContiguousStorageIfAvailable { $0.allSatisfy(isAllowed) } ?? allSatisfy(isAllowed)
    }
}

extension Substring {
    /// The text without leading and trailing spaces and tabs.
    var trimmedSpace: Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let rest = drop(while: isSpace)
        guard let last = rest.lastIndex(where: { !isSpace($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }
}
