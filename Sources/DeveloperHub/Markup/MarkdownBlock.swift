/// One block of a guide page's text.
enum MarkdownBlock: Hashable, Sendable {
    case heading(level: Int, text: String, id: String)
    case paragraph(String)
    case list([ListItem], isOrdered: Bool)
    case table(header: [String], rows: [[String]])
    /// A block quote, shown as a note.
    case note([MarkdownBlock])
    /// A fenced block. `sample` and `diagram` are languages of ours: they name what is put in their place.
    case code(language: String, text: String)

    struct ListItem: Hashable, Sendable {
        let text: String
        /// Whether a task item is ticked; `nil` for an ordinary item.
        let isDone: Bool?
        /// The blocks below the first paragraph, such as a nested list.
        let children: [MarkdownBlock]
    }
}
