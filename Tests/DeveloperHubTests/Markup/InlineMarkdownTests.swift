import Testing

@testable import DeveloperHub

@Suite("Inline Markdown in the hub's pages")
struct InlineMarkdownTests {
    @Test(
        "Backticks make code, and markup in the text stays text",
        arguments: [
            ("plain", "plain"), ("a `b` c", "a <code>b</code> c"), ("`a``b`", "<code>a</code><code>b</code>"),
            ("`<b>` & \"x\" 'y'", "<code>&lt;b&gt;</code> &amp; &quot;x&quot; &#39;y&#39;"),
            ("an odd ` one", "an odd ` one"), ("`a` and ` odd", "<code>a</code> and ` odd"), ("", ""),
            ("</p><script>", "&lt;/p&gt;&lt;script&gt;"),
            ("**a `b`** *c*", "<strong>a <code>b</code></strong> <em>c</em>"), ("2 * 3 * 4", "2 * 3 * 4"),
            ("**", "**"), ("[a](/docs/b#c)", "<a href=\"/docs/b#c\">a</a>"),
            ("[`a`](https://b.example/?c=d&e)", "<a href=\"https://b.example/?c=d&amp;e\"><code>a</code></a>"),
            ("[a](javascript:alert)", "[a](javascript:alert)"), ("[a](b", "[a](b"),
            ("[a](/\"onclick=)", "<a href=\"/&quot;onclick=\">a</a>"),
        ])
    func html(text: String, html: String) {
        #expect(InlineMarkdown.html(text) == html)
    }

    @Test("Titles and the search have the text without markup")
    func plain() {
        #expect(InlineMarkdown.plain("**a** `b` [c `d`](/e) *f*") == "a b c d f")
    }
}
