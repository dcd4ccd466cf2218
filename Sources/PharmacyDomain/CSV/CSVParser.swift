/// Parses comma-separated values. It reads each byte at most three times. It is generic for tests that count the reads; the
/// compiler specializes the server's version, for arrays, in this module.
struct CSVParser<Bytes: RandomAccessCollection<UInt8>> where Bytes.Index == Int {
    private let bytes: Bytes
    private var position: Int
    /// The present line, from 1, and where it begins.
    private var line = 1
    private var lineStart: Int

    init(bytes: Bytes) {
        self.bytes = bytes
        position = bytes.startIndex
        lineStart = position
    }

    mutating func document(atMost limit: Int) throws(CSVSyntaxError) -> CSVDocument {
        var records: [CSVRecord] = []
        try skipEmptyLines()
        while current != nil {
            if records.count == limit { return CSVDocument(records: records, nextLine: line) }
            records.append(try record())
            try skipEmptyLines()
        }
        return CSVDocument(records: records, nextLine: nil)
    }

    private var current: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private func failure(_ problem: String, exceedsLimit: Bool = false) -> CSVSyntaxError {
        failure(problem, (line, position - lineStart + 1), exceedsLimit: exceedsLimit)
    }

    private func failure(
        _ problem: String, _ place: (line: Int, column: Int), exceedsLimit: Bool = false
    ) -> CSVSyntaxError {
        CSVSyntaxError(problem: problem, line: place.line, column: place.column, exceedsLimit: exceedsLimit)
    }

    private mutating func skipEmptyLines() throws(CSVSyntaxError) {
        while current == UInt8(ascii: "\r") || current == UInt8(ascii: "\n") { try lineEnd() }
    }

    /// Steps over a line break. A bare carriage return is refused, because other programs disagree about whether it is one.
    private mutating func lineEnd() throws(CSVSyntaxError) {
        if current == UInt8(ascii: "\r") {
            position += 1
            guard current == UInt8(ascii: "\n") else {
                throw failure("a carriage return is not followed by a line feed")
            }
        }
        position += 1
        beginLine()
    }

    private mutating func beginLine() {
        line += 1
        lineStart = position
    }

    private mutating func record() throws(CSVSyntaxError) -> CSVRecord {
        let start = line
        var fields: [String] = []
        while true {
            guard fields.count < CSVRecord.fieldLimit else {
                throw failure("a line has more than \(CSVRecord.fieldLimit) fields", exceedsLimit: true)
            }
            fields.append(current == UInt8(ascii: "\"") ? try quotedField() : try plainField())
            switch current {
            case UInt8(ascii: ","): position += 1
            case nil: return CSVRecord(line: start, fields: fields)
            case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
                try lineEnd()
                return CSVRecord(line: start, fields: fields)
            default: throw failure("a comma or a line break should follow the closing quotation mark")
            }
        }
    }

    /// A field up to the next comma or line break.
    private mutating func plainField() throws(CSVSyntaxError) -> String {
        let (start, place) = (position, (line, position - lineStart + 1))
        while let byte = current, byte != UInt8(ascii: ","), byte != UInt8(ascii: "\r"), byte != UInt8(ascii: "\n") {
            guard byte != UInt8(ascii: "\"") else {
                throw failure("a field with a quotation mark must be in quotation marks, and the mark in it doubled")
            }
            position += 1
        }
        return try text(bytes[start..<position], place)
    }

    /// A field in quotation marks.
    private mutating func quotedField() throws(CSVSyntaxError) -> String {
        let place = (line, position - lineStart + 1)
        position += 1
        var content: [UInt8] = []
        while true {
            let run = position
            while let byte = current, byte != UInt8(ascii: "\"") {
                position += 1
                if byte == UInt8(ascii: "\n") { beginLine() }
            }
            content.append(contentsOf: bytes[run..<position])
            guard current != nil else { throw failure("a quotation mark is not closed", place) }
            position += 1
            guard current == UInt8(ascii: "\"") else { return try text(content, place) }
            content.append(UInt8(ascii: "\""))
            position += 1
        }
    }

    private func text(
        _ bytes: some Sequence<UInt8>, _ place: (line: Int, column: Int)
    ) throws(CSVSyntaxError) -> String {
        guard let text = String(validating: Array(bytes), as: UTF8.self) else {
            throw failure("a field is not UTF-8", place)
        }
        return text
    }
}
