extension JSON {
    /// The deepest nesting of arrays and objects. Deeper values are refused, so that they cannot exhaust the stack.
    package static let maximumDepth = 64

    /// Reads one JSON text (RFC 8259) in UTF-8, without comments, trailing commas, unpaired surrogates, or anything after it.
    package static func parse(_ bytes: some Sequence<UInt8>) throws(JSONSyntaxError) -> JSON {
        try parse(bytes, limits: .stored)
    }

    /// Reads one JSON text that is within limits.
    package static func parse(_ bytes: some Sequence<UInt8>, limits: JSONLimits) throws(JSONSyntaxError) -> JSON {
        var parser = JSONParser(bytes: Array(bytes), limits: limits)
        return try parser.document()
    }
}

/// Parses a JSON text. It reads each byte at most twice. It is generic for tests that count the reads; the compiler specializes
/// the server's version, for arrays, in this module.
struct JSONParser<Bytes: RandomAccessCollection<UInt8>> where Bytes.Index == Int {
    private let bytes: Bytes
    private let limits: JSONLimits
    private var position: Int
    /// The number of values begun so far.
    private var values = 0

    init(bytes: Bytes, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
        position = bytes.startIndex
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        guard position < bytes.endIndex else { throw failure("the text is empty") }
        let value = try self.value(depth: 0)
        skipWhitespace()
        guard position == bytes.endIndex else { throw failure("something follows the value") }
        return value
    }

    private func failure(_ problem: String, at offset: Int? = nil) -> JSONSyntaxError {
        let before = bytes[..<min(offset ?? position, bytes.endIndex)]
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.startIndex
        return JSONSyntaxError(problem: problem, line: line, column: before.endIndex - lineStart + 1)
    }

    /// The error for a text that is refused for its size, although it may be JSON.
    private func excess(_ problem: String, at offset: Int? = nil) -> JSONSyntaxError {
        var error = failure(problem, at: offset)
        error.exceedsLimit = true
        return error
    }

    private var current: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
        if depth == JSON.maximumDepth, current == UInt8(ascii: "{") || current == UInt8(ascii: "[") {
            throw excess("the value is nested too deep")
        }
        values += 1
        guard values <= limits.values else { throw excess("there are more than \(limits.values) values") }
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string(upTo: limits.stringLength, "a string"))
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case nil: throw failure("the text ends where a value should be")
        case let byte? where byte == UInt8(ascii: "-") || ASCIIDigits.isDigit(byte): return try number()
        default: throw failure("a value should be here")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        let length = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { bytes[position...].prefix(length).elementsEqual($0) }
        guard matches else { throw failure("a value should be here") }
        position += length
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSON {
        var members: [JSON.Member] = []
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            guard current == UInt8(ascii: "\"") else { throw failure("a member's name should be here") }
            guard members.count < limits.members else {
                throw excess("an object has more than \(limits.members) members")
            }
            let name = try string(upTo: limits.nameLength, "a member's name")
            skipWhitespace()
            guard current == UInt8(ascii: ":") else { throw failure("a colon should be here") }
            position += 1
            skipWhitespace()
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipWhitespace()
            guard try continues(closing: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSON {
        var values: [JSON] = []
        position += 1
        skipWhitespace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipWhitespace()
            guard try continues(closing: UInt8(ascii: "]")) else { return .array(values) }
        }
    }

    /// Steps over a comma (`true`) or the closing bracket (`false`).
    private mutating func continues(closing: UInt8) throws(JSONSyntaxError) -> Bool {
        switch current {
        case UInt8(ascii: ","):
            position += 1
            skipWhitespace()
            return true
        case closing:
            position += 1
            return false
        case nil: throw failure("the text ends inside an object or array")
        default: throw failure("a comma or a closing bracket should be here")
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        guard position - start <= JSONLimits.numberLength else {
            throw excess("a number has more than \(JSONLimits.numberLength) digits", at: start)
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw failure("the number is too large", at: start) }
        return .number(number)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard let first = current, ASCIIDigits.isDigit(first) else { throw failure("a digit should be here") }
        while let byte = current, ASCIIDigits.isDigit(byte) { position += 1 }
    }

    /// - Parameters:
    ///   - limit: the most bytes.
    ///   - what: what the string is, at the beginning of a sentence.
    private mutating func string(upTo limit: Int, _ what: StaticString) throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while true {
            let run = position
            var isASCII = true
            while let byte = current, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                isASCII = isASCII && byte < 0x80
                position += 1
            }
            // Most strings are plain: they need no copy, and nothing of them can be wrong.
            if isASCII, content.isEmpty, current == UInt8(ascii: "\""), position - run <= limit {
                defer { position += 1 }
                return String(decoding: bytes[run..<position], as: UTF8.self)
            }
            content.append(contentsOf: bytes[run..<position])
            guard content.count <= limit else { throw excess("\(what) is longer than \(limit) bytes", at: start) }
            switch current {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw failure("the string is not UTF-8", at: start)
                }
                if limits.refusesLongMarkRuns, text.hasLongMarkRun {
                    throw excess("\(what) has more than \(String.markRunLimit) combining marks in a row", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                position += 1
                content.append(contentsOf: String(try escape()).utf8)
            case nil: throw failure("the string has no end", at: start)
            default: throw failure("a control character must be escaped")
            }
        }
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let letter = current else { throw failure("the text ends inside a string") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("this escape does not exist", at: position - 1)
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position - 2
        let first = try fourHexadecimalDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800...0xDBFF).contains(first), current == UInt8(ascii: "\\") else {
            throw failure("half of a surrogate pair stands alone", at: start)
        }
        position += 1
        guard current == UInt8(ascii: "u") else { throw failure("half of a surrogate pair stands alone", at: start) }
        position += 1
        let second = try fourHexadecimalDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((UInt32(first) - 0xD800) << 10) + (UInt32(second) - 0xDC00))
        else { throw failure("half of a surrogate pair stands alone", at: start) }
        return scalar
    }

    private mutating func fourHexadecimalDigits() throws(JSONSyntaxError) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, !digits.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }),
            let number = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits should be here") }
        position += 4
        return number
    }
}
