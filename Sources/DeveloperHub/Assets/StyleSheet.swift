/// Makes a style sheet smaller without changing its meaning.
enum StyleSheet {
    /// Removes comments, line breaks and indentation, and the spaces around braces and semicolons.
    /// - Parameter text: our own style sheet. No string in it contains a comment, a brace or a semicolon.
    static func compact(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = 0
        var hasSpace = false
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "/"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "*") {
                position = end(ofComment: position + 2, in: text)
                hasSpace = true
                continue
            }
            position += 1
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
                hasSpace = true
                continue
            }
            if hasSpace, let last = output.last, !isDelimiter(last), !isDelimiter(byte) {
                output.append(UInt8(ascii: " "))
            }
            hasSpace = false
            output.append(byte)
        }
        return output
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: ";")
    }

    /// The position after the comment's end.
    private static func end(ofComment start: Int, in text: [UInt8]) -> Int {
        var position = start
        while position + 1 < text.count {
            if text[position] == UInt8(ascii: "*"), text[position + 1] == UInt8(ascii: "/") { return position + 2 }
            position += 1
        }
        return text.count
    }
}
