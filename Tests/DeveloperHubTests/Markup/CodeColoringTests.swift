import Testing

@testable import DeveloperHub

@Suite("Coloring code")
struct CodeColoringTests {
    @Test(
        "Words, strings, numbers and comments have classes",
        arguments: [
            (
                "json", #"{"a": "b", "c": 1.5, "d": null}"#,
                #"{<span class="p">&quot;a&quot;</span>: <span class="s">&quot;b&quot;</span>, <span class="p">&quot;c&quot;</span>: <span class="n">1.5</span>, <span class="p">&quot;d&quot;</span>: <span class="k">null</span>}"#
            ),
            ("python", "import a  # b", "<span class=\"k\">import</span> a  <span class=\"c\"># b</span>"),
            ("javascript", "`a\n${b}` // c", "<span class=\"s\">`a\n${b}`</span> <span class=\"c\">// c</span>"),
            ("sh", "echo 'it' # x", "echo <span class=\"s\">&#39;it&#39;</span> <span class=\"c\"># x</span>"),
            (
                "swift", #"let a = "b\"c""#,
                #"<span class="k">let</span> a = <span class="s">&quot;b\&quot;c&quot;</span>"#
            ),
            ("sh", "\"open\nnext", "<span class=\"s\">&quot;open</span>\nnext"), ("text", "<b>", "&lt;b&gt;"),
        ])
    func classes(language: String, code: String, html: String) {
        #expect(CodeColoring.html(code, language: language) == html)
    }
}
