/// Searches the guide, the reference and the errors.
struct SearchIndex: Sendable {
    /// One place that can be found.
    struct Entry: Sendable {
        let title: String
        let url: String
        /// Where it is, such as `Guide · Webhooks`.
        let section: String
        /// Plain text.
        let text: String
        fileprivate let words: Set<Substring>
        fileprivate let titleWords: Set<Substring>

        init(title: String, url: String, section: String, text: String) {
            self.title = title
            self.url = url
            self.section = section
            self.text = text
            words = Set(SearchIndex.words(text))
            titleWords = Set(SearchIndex.words(title))
        }
    }

    struct Result: Sendable {
        let entry: Entry
        /// The part of the text around the first match, with whether each part matches.
        let excerpt: [(text: String, isMatch: Bool)]
    }

    /// The most characters of a query that are read.
    static let queryLimit = 200
    /// The most words of a query that are used.
    private static let wordLimit = 8
    static let resultLimit = 20
    private static let excerptLength = 180
    /// For an entry whose title is the query and nothing else.
    private static let wholeTitlePoints = 8

    private let entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries }

    /// The entries that have every word of the query, or a word that begins with it: those first that have it in the title.
    func results(_ query: String) -> [Result] {
        let words = Array(SearchIndex.words(String(query.prefix(SearchIndex.queryLimit))).prefix(SearchIndex.wordLimit))
        guard !words.isEmpty else { return [] }
        let found = entries.compactMap { entry -> (score: Int, entry: Entry)? in
            var score = 0
            for word in words {
                let points = SearchIndex.score(word, entry)
                guard points > 0 else { return nil }
                score += points
            }
            // `webhook` means the page "Webhooks" rather than any other title with that word.
            let isWholeTitle = words.allSatisfy { word in entry.titleWords.contains { $0.hasPrefix(word) } }
            if isWholeTitle, entry.titleWords.count <= words.count { score += SearchIndex.wholeTitlePoints }
            return (score, entry)
        }
        // The sort is stable: entries with the same score stay in the order of the guide.
        return found.sorted { $0.score > $1.score }.prefix(SearchIndex.resultLimit).map { found in
            Result(entry: found.entry, excerpt: SearchIndex.excerpt(of: found.entry.text, words: words))
        }
    }

    private static func score(_ word: Substring, _ entry: Entry) -> Int {
        if entry.titleWords.contains(word) { return 8 }
        if entry.titleWords.contains(where: { $0.hasPrefix(word) }) { return 5 }
        if entry.words.contains(word) { return 2 }
        return entry.words.contains { $0.hasPrefix(word) } ? 1 : 0
    }

    /// The words in lower case. A name such as `days_supply` is one word, and so are its parts.
    private static func words(_ text: String) -> [Substring] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.flatMap { word in
            word.contains("_") ? [word] + word.split(separator: "_") : [word]
        }
    }

    private static func excerpt(of text: String, words: [Substring]) -> [(text: String, isMatch: Bool)] {
        let start = excerptStart(in: text, words: words)
        var window = text[start...].prefix(excerptLength)
        if window.endIndex < text.endIndex, let space = window.lastIndex(of: " ") { window = window[..<space] }
        var parts: [(text: String, isMatch: Bool)] = start > text.startIndex ? [("… ", false)] : []
        var rest = window
        while let match = firstMatch(of: words, in: rest) {
            if match.lowerBound > rest.startIndex { parts.append((String(rest[..<match.lowerBound]), false)) }
            parts.append((String(rest[match]), true))
            rest = rest[match.upperBound...]
        }
        if !rest.isEmpty { parts.append((String(rest), false)) }
        if window.endIndex < text.endIndex { parts.append((" …", false)) }
        return parts
    }

    /// Some words before the first match, at the beginning of a word.
    private static func excerptStart(in text: String, words: [Substring]) -> String.Index {
        guard let match = firstMatch(of: words, in: text[...]) else { return text.startIndex }
        let limit = text.index(match.lowerBound, offsetBy: -60, limitedBy: text.startIndex) ?? text.startIndex
        guard limit > text.startIndex else { return limit }
        return text[limit..<match.lowerBound].firstIndex(of: " ").map(text.index(after:)) ?? match.lowerBound
    }

    /// The first place where a word of the text begins with one of the words.
    private static func firstMatch(of words: [Substring], in text: Substring) -> Range<Substring.Index>? {
        var isWordStart = true
        var index = text.startIndex
        while index < text.endIndex {
            if isWordStart {
                for word in words {
                    let candidate = text[index...].prefix(word.count)
                    if candidate.lowercased() == word { return candidate.startIndex..<candidate.endIndex }
                }
            }
            isWordStart = !text[index].isLetter && !text[index].isNumber
            index = text.index(after: index)
        }
        return nil
    }
}
