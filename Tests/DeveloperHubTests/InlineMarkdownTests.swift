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
        ])
    func html(text: String, html: String) {
        #expect(InlineMarkdown.html(text) == html)
    }
}
