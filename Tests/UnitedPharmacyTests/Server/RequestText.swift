import Testing

/// A request as its bytes, with a name for the report.
struct RequestText: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String

    init(_ description: String, _ text: String) {
        testDescription = description
        self.text = text
    }

    /// A request for `/a` with lines after its Host.
    static func get(_ description: String, _ lines: String...) -> RequestText {
        RequestText(description, "GET /a HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    /// A request to `/a` with lines after its Host, and what follows its header.
    static func post(_ description: String, _ lines: String..., body: String) -> RequestText {
        RequestText(
            description, "POST /a HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body)
    }

    /// Valid requests, which must be parsed however their bytes are split.
    static let valid: [RequestText] = [
        .get("plain"), .get("with fields", "X-A:b", "X-B: \t c \t", "X-Empty:", "x-utf8: é"),
        .get("closing", "Connection: Close"), .get("closing among others", "Connection: TE , CLOSE"),
        .get("offering HTTP/2", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
        .get("offering WebSocket", "Connection: Upgrade", "Upgrade: websocket"),
        RequestText("HTTP/1.0", "GET /a HTTP/1.0\r\n\r\n"),
        RequestText("HTTP/1.0 that stays", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
        RequestText("after empty lines", "\r\n\r\nGET /a?b=%20 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
        RequestText("whole URL", "GET http://b:8080/a?b HTTP/1.1\r\nHost: a\r\n\r\n"),
        RequestText("options of the server", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        .post("with a length", "Content-Length: 5", body: "hello"),
        .post("with an empty body", "Content-Length: 0", body: ""),
        .post(
            "in chunks", "Transfer-Encoding: Chunked", body: "1;a\r\na\r\n00A;x=y;z=\"?\"\r\n0123456789\r\n0\r\n\r\n"),
        .post("in chunks with trailers", "Transfer-Encoding: chunked", body: "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"),
        RequestText(
            "three at once",
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                + "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                + "GET /c HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    /// Invalid requests, with the status of their refusal.
    static let invalid: [(RequestText, Int)] = [
        (RequestText("no request", "nonsense\r\n\r\n"), 400), (RequestText("HTTP/0.9", "GET /a\r\n\r\n"), 400),
        (RequestText("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}"), 400),
        (RequestText("no method", "G{T /a HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("no version", "GET /a HTTP/11\r\nHost: a\r\n\r\n"), 400),
        (RequestText("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505),
        (RequestText("another version", "GET /a HTTP/9.9\r\nHost: a\r\n\r\n"), 505),
        (RequestText("a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"), 501),
        (RequestText("a relative path", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("a user in the URL", "GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("bytes in the query", "GET /a?b=é HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("a space in the query", "GET /a?b= c HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("a NUL in the path", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
        (RequestText("no Host", "GET /a HTTP/1.1\r\n\r\n"), 400), (.get("two Hosts", "Host: a"), 400),
        (RequestText("a Host that is none", "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400),
        (.get("a folded line", "X-A: b", " c"), 400), (.get("a folded line of tabs", "X-A: b", "\tc"), 400),
        (RequestText("a folded first line", "GET /a HTTP/1.1\r\n X-A: b\r\nHost: a\r\n\r\n"), 400),
        (.get("a space before the colon", "X-A : b"), 400), (.get("a tab before the colon", "X-A\t: b"), 400),
        (.get("no colon", "X-A"), 400), (.get("no name", ": b"), 400), (.get("a name that is no token", "X@A: b"), 400),
        (.get("a NUL in a value", "X-A: b\0c"), 400), (.get("a bare CR in a value", "X-A: b\rc"), 400),
        (.get("a DEL in a value", "X-A: b\u{7F}"), 400),
        (RequestText("bare LF", "GET /a HTTP/1.1\nHost: a\n\n"), 400), (.get("a bare LF", "X-A: b\nX-B: c"), 400),
        (.post("no length", "Content-Length: x", body: ""), 400),
        (.post("an empty length", "Content-Length:", body: ""), 400),
        (.post("a negative length", "Content-Length: -1", body: ""), 400),
        (.post("a length with a sign", "Content-Length: +1", body: "a"), 400),
        (.post("an endless length", "Content-Length: 99999999999999999999", body: ""), 400),
        (.post("a list of lengths", "Content-Length: 1, 1", body: "a"), 400),
        (.post("two lengths", "Content-Length: 1", "Content-Length: 2", body: "ab"), 400),
        (.post("the same length twice", "Content-Length: 1", "Content-Length: 1", body: "a"), 400),
        (.post("length and coding", "Content-Length: 4", "Transfer-Encoding: chunked", body: "0\r\n\r\n"), 400),
        (.post("coding and length", "Transfer-Encoding: chunked", "Content-Length: 4", body: "0\r\n\r\n"), 400),
        (.post("an unknown coding", "Transfer-Encoding: xchunked", body: "0\r\n\r\n"), 400),
        (.post("identity", "Transfer-Encoding: identity", body: "0\r\n\r\n"), 400),
        (.post("chunked not last", "Transfer-Encoding: chunked, gzip", body: "0\r\n\r\n"), 400),
        (.post("chunked twice", "Transfer-Encoding: chunked, chunked", body: "0\r\n\r\n"), 400),
        (.post("chunked on two lines", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body: ""), 400),
        (.post("chunked after a tab", "Transfer-Encoding: \u{B}chunked", body: "0\r\n\r\n"), 400),
        (.post("a coding before chunked", "Transfer-Encoding: gzip, chunked", body: "0\r\n\r\n"), 501),
        (RequestText("chunks in HTTP/1.0", "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400),
        (.post("no size of a chunk", "Transfer-Encoding: chunked", body: "zz\r\n"), 400),
        (.post("an empty size", "Transfer-Encoding: chunked", body: "\r\na\r\n"), 400),
        (.post("a size with a sign", "Transfer-Encoding: chunked", body: "+1\r\na\r\n0\r\n\r\n"), 400),
        (.post("a size with a prefix", "Transfer-Encoding: chunked", body: "0x1\r\na\r\n0\r\n\r\n"), 400),
        (.post("a size with a space", "Transfer-Encoding: chunked", body: "1 \r\na\r\n0\r\n\r\n"), 400),
        (.post("an endless size", "Transfer-Encoding: chunked", body: "fffffffffffffffff\r\na"), 400),
        (.post("a longer chunk", "Transfer-Encoding: chunked", body: "1\r\nabc\r\n0\r\n\r\n"), 400),
        (.post("an LF after a chunk", "Transfer-Encoding: chunked", body: "1\r\na\n0\r\n\r\n"), 400),
        (.post("an extension that is none", "Transfer-Encoding: chunked", body: "1;?\r\na\r\n0\r\n\r\n"), 400),
        (.post("an LF in an extension", "Transfer-Encoding: chunked", body: "1;a\nb\r\na\r\n0\r\n\r\n"), 400),
        (.post("a trailer without a colon", "Transfer-Encoding: chunked", body: "0\r\nX\r\n\r\n"), 400),
        (RequestText("a long path", "GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1\r\n\r\n"), 414),
        (.get("a long field", "X-A: " + String(repeating: "a", count: 40_000)), 431),
        (.post("long fields", "X-A: \(long)", "X-B: \(long)", "X-C: \(long)", "X-D: \(long)", body: ""), 431),
        (RequestText("many fields", "GET /a HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n"), 431),
        (
            .post(
                "long trailers", "Transfer-Encoding: chunked",
                body: "0\r\n" + String(repeating: "X: \(long)\r\n", count: 4) + "\r\n"), 431
        ),
    ]

    private static let long = String(repeating: "a", count: 9_000)
}
