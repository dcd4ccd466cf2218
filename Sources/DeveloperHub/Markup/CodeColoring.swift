/// Colors code in pages: HTML with a class for each kind of word.
struct CodeColoring {
    private let language: Language
    private var rest: Substring
    private var html = ""

    /// - Parameter language: the name after the fence; code in an unknown language has no colors.
    /// - Returns: HTML in which all markup characters of the code are escaped.
    static func html(_ code: String, language: String) -> String {
        guard let language = Language(rawValue: language) else { return HTML.escape(code) }
        var coloring = CodeColoring(language: language, rest: Substring(code))
        return coloring.run()
    }

    private enum Language: String {
        case sh, json, http, javascript, python, php, swift

        var lineComment: String? {
            switch self {
            case .sh, .python: "#"
            case .javascript, .php, .swift: "//"
            case .json, .http: nil
            }
        }

        var quotes: Set<Character> {
            switch self {
            case .sh, .python, .php, .javascript: self == .javascript ? ["\"", "'", "`"] : ["\"", "'"]
            case .json, .swift: ["\""]
            case .http: []
            }
        }

        var keywords: Set<Substring> {
            switch self {
            case .sh:
                ["if", "then", "else", "fi", "for", "in", "do", "done", "while", "case", "esac", "export", "exit"]
            case .json: ["true", "false", "null"]
            case .http: ["GET", "POST", "PUT", "PATCH", "DELETE", "HTTP/1.1"]
            case .javascript:
                [
                    "import", "from", "const", "let", "await", "async", "function", "return", "if", "else", "for", "of",
                    "while", "new", "throw", "try", "catch", "true", "false", "null",
                ]
            case .python:
                [
                    "import", "from", "def", "return", "if", "else", "elif", "for", "in", "while", "with", "as", "try",
                    "except", "raise", "not", "and", "or", "True", "False", "None",
                ]
            case .php:
                [
                    "function", "return", "if", "else", "foreach", "as", "while", "new", "throw", "try", "catch",
                    "true",
                    "false", "null", "echo", "exit",
                ]
            case .swift:
                [
                    "import", "let", "var", "func", "return", "if", "else", "guard", "for", "in", "while", "try",
                    "await", "throw", "throws", "async", "struct", "true", "false", "nil",
                ]
            }
        }
    }

    private mutating func run() -> String {
        while let character = rest.first {
            if let comment = language.lineComment, rest.hasPrefix(comment) {
                take(rest.prefix { $0 != "\n" }, class: "c")
            } else if language.quotes.contains(character) {
                takeString(character)
            } else if character.isLetter || character == "_" || character == "$" {
                takeWord()
            } else if character.isASCII, character.isNumber {
                take(rest.prefix { $0.isNumber || $0 == "." || $0 == "_" }, class: "n")
            } else {
                take(rest.prefix(1), class: nil)
            }
        }
        return html
    }

    private mutating func takeWord() {
        let word = rest.prefix {
            $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" || $0 == "/" && language == .http
        }
        take(word.isEmpty ? rest.prefix(1) : word, class: language.keywords.contains(word) ? "k" : nil)
    }

    /// A string up to its closing quote, or to the end of the line where it has none.
    private mutating func takeString(_ quote: Character) {
        var end = rest.index(after: rest.startIndex)
        var isEscaped = false
        while end < rest.endIndex, isEscaped || rest[end] != quote, quote == "`" || rest[end] != "\n" {
            isEscaped = rest[end] == "\\" && !isEscaped
            end = rest.index(after: end)
        }
        if end < rest.endIndex, rest[end] == quote { end = rest.index(after: end) }
        let isName = language == .json && rest[end...].first == ":"
        take(rest[..<end], class: isName ? "p" : "s")
    }

    private mutating func take(_ text: Substring, class name: String?) {
        let escaped = HTML.escape(String(text))
        html += name.map { "<span class=\"\($0)\">\(escaped)</span>" } ?? escaped
        rest = rest[text.endIndex...]
    }
}
