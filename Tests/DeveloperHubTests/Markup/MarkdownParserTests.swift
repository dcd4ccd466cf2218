import Testing

@testable import DeveloperHub

@Suite("Parsing the guide's Markdown")
struct MarkdownParserTests {
    @Test("Each kind of block is recognized")
    func blocks() {
        let text = """
            # Title {#id}

            First line
            second line.
            ## A `b` heading

            > **Note.** Quoted
            > text.

            ```sh
            # no heading

            curl
            ```
            """
        #expect(
            MarkdownParser.parse(text) == [
                .heading(level: 1, text: "Title", id: "id"), .paragraph("First line second line."),
                .heading(level: 2, text: "A `b` heading", id: "a-b-heading"),
                .note([.paragraph("**Note.** Quoted text.")]), .code(language: "sh", text: "# no heading\n\ncurl"),
            ])
    }

    @Test("A list has items, tasks and nested lists")
    func lists() {
        let text = """
            - one
              goes on
            - two

              - inner

            - [x] three
            - [ ] four

            1. first
            2. second
            """
        let item = { (text: String, isDone: Bool?, children: [MarkdownBlock]) in
            MarkdownBlock.ListItem(text: text, isDone: isDone, children: children)
        }
        #expect(
            MarkdownParser.parse(text) == [
                .list(
                    [
                        item("one goes on", nil, []),
                        item("two", nil, [.list([item("inner", nil, [])], isOrdered: false)]),
                        item("three", true, []), item("four", false, []),
                    ], isOrdered: false),
                .list([item("first", nil, []), item("second", nil, [])], isOrdered: true),
            ])
    }

    @Test("A table has a header and rows; a bar in code or after a backslash is text")
    func tables() {
        let text = """
            | A | B |
            |---|:-:|
            | `a | b` | c \\| d |
            | | e |
            """
        #expect(
            MarkdownParser.parse(text) == [.table(header: ["A", "B"], rows: [["`a | b`", "c | d"], ["", "e"]])])
    }

    @Test(
        "Unfinished markup is text, and nothing is lost",
        arguments: ["```", "```sh\ncurl", "|", "- ", "1. ", ">", "#", "####### a", "a {#b", "## {#b}", "1) a", "-a"])
    func unfinished(text: String) {
        #expect(!MarkdownParser.parse(text).isEmpty)
        #expect(MarkdownParser.parse("before\n\n\(text)\n").first == .paragraph("before"))
    }

    @Test("An empty text has no blocks", arguments: ["", "\n\n", "   "])
    func empty(text: String) {
        #expect(MarkdownParser.parse(text).isEmpty)
    }
}
